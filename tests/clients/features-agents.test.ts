import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Surface } from "./driver.ts";
import type { Json, Seen } from "./drivers/feature-clients.ts";
import {
  enginesAsked,
  type FeatureRig,
  installed,
  modelsAsked,
  SURFACES,
  searchEngines,
  startFeatureRig,
  upstreams,
} from "./features-rig.ts";

/** Coding agents offer their vendor's search with every request: what becomes of it with and without engines. */

const clients = installed ? await import("./drivers/feature-clients.ts") : undefined;

let plain: FeatureRig;
let searching: FeatureRig;
beforeAll(async () => {
  plain = await startFeatureRig();
  searching = await startFeatureRig({ more: (url) => ({ webSearch: searchEngines(url) }) });
});
afterAll(async () => {
  await plain.close();
  await searching.close();
});
beforeEach(() => {
  for (const { simulator } of [plain, searching]) simulator.journal.clear();
});

const EXEC = {
  type: "function",
  name: "exec_command",
  description: "Runs a command.",
  strict: false,
  parameters: {
    type: "object",
    properties: { cmd: { type: "string" } },
    required: ["cmd"],
    additionalProperties: false,
  },
};

/** As Codex sends them: https://github.com/openai/codex/blob/main/codex-rs/core/src/tools/spec.rs */
const codexTools = {
  live: [EXEC, { type: "web_search", external_web_access: true }],
  cached: [EXEC, { type: "web_search", external_web_access: false }],
  bare: [EXEC, { type: "web_search" }],
};

const codex = (tools: readonly object[], text: string): Json => ({
  instructions: "You are a coding agent.",
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text }] }],
  tools,
  tool_choice: "auto",
  parallel_tool_calls: false,
  store: false,
  include: ["reasoning.encrypted_content"],
  prompt_cache_key: "0199-a-conversation",
});

/** Claude Code's tool `WebSearch` asks in a request of its own, which may call nothing else. */
const claudeCode = (text: string): Json => ({
  system: [{ type: "text", text: "You run a web search for another Claude model, which is waiting on the result." }],
  messages: [{ role: "user", content: [{ type: "text", text: `Perform a web search for the query: ${text}` }] }],
  tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 8 }],
  tool_choice: { type: "tool", name: "web_search" },
});

interface Asked {
  readonly rig: FeatureRig;
  readonly surface: Surface;
  readonly upstream: Surface;
  readonly body: Json;
}

function ask({ rig, surface, upstream, body }: Asked): Promise<Seen> {
  if (clients === undefined) throw new Error("no libraries");
  return clients.askers[surface]({ target: rig.target(`${upstreams[upstream]}/m`), body, stream: true });
}

const RUN = '[[say Let me see.]][[tool exec_command {"cmd":"ls"}]]';
const typesIn = (items: Json): readonly string[] => items.map(({ type }: Json) => type);

describe.skipIf(!installed)("without engines", () => {
  const foreign = SURFACES.filter((upstream) => upstream !== "openai-responses");

  test.each(
    foreign.flatMap((upstream) => Object.entries(codexTools).map(([kind, tools]) => ({ upstream, kind, tools }))),
  )(
    "Codex works with a model of $upstream, which is told nothing of the search ($kind)",
    async ({ upstream, tools }) => {
      const { object, header } = await ask({
        rig: plain,
        surface: "openai-responses",
        upstream,
        body: codex(tools, RUN),
      });
      expect(typesIn(object.output)).toEqual(["message", "function_call"]);
      expect(object.output[1]).toMatchObject({ name: "exec_command", arguments: '{"cmd":"ls"}' });
      expect(header("x-signalbox-dropped")).toContain("hosted-tool");
      const [asked] = modelsAsked(plain);
      expect(String(asked?.body)).not.toContain("web_search");
      expect(String(asked?.body)).toContain("exec_command");
    },
  );

  test("Codex's bytes go on as they are to a model of its own API", async () => {
    const body = codex(codexTools.cached, RUN);
    const { header } = await ask({ rig: plain, surface: "openai-responses", upstream: "openai-responses", body });
    expect(header("x-signalbox-lane")).toBe("passthrough");
    expect(modelsAsked(plain)[0]?.json).toEqual({ model: "m", ...body, stream: true });
  });

  test.each(SURFACES)("Claude Code's search is answered by a model of %s without one", async (upstream) => {
    const body = claudeCode("[[say I cannot search.]]");
    const { object, header } = await ask({ rig: plain, surface: "anthropic-messages", upstream, body });
    expect(typesIn(object.content)).toEqual(["text"]);
    expect(object.stop_reason).toBe("end_turn");
    if (upstream === "anthropic-messages") {
      expect(header("x-signalbox-lane")).toBe("passthrough");
      expect(modelsAsked(plain)[0]?.json).toMatchObject({ tools: body.tools, tool_choice: body.tool_choice });
    } else expect(String(modelsAsked(plain)[0]?.body)).not.toContain('"web_search"');
  });
});

describe.skipIf(!installed)("with an engine", () => {
  const LOOK = '[[tool web_search {"query":"track nine"}]][[then]][[say It is clear [1].]]';

  test.each(SURFACES)("Codex has its search from a model of %s", async (upstream) => {
    const body = codex(codexTools.live, LOOK);
    const { object } = await ask({ rig: searching, surface: "openai-responses", upstream, body });
    expect(typesIn(object.output)).toEqual(["web_search_call", "message"]);
    expect(object.output[1].content[0].annotations).toMatchObject([{ type: "url_citation" }]);
    expect(enginesAsked(searching)).toHaveLength(1);
  });

  test.each(SURFACES)("Claude Code's search has what it reads from a model of %s", async (upstream) => {
    const { object } = await ask({
      rig: searching,
      surface: "anthropic-messages",
      upstream,
      body: claudeCode(LOOK),
    });
    expect(typesIn(object.content).slice(0, 2)).toEqual(["server_tool_use", "web_search_tool_result"]);
    expect(object.content[1].content[0]).toMatchObject({
      title: "track nine, page 1",
      url: "https://pages.example.org/track-nine/1",
    });
    expect(object.stop_reason).toBe("end_turn");
    // The model was made to search, as it was asked to be, and could end after that.
    expect(modelsAsked(searching)).toHaveLength(2);
    expect(enginesAsked(searching)).toHaveLength(1);
  });
});
