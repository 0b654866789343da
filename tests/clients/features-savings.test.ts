import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Surface } from "./driver.ts";
import type { Json, Seen } from "./drivers/feature-clients.ts";
import { findPython } from "./drivers/index.ts";
import { PythonFailure, PythonProcess } from "./drivers/python.ts";
import { type FeatureRig, installed, SURFACES, startFeatureRig, upstreams } from "./features-rig.ts";
import { gatewayKey } from "./gateway.ts";

/** Compression in Inworld's shapes, and the provider's prompt cache, through the vendors' own libraries. */

const clients = installed ? await import("./drivers/feature-clients.ts") : undefined;
const python = findPython();

const CLAUDE = "claude-sonnet-4-5";
const only = (model_id: string, more: object = {}) => ({
  route_id: "r",
  variants: [{ variant: { variant_id: "v", model_id, ...more }, weight: 100 }],
});

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const PAGE = LETTERS.map(
  (letter) => `The little harbour town looks out over a quiet sea, as story ${letter} tells it to whoever listens.`,
).join(" ");

/** Nothing is compressed in prompts that are too short for any cache. */
const THOUGHTS = `Let me look. ${PAGE.repeat(8)}`;

let rig: FeatureRig;
beforeAll(async () => {
  rig = await startFeatureRig({
    simulator: { promptCaching: { minimumTokens: () => 1024 } },
    providers: (url) => ({ anthropic: { auth: "none", endpoints: { "anthropic-messages": { baseUrl: url } } } }),
    more: () => ({
      routers: [
        { name: "routers/cached", promptCache: { enabled: true }, default_route: only(`anthropic/${CLAUDE}`) },
        {
          name: "routers/compressed",
          display_name: "Compressed prompts",
          default_route: only("chat/m", {
            compression: { aggressiveness: 0.7 },
            message_templates: [{ role: "system", content: PAGE }],
          }),
        },
      ],
    }),
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

interface Asked {
  readonly surface?: Surface;
  readonly model: string;
  readonly stream?: boolean;
  readonly body: Json;
}

function ask({ surface = "openai-chat", model, stream = false, body }: Asked): Promise<Seen> {
  if (clients === undefined) throw new Error("no libraries");
  return clients.askers[surface]({ target: rig.target(model), stream, body });
}

const sent = () => rig.simulator.journal.entries.map(({ body }) => String(body)).join("\n");

/** What the gateway tells stands in the answer, of a stream in one of its events. */
const told = ({ object, events }: Seen): Json =>
  [object, ...events].map((one) => one?.signalbox_metadata ?? one?.metadata).find((one) => one?.generation_id) ?? {};

const WAYS = SURFACES.flatMap((upstream) => [false, true].map((stream) => ({ upstream, stream })));
const eager = { aggressiveness: 0.9 };

describe.skipIf(!installed).each(WAYS)("a chat to $upstream, streamed: $stream", ({ upstream, stream }) => {
  const model = `${upstreams[upstream]}/m`;

  test("has the messages compressed that ask for it, and tells what was saved", async () => {
    const messages = [
      { role: "user", content: `${PAGE} Read this.`, compression: eager },
      { role: "assistant", content: "I have." },
      { role: "user", content: "[[say Hello.]] What of the harbour?" },
    ];
    const seen = await ask({ model, stream, body: { messages } });
    expect(seen.object.choices[0].message.content).toBe("Hello.");
    expect(sent()).toContain("[…]");
    expect(sent()).not.toContain("compression");
    const { compression, warnings } = told(seen);
    expect(compression.saved_tokens).toBeGreaterThan(100);
    expect(compression.original_tokens - compression.compressed_tokens).toBe(compression.saved_tokens);
    expect(warnings).toBeUndefined();
    expect(seen.header("x-signalbox-compression")).toContain(`saved=${compression.saved_tokens}`);
  });

  test("warns of a message that is too short, and sends it as it is", async () => {
    const seen = await ask({
      model,
      stream,
      body: { messages: [{ role: "user", content: "[[say Hello.]]", compression: eager }] },
    });
    expect(sent()).toContain("[[say Hello.]]");
    expect(sent()).not.toContain("compression");
    expect(told(seen)).toMatchObject({ warnings: [expect.stringContaining("250")] });
    expect(told(seen).compression).toBeUndefined();
  });

  test("is compressed as a whole by extra_body, results of tools alone", async () => {
    const call = { id: "c1", type: "function", function: { name: "read", arguments: "{}" } };
    const messages = [
      { role: "user", content: "[[say Hello.]] What of the harbour?" },
      { role: "assistant", content: THOUGHTS, tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: PAGE },
    ];
    const tools = [{ type: "function", function: { name: "read", parameters: { type: "object", properties: {} } } }];
    const seen = await ask({ model, stream, body: { messages, tools, extra_body: { compression: eager } } });
    expect(sent()).toContain("[…]");
    expect(sent()).not.toContain("aggressiveness");
    expect(told(seen).compression.saved_tokens).toBeGreaterThan(100);
  });
});

describe.skipIf(!installed)("other libraries", () => {
  test.each(SURFACES)("a message of Anthropic's library is compressed on its way to %s", async (upstream) => {
    const messages = [{ role: "user", content: `[[say Hello.]] ${PAGE}`, compression: eager }];
    const model = `${upstreams[upstream]}/m`;
    const { object } = await ask({ surface: "anthropic-messages", model, body: { messages } });
    expect(object.metadata.compression.saved_tokens).toBeGreaterThan(100);
    expect(sent()).not.toContain("compression");
  });

  test.each(SURFACES)("an item of Responses is compressed on its way to %s", async (upstream) => {
    const input = [{ role: "user", content: `[[say Hello.]] ${PAGE}`, compression: eager }];
    const seen = await ask({ surface: "openai-responses", model: `${upstreams[upstream]}/m`, body: { input } });
    expect(told(seen).compression.saved_tokens).toBeGreaterThan(100);
    expect(sent()).not.toContain("compression");
  });
});

test.skipIf(!installed)(
  "a router's templates are compressed by their variant, and the client's words are not",
  async () => {
    const seen = await ask({
      model: "inworld/compressed",
      body: { messages: [{ role: "user", content: `[[say Hi.]] ${PAGE}` }] },
    });
    const [{ json }] = rig.simulator.journal.entries as Json;
    expect(json.messages.map(({ content }: Json) => content.includes("[…]"))).toEqual([true, false]);
    expect(told(seen).compression.saved_tokens).toBeGreaterThan(100);
  },
);

const SYSTEM = `You are a careful signaller. ${"Mind the points. ".repeat(700)}`;
let conversations = 0;

/** Of a conversation that nothing was cached of: its first words are its own. */
const chatWith = (more: object = {}) => {
  conversations += 1;
  return {
    messages: [
      {
        role: "system",
        content: [
          { type: "text", text: `Conversation ${conversations}.` },
          { type: "text", text: SYSTEM, ...more },
        ],
      },
      { role: "user", content: [{ type: "text", text: "[[say Clear.]] Is the line clear?" }] },
    ],
  };
};

describe.skipIf(!installed).each([false, true])("the prompt cache of Claude, streamed: %s", (stream) => {
  const marked = { cache_control: { type: "ephemeral", ttl: "1h" } };

  test("is read by a second chat whose text part has cache_control", async () => {
    const asked = { model: `anthropic/${CLAUDE}`, stream, body: chatWith(marked) };
    const first = (await ask(asked)).object.usage;
    expect(first.prompt_tokens_details.cached_tokens).toBe(0);
    const { usage } = (await ask(asked)).object;
    expect(usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(2500);
    expect(usage.prompt_tokens).toBe(first.prompt_tokens);
    expect(usage.prompt_tokens).toBeGreaterThan(usage.prompt_tokens_details.cached_tokens);
    expect(sent()).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}');
  });

  test("is not used where nobody asks for it, and by a router that does", async () => {
    const plain = { model: `anthropic/${CLAUDE}`, stream, body: chatWith() };
    for (const asked of [plain, plain])
      expect((await ask(asked)).object.usage.prompt_tokens_details.cached_tokens).toBe(0);
    expect(sent()).not.toContain("cache_control");
    const routed = { model: "inworld/cached", stream, body: chatWith() };
    const cached: number[] = [];
    for (const asked of [routed, routed, routed])
      cached.push((await ask(asked)).object.usage.prompt_tokens_details.cached_tokens);
    expect(cached[0]).toBe(0);
    // Whether the second one reads or writes is the router's own matter.
    expect(cached[2]).toBeGreaterThan(2500);
  });

  test("is told to Anthropic's own library as its vendor tells it", async () => {
    const body = { system: `${stream} ${SYSTEM}`, messages: [{ role: "user", content: "[[say Clear.]]" }] };
    const asked = { surface: "anthropic-messages", model: "inworld/cached", stream, body } as const;
    const usages: Json[] = [];
    for (const one of [asked, asked, asked]) usages.push((await ask(one)).object.usage);
    const written = Math.max(...usages.map(({ cache_creation_input_tokens }) => cache_creation_input_tokens));
    expect(usages.map(({ cache_read_input_tokens }) => cache_read_input_tokens)).toEqual([
      0,
      expect.any(Number),
      written,
    ]);
    expect(written).toBeGreaterThan(2500);
  });
});

describe.skipIf(python === undefined)("in Python", () => {
  const child = new PythonProcess(python ?? "", "features.py");
  afterAll(() => child.close());
  const run = async (operation: string, job: object): Promise<Json> => {
    const common = { gateway: rig.gateway.url, key: gatewayKey, operation };
    const { reply, failure } = await child.send({ ...common, ...job });
    if (reply === undefined) throw new PythonFailure(failure ?? { name: "Error", message: "no reply" });
    return reply.object;
  };

  test("openai has a message and a whole request compressed", async () => {
    const { message, request } = await run("compress", { model: "claude/m", page: PAGE, thoughts: THOUGHTS });
    for (const { saved_tokens } of [message, request]) expect(saved_tokens).toBeGreaterThan(100);
    expect(sent()).not.toContain("compression");
  });

  test("openai reads cached tokens of a second call", async () => {
    const { cached } = await run("prompt_cache", {
      model: `anthropic/${CLAUDE}`,
      ...chatWith({ cache_control: { type: "ephemeral" } }),
    });
    expect(cached).toEqual([0, expect.any(Number)]);
    expect(cached[1]).toBeGreaterThan(2500);
  });
});
