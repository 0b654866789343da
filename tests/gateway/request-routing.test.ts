import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { messageOf, objectIn, targetOf, wishing, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, DIALECTS, type Rig, send, startRig } from "./support.ts";

type Fields = Readonly<Record<string, unknown>>;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => {
      const provider = (model: Fields, more: Fields = {}) => ({
        auth: "none",
        models: [{ id: "shared", ...model }],
        endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
        ...more,
      });
      return {
        dear: provider({ price: { input: 10, output: 30 }, tools: true, images: true, contextTokens: 9000 }),
        unpriced: provider({ images: false }),
        cheap: provider({ price: { input: 1, output: 3 }, tools: false, images: false, contextTokens: 5500 }),
        // Cheap to ask, and dear to hear.
        chatty: provider({ price: { input: 0.5, output: 40 }, images: false }),
        private: provider({ price: { input: 5, output: 15 }, images: false }, { dataCollection: "deny" }),
      };
    },
    models: { ordered: { targets: ["cheap/shared", "messages/m", "dear/shared"] } },
  });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});
afterEach(() => {
  // No request of these tests may carry a word of routing to an upstream.
  for (const { json } of rig.simulator.journal.entries) {
    for (const name of ["extra_body", "models", "provider", "ignore", "sort", "extensions", "max_price"])
      expect(objectIn(json)).not.toHaveProperty(name);
  }
});

const chat = (model: string, fields: Fields = {}): Call =>
  withBody(ask("openai-chat", model, { text: "[[say hello]]", stream: false }), fields);
const asked = (model: string, wishes: Fields): Call => chat(model, { extra_body: wishes });

const answerOf = (call: Call) => send(rig.gateway.url, call);
const targetFor = async (call: Call) => {
  const answer = await answerOf(call);
  expect(answer.status, answer.text).toBe(200);
  return targetOf(answer);
};
/** The whole order, of which an answer shows only the first. */
async function planFor(call: Call): Promise<readonly string[]> {
  const answer = await answerOf({ ...call, path: "/v1/explain" });
  expect(answer.status, answer.text).toBe(200);
  const { targets } = objectIn(JSON.parse(answer.text));
  return Array.isArray(targets) ? targets.map((target: unknown) => String(objectIn(target)["provider"])) : [];
}
const calls = () => rig.simulator.journal.entries.length;

describe("models", () => {
  test("are fallbacks, in their order, of a model that fails", async () => {
    rig.simulator.faults.push("status=503;model=sim-model");
    const call = asked("chat/sim-model", { models: ["nobody-has-this", "messages/m", "responses/m"] });
    const answer = await answerOf(call);
    expect(targetOf(answer)).toBe("messages/m");
    expect(answer.headers["x-signalbox-attempted"]).toBe("chat/sim-model=503,messages/m=ok");
    expect(await targetFor(call)).toBe("chat/sim-model");
  });

  test("stand in for a name that nobody has", async () => {
    expect(await targetFor(asked("nobody-has-this", { models: ["messages/m"] }))).toBe("messages/m");
  });

  test("that nobody has, all of them, are 404", async () => {
    const answer = await answerOf(asked("nobody-has-this", { models: ["nor-this"] }));
    expect(answer.status).toBe(404);
  });
});

describe("providers", () => {
  test.each<readonly [string, Fields, readonly string[]]>([
    ["sort by price", { sort: "price" }, ["cheap", "private", "dear", "chatty", "unpriced"]],
    [
      "sort turned round",
      { sort: [{ metric: "price", direction: "descending" }] },
      ["chatty", "dear", "private", "cheap", "unpriced"],
    ],
    ["provider.sort", { provider: { sort: "price" } }, ["cheap", "private", "dear", "chatty", "unpriced"]],
    ["ignore", { sort: "price", ignore: ["cheap", "dear/shared"] }, ["private", "chatty", "unpriced"]],
    ["provider.ignore", { sort: "price", provider: { ignore: ["cheap", "unpriced"] } }, ["private", "dear", "chatty"]],
    ["only", { sort: "price", provider: { only: ["dear", "cheap"] } }, ["cheap", "dear"]],
    [
      "order",
      { provider: { order: ["dear", "chatty"], only: ["cheap", "chatty", "dear"] } },
      ["dear", "chatty", "cheap"],
    ],
    [
      "order without fallbacks",
      { provider: { order: ["dear", "chatty"], allow_fallbacks: false } },
      ["dear", "chatty"],
    ],
    ["no fallbacks", { sort: "price", provider: { allow_fallbacks: false } }, ["cheap"]],
    ["max_price", { sort: "price", provider: { max_price: { prompt: 5, completion: 15 } } }, ["cheap", "private"]],
    ["data_collection", { provider: { data_collection: "deny" } }, ["private"]],
  ])("%s", async (_, wishes, expected) => {
    const call = asked("shared", wishes);
    expect(await planFor(call)).toEqual(expected);
    expect(await targetFor(call)).toBe(`${expected[0]}/shared`);
  });

  test.each(DIALECTS)("are wished for in a header on every surface (%s)", async (dialect) => {
    const call = ask(dialect, "shared", { text: "[[say hello]]", stream: false });
    expect(await targetFor(wishing(call, { sort: "price" }))).toBe("cheap/shared");
    expect(await targetFor(wishing(call, { provider: { order: ["private"] } }))).toBe("private/shared");
  });

  test("the header's wishes go before those of the body, and the nested before those at the root", async () => {
    const call = chat("shared", { provider: { order: ["dear"] }, extra_body: { provider: { order: ["cheap"] } } });
    expect(await targetFor(call)).toBe("cheap/shared");
    expect(await targetFor(wishing(call, { provider: { order: ["private"] } }))).toBe("private/shared");
    expect(await targetFor(chat("shared", { provider: { order: ["dear"] } }))).toBe("dear/shared");
  });

  test("are compared by what the request would cost, its answer included", async () => {
    const messages = [{ role: "user", content: "long ago ".repeat(500) }];
    expect((await planFor(chat("shared", { messages, max_tokens: 1, sort: "price" })))[0]).toBe("chatty");
    expect((await planFor(chat("shared", { messages, sort: "price" })))[0]).toBe("cheap");
  });

  test("keep an operator's order where the request says none", async () => {
    expect(await planFor(asked("ordered", {}))).toEqual(["cheap", "messages", "dear"]);
    expect(await planFor(asked("ordered", { ignore: ["cheap"] }))).toEqual(["messages", "dear"]);
    expect(await planFor(asked("ordered", { sort: [{ metric: "price", direction: "descending" }] }))).toEqual([
      "dear",
      "cheap",
      "messages",
    ]);
  });

  test.each(DIALECTS)("without fallbacks it is the operator's first that is asked (%s)", async (dialect) => {
    const call = ask(dialect, "ordered", { text: "[[say hello]]", stream: false });
    expect(await targetFor(wishing(call, { provider: { allow_fallbacks: false } }))).toBe("cheap/shared");
    rig.simulator.faults.push("status=503;times=9");
    rig.simulator.journal.clear();
    const failed = await answerOf(wishing(call, { provider: { allow_fallbacks: false } }));
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(rig.simulator.journal.entries.every(({ url }) => url === "/v1/chat/completions")).toBe(true);
  });

  test.each(["x-signalbox-provider", "x-anyrouter-provider"])("are pinned by the header %s", async (header) => {
    const pinned = (provider: string) => withHeaders(chat("shared"), { [header]: provider });
    expect(await targetFor(pinned("private"))).toBe("private/shared");
    rig.simulator.faults.push("status=404");
    const failed = await answerOf(pinned("dear"));
    expect(failed.status).toBe(404);
    const other = await answerOf(pinned("chat"));
    expect(other.status).toBe(400);
    expect(messageOf(other)).toContain("the request names only other providers");
  });
});

describe("suffixes", () => {
  test(":floor asks the cheapest", async () => {
    expect(await planFor(chat("shared:floor"))).toEqual(["cheap", "private", "dear", "chatty", "unpriced"]);
    expect(await targetFor(chat("shared:floor"))).toBe("cheap/shared");
    expect(rig.simulator.journal.last()?.model).toBe("shared");
  });

  test(":free takes no price that is unknown or more than nothing, and says so", async () => {
    const answer = await answerOf(chat("shared:free"));
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toMatch(/unpriced\/shared: it lacks a price that is known/);
    expect(messageOf(answer)).toMatch(/cheap\/shared: it lacks a prompt price of at most \$0/);
    expect(calls()).toBe(0);
  });

  test("-thinking asks for it, and the request's own word goes before the suffix", async () => {
    expect(await targetFor(chat("chat/m-thinking"))).toBe("chat/m");
    expect(rig.simulator.journal.last()?.json).toMatchObject({ model: "m", reasoning_effort: "medium" });
    await targetFor(asked("chat/m-thinking", { reasoning: { effort: "high" } }));
    expect(rig.simulator.journal.last()?.json).toMatchObject({ model: "m", reasoning_effort: "high" });
  });
});

describe("what cannot be served", () => {
  test.each<readonly [string, Call, string]>([
    ["extra_body", asked("chat/m", { provider: { ordr: ["x"] } }), "extra_body.provider.ordr"],
    ["extra_body", asked("chat/m", { modles: [] }), "extra_body.modles"],
    ["the root", chat("chat/m", { provider: { max_price: { promt: 1 } } }), "provider.max_price.promt"],
    ["the header", wishing(chat("chat/m"), { sort: ["prize"] }), "x-signalbox-routing.sort"],
    [
      "Gemini's extensions",
      withBody(ask("gemini", "own-gemini/m", { text: "hi", stream: false }), { extensions: { metdata: {} } }),
      "extensions.metdata",
    ],
    [
      "Anthropic's metadata",
      withBody(ask("anthropic-messages", "messages/m", { text: "hi", stream: false }), {
        metadata: { extra_body: { provider: 1 } },
      }),
      "metadata.extra_body.provider",
    ],
  ])("a field in %s that is unknown or wrong is a 400 that names its path", async (_, call, path) => {
    const answer = await answerOf(call);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain(path);
    expect(calls()).toBe(0);
  });

  test.each<readonly [string, Call]>([
    ["both nested", asked("chat/m", { web_search: {}, web_search_options: {} })],
    ["OpenAI's own field beside ours", chat("chat/m", { web_search_options: {}, extra_body: { web_search: {} } })],
    [
      "in Messages",
      withBody(ask("anthropic-messages", "messages/m", { text: "hi", stream: false }), {
        web_search: {},
        web_search_options: {},
      }),
    ],
  ])("web_search and web_search_options together are a 400: %s", async (_, call) => {
    const answer = await answerOf(call);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain("web_search_options");
    expect(calls()).toBe(0);
  });

  test.each(DIALECTS)("web_search that nobody can serve is a 400 that says what to configure (%s)", async (dialect) => {
    const call = withBody(ask(dialect, "chat/m", { text: "[[say hello]]", stream: false }), {
      extra_body: { web_search: { max_results: 3 } },
    });
    const answer = await answerOf(call);
    expect(answer.status, answer.text).toBe(400);
    expect(messageOf(answer)).toContain("webSearch.engines");
    expect(calls()).toBe(0);
  });

  test("an unknown model is 404 on every surface", async () => {
    for (const dialect of DIALECTS) {
      const answer = await answerOf(ask(dialect, "nobody-has-this", { text: "hi", stream: false }));
      expect(answer.status).toBe(404);
      expect(messageOf(answer)).toContain("nobody-has-this");
    }
    expect(calls()).toBe(0);
  });

  const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];

  test("a target that lacks what the request needs is passed over", async () => {
    expect(await planFor(chat("shared", { tools, sort: "price" }))).not.toContain("cheap");
    expect(await planFor(chat("shared", { messages: [{ role: "user", content: [image] }] }))).toEqual(["dear"]);
    expect(await planFor(chat("shared", { max_tokens: 6000, sort: "price" }))).not.toContain("cheap");
  });

  test("a plan without any capable target says of each what it lacks", async () => {
    const answer = await answerOf(
      chat("shared", { messages: [{ role: "user", content: [image] }], ignore: ["dear"], max_tokens: 100_000 }),
    );
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toMatch(/cheap\/shared: it lacks image input and a context of 1\d\d,\d{3} tokens/);
    expect(messageOf(answer)).toMatch(/dear\/shared: the request ignores it/);
    expect(calls()).toBe(0);
  });

  test("providers that are all forbidden are a 400 that says by what", async () => {
    const answer = await answerOf(asked("shared", { provider: { only: ["cheap"], ignore: ["cheap"] } }));
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain("cheap/shared: the request ignores it");
    const limited = await answerOf(asked("cheap/shared", { provider: { max_price: { prompt: 0.5 } } }));
    expect(limited.status).toBe(400);
    expect(messageOf(limited)).toContain("a prompt price of at most $0.5 (it asks $1)");
  });
});
