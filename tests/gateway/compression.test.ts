import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRouter, objectIn, only, wishing, withBody } from "./routing-support.ts";
import { ask, type Call, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const FILLER = "The little harbour town looks out over a quiet sea where boats come home in the evening light";
const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const PAGE = letters.map((letter) => `${FILLER} as story ${letter} tells it.`).join(" ");
const TABLE = JSON.stringify(
  letters.map((letter, at) => ({ id: at, name: `harbour ${letter}`, open: at % 2 === 0 })),
  null,
  2,
);

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => ({
      small: {
        auth: "none",
        models: [{ id: "m", contextTokens: 2000, maxOutputTokens: 100 }],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
      },
    }),
  });
  const plain = { prompt_compression: { enabled: true, aggressiveness: 0.7 } };
  await createRouter(rig, { name: "shorter", ...plain, default_route: { route_id: "d", variants: only("chat/m") } });
  const templates = [
    { role: "system", content: `Say harbour. ${PAGE}` },
    { role: "system", content: PAGE, compression: { aggressiveness: 0 } },
  ];
  await createRouter(rig, {
    name: "templated",
    default_route: {
      route_id: "d",
      variants: only("chat/m", { message_templates: templates, compression: { aggressiveness: 0.9 } }),
    },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const upstream = () => rig.simulator.journal.entries.at(-1);
const upstreamText = () => String(upstream()?.body);
const metadataOf = (text: string) => {
  const { metadata, signalbox_metadata } = objectIn(JSON.parse(text));
  return objectIn(signalbox_metadata ?? metadata);
};
const post = async (call: Call) => {
  const answer = await send(rig.gateway.url, call);
  expect(answer.status, answer.text).toBe(200);
  return answer;
};

const chat = (model: string, messages: readonly unknown[], more: object = {}): Call => ({
  path: "/v1/chat/completions",
  body: { model, messages, ...more },
});
const call = (id: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name: "read", arguments: '{ "a":  1 }' } }],
});
/** Nothing is compressed in prompts that are too short for any cache. */
const thinking = `Let me look. ${PAGE} ${PAGE}`;
const result = (id: string, content: string) => ({ role: "tool", tool_call_id: id, content });
const user = (content: string) => ({ role: "user", content });
const agent = [
  user("[[say hello]] What of the harbour?"),
  { ...call("c1"), content: thinking },
  result("c1", TABLE),
  call("c2"),
  result("c2", PAGE),
];

describe("a whole request", () => {
  test("is compressed where its router says so: results only, and the answer tells of it", async () => {
    const { headers, text } = await post(chat("router/shorter", agent));
    const { messages } = objectIn(upstream()?.json);
    const sent = Array.isArray(messages) ? messages.map(objectIn) : [];
    expect(sent[2]?.["content"]).toMatch(/^\[26\]\{id,name,open\}:\n {2}0,harbour a,true\n/);
    expect(String(sent[4]?.["content"])).toContain("[…]");
    expect([sent[0], sent[1]]).toEqual([agent[0], expect.objectContaining({ role: "assistant" })]);
    expect(upstreamText()).toContain('{ \\"a\\":  1 }');
    const { compression, warnings } = metadataOf(text);
    const { original_tokens, compressed_tokens, saved_tokens } = objectIn(compression);
    expect(Number(saved_tokens)).toBeGreaterThan(300);
    expect(Number(original_tokens) - Number(compressed_tokens)).toBe(saved_tokens);
    expect(warnings).toBeUndefined();
    expect(headers["x-signalbox-compression"]).toBe(`saved=${String(saved_tokens)}, cacheRisk=rewrite`);
  });

  test("is sent the same again on its next turn, which a cache survives", async () => {
    await post(chat("router/shorter", agent));
    const before = objectIn(upstream()?.json)["messages"];
    const next = [
      ...agent,
      { role: "assistant", content: "Hello." },
      user("[[say hello]] And now?"),
      call("c3"),
      result("c3", TABLE),
    ];
    const { headers } = await post(chat("router/shorter", next));
    const after = objectIn(upstream()?.json)["messages"];
    expect(Array.isArray(after) && after.slice(0, agent.length)).toEqual(before);
    expect(upstreamText()).toContain("This is the same, word for word, as the result of read (c1) above.");
    expect(headers["x-signalbox-compression"]).toMatch(/cacheRisk=none$/);
  });

  test("or where the request itself does", async () => {
    await post(withBody(chat("chat/m", agent), { extra_body: { compression: { aggressiveness: 0 } } }));
    expect(upstreamText()).toContain("[26]{id,name,open}:");
    expect(upstreamText()).not.toContain("[…]");
    await post(wishing(chat("chat/m", agent), { compression: { aggressiveness: 1 } }));
    expect(upstreamText()).toContain("[…]");
  });

  test("passes byte for byte where nothing is gained, and where nobody asks", async () => {
    const short = chat("chat/m", [user("[[say hello]]"), call("c1"), result("c1", "short")]);
    await post(wishing(short, { compression: { aggressiveness: 1 } }));
    expect(objectIn(upstream()?.json)["messages"]).toEqual(objectIn(short.body)["messages"]);
    const { headers } = await post(chat("chat/m", agent));
    expect(headers["x-signalbox-lane"]).toBe("passthrough");
    expect(headers["x-signalbox-compression"]).toBeUndefined();
    expect(objectIn(upstream()?.json)["messages"]).toEqual(agent);
  });
});

describe.each(DIALECTS)("a message of %s with a wish of its own", (dialect) => {
  const plain = (text: string) => ask(dialect, `${PROVIDERS[dialect]}/m`, { text, stream: false });
  const MESSAGES = {
    "openai-chat": "messages",
    "openai-responses": "input",
    "anthropic-messages": "messages",
    gemini: "contents",
  } as const;
  const wished = (text: string, compression: object): Call => {
    const given = plain(text);
    const field = MESSAGES[dialect];
    const list = objectIn(given.body)[field];
    const messages = Array.isArray(list)
      ? list.map((message) => ({ ...message, compression }))
      : [{ type: "message", role: "user", content: text, compression }];
    return withBody(given, { [field]: messages });
  };

  test("is compressed, and no upstream is told of the wish", async () => {
    const { headers } = await post(wished(`[[say hello]] ${PAGE}`, { aggressiveness: 0.9 }));
    expect(upstreamText()).toContain("[…]");
    expect(upstreamText()).not.toContain("compression");
    expect(headers["x-signalbox-compression"]).toMatch(/^saved=\d{3,}, cacheRisk=none$/);
    expect(headers["x-signalbox-dropped"]).toBeUndefined();
  });

  test("that is too short passes without the wish, and with a warning", async () => {
    const { text } = await post(wished("[[say hello]]", { aggressiveness: 0.9 }));
    expect(upstreamText()).not.toContain("compression");
    expect(metadataOf(text)["warnings"]).toEqual([expect.stringContaining("fewer than 250")]);
    expect(metadataOf(text)["compression"]).toBeUndefined();
  });

  test("that is none is refused", async () => {
    const { status, text } = await send(rig.gateway.url, wished("[[say hello]]", { aggressiveness: 3 }));
    expect(status, text).toBe(400);
    expect(text).toContain("aggressiveness");
  });
});

test("a count of tokens is of what would be sent, and its upstream is told of no wish", async () => {
  const counted = async (more: object) => {
    const messages = [{ role: "user", content: PAGE, ...more }];
    const headers = { "anthropic-version": "2023-06-01" };
    const { text } = await post({
      path: "/v1/messages/count_tokens",
      headers,
      body: { model: "messages/m", messages },
    });
    return Number(objectIn(JSON.parse(text))["input_tokens"]);
  };
  const all = await counted({});
  expect(await counted({ compression: { aggressiveness: 0.9 } })).toBeLessThan(all * 0.7);
  expect(upstreamText()).not.toContain("compression");
});

test("templates are compressed by their variant, one that says something else by its own word", async () => {
  const { text } = await post(chat("router/templated", [user(`[[say hello]] ${PAGE}`)]));
  const { messages } = objectIn(upstream()?.json);
  const list = Array.isArray(messages) ? messages.map(objectIn) : [];
  const sent = list.flatMap(({ content }) =>
    Array.isArray(content) ? content.map((part) => String(objectIn(part)["text"])) : [String(content)],
  );
  expect(sent.filter((content) => content.includes("[…]"))).toHaveLength(1);
  expect(sent.filter((content) => content.endsWith(PAGE))).toHaveLength(2);
  expect(objectIn(metadataOf(text)["compression"])["saved_tokens"]).toBeGreaterThan(100);
  expect(metadataOf(text)["warnings"]).toBeUndefined();
});

test("an audit changes nothing, and tells what would have been saved", async () => {
  const audited = await startRig({ compression: { audit: true } });
  const answer = await send(
    audited.gateway.url,
    wishing(chat("chat/m", agent), { compression: { aggressiveness: 0.7 } }),
  );
  expect(answer.headers["x-signalbox-compression"]).toMatch(/^saved=[1-9]\d*, cacheRisk=rewrite, audit=true$/);
  expect(answer.headers["x-signalbox-lane"]).toBe("passthrough");
  expect(objectIn(audited.simulator.journal.entries.at(-1)?.json)["messages"]).toEqual(agent);
  await audited.close();
});

describe("what is longer than the model can read", () => {
  const long = [
    user("[[say hello]]"),
    ...Array.from({ length: 12 }, (_, at) => [call(`c${at}`), result(`c${at}`, `${at} ${PAGE}`)]).flat(),
  ];

  test("loses its middle where that is asked for, calls with their results", async () => {
    const { headers } = await post(chat("small/m", long, { extra_body: { transforms: ["middle-out"] } }));
    const { messages } = objectIn(upstream()?.json);
    const sent = Array.isArray(messages) ? messages.map(objectIn) : [];
    expect(sent.length).toBeLessThan(8);
    expect(sent[0]).toEqual(long[0]);
    expect(sent[1]?.["content"]).toContain("were left out here");
    expect(sent.at(-1)).toEqual(long.at(-1));
    const calls = sent.flatMap(({ tool_calls }) =>
      Array.isArray(tool_calls) ? tool_calls.map((made) => objectIn(made)["id"]) : [],
    );
    expect(sent.filter(({ role }) => role === "tool").map(({ tool_call_id }) => tool_call_id)).toEqual(calls);
    expect(headers["x-signalbox-adapted"]).toContain("middle-out");
  });

  test("and nothing where it is not, or where there is room", async () => {
    await post(chat("small/m", long));
    expect(objectIn(upstream()?.json)["messages"]).toEqual(long);
    await post(chat("chat/m", long, { extra_body: { transforms: ["middle-out"] } }));
    expect(objectIn(upstream()?.json)["messages"]).toEqual(long);
  });
});
