import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { routerOf, startFeatureRig } from "./features-support.ts";
import { BEDROCK, kindsOf, VERTEX_CLAUDE, VERTEX_GEMINI, WAYS, type Way, type WayAsked } from "./ingress-ways.ts";
import { freshText, statusOf } from "./response-cache-support.ts";
import { admin, createRouter, objectIn, only } from "./routing-support.ts";
import { connect, createMessage as create, type SocketClient, typesOf } from "./socket-support.ts";
import { type Answer, ask, KEY, type Rig, send } from "./support.ts";
import { askedOf, type DialectName, rowsOf, searchThenSay, told } from "./web-search-support.ts";

const MAIL = "ada@example.org";
const FILLER = "The little harbour town looks out over a quiet sea where boats come home in the evening light";
const PAGE = [..."abcdefghijklmnopqrstuvwxyz"].map((letter) => `${FILLER} as story ${letter} tells it.`).join(" ");

let rig: Rig;
beforeAll(async () => {
  rig = await startFeatureRig({
    cache: { enabled: true, semantic: { shadowPercent: 0 } },
    keepAlive: { afterMs: 50, everyMs: 50 },
  });
  const default_route = { variants: only("messages/m") };
  await createRouter(rig, { name: "routers/marked", prompt_cache: { enabled: true }, default_route });
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const PAIRS = WAYS.flatMap((way) =>
  [...new Set<DialectName>([way.client, "openai-chat"])].map((upstream) => ({ way, name: way.name, upstream })),
);

/** By whom it was answered is a router's word: none is looked for. */
const asking = (way: Way, asked: WayAsked): Promise<Answer> => way.ask(rig, asked);
const readBy = ({ client, stream }: Way, answer: Answer) => told(client, stream, answer);
const models = () => askedOf(rig, 0).models.filter(({ url }) => !url.includes("moderations"));
const wire = () =>
  models()
    .map(({ body }) => body.toString())
    .join("\n");
/** Of the semantic cache. What is learned of an answer is learned after it was given. */
const questions = async () => Number(objectIn((await admin(rig, "GET /v1/cache")).body["semantic"])["entries"]);
const idIn = ({ text }: Answer) => /"(?:id|responseId)":\s*"([^"]+)"/.exec(text)?.[1];

const FILTERED: Readonly<Record<DialectName, RegExp>> = {
  "openai-chat": /"finish_reason":"content_filter"/,
  "openai-responses": /"incomplete_details":\{"reason":"content_filter"\}/,
  "anthropic-messages": /"stop_reason":"refusal"/,
  gemini: /"finishReason":"SAFETY"/,
};

const REFUSED: Readonly<Record<string, unknown>> = {
  "Responses over a WebSocket": [400, "content_policy_violation"],
  "Bedrock's InvokeModel": [400, "ValidationException", "message"],
  "Bedrock's InvokeModelWithResponseStream": [400, "ValidationException", "message"],
  "Vertex AI's rawPredict": [400, "error", "invalid_request_error"],
  "Vertex AI's streamRawPredict": [400, "error", "invalid_request_error"],
  "Vertex AI's generateContent": [400, 400, "INVALID_ARGUMENT"],
  "Vertex AI's streamGenerateContent": [400, 400, "INVALID_ARGUMENT"],
  "the same as an array": [400, 400, "INVALID_ARGUMENT"],
};

/** Tools with which each vendor's clients ask it to search, and how they are shown that it did. */
const OWN_SEARCH: Readonly<Record<DialectName, { readonly tool: object; readonly shown: RegExp }>> = {
  "openai-chat": { tool: {}, shown: /url_citation/ },
  "openai-responses": { tool: { type: "web_search" }, shown: /"type":"web_search_call"/ },
  "anthropic-messages": {
    tool: { type: "web_search_20250305", name: "web_search" },
    shown: /"type":"web_search_tool_result"/,
  },
  gemini: { tool: { googleSearch: {} }, shown: /"groundingMetadata"/ },
};

describe.each(PAIRS)("$name, answered by $upstream", ({ way, upstream }) => {
  const model = routerOf("plain", upstream);

  it("gives a kept answer again, in the same events, for nothing", async () => {
    const asked = { model, text: freshText() };
    const first = await asking(way, asked);
    const answers: Answer[] = [];
    const { request } = await rowsOf(rig, async () => answers.push(await asking(way, asked)));
    const third = await asking(way, asked);
    const [hit] = answers;
    if (hit === undefined) throw new Error("Nothing was answered.");
    expect([first.status, hit.status, models().length]).toEqual([200, 200, 1]);
    expect(readBy(way, hit)).toMatchObject({
      text: readBy(way, first).text,
      finish: readBy(way, first).finish,
      usage: [0, 0],
      metadata: { attempts: [], cache: { status: "hit-exact", saved_usd: expect.any(Number) }, savings: {} },
    });
    expect(hit.text).not.toMatch(/"(?:\w+_tokens|\w+TokenCount)":\s*[1-9]/);
    if (way.stream) expect(kindsOf(hit)).toEqual(kindsOf(first));
    if (way.call !== undefined) expect([first, hit].map(statusOf)).toEqual(["MISS", "HIT-exact"]);
    expect(new Set([first, hit, third].map(idIn)).size).toBe(3);
    expect(request).toMatchObject({ state: "settled", status: 200, cost_nano: 0, attempts: 0, cache: "hit-exact" });
    expect(request.saved_cache_nano).toBeGreaterThan(0);
  });

  it("searches for the model, and cites what it found", async () => {
    const text = searchThenSay("tracks", "Done [1].");
    const answer = await asking(way, { model, text, wish: { web_search: true } });
    expect(readBy(way, answer)).toMatchObject({
      text: "Let me look.Done [1].",
      citations: [expect.anything()],
      calls: [],
      metadata: { web_search: { engine: "brave", steps: 1 } },
    });
    expect([askedOf(rig, 0).engines.length, models().length]).toEqual([1, 2]);
  });

  it("shows a search that was asked for by the vendor's own tool", async () => {
    const { tool, shown } = OWN_SEARCH[way.client];
    const text = searchThenSay("tracks", "Done [1].");
    const answer = await asking(way, { model, text, wish: { tools: [tool] } });
    expect(answer.text).toMatch(shown);
    const { text: said, citations } = readBy(way, answer);
    expect([said, citations.length > 0]).toEqual(["Let me look.Done [1].", true]);
  });

  it("hides what is personal, and says it again wherever chunks end", async () => {
    rig.simulator.faults.push("dribble=5");
    const text = `[[say Dear ${MAIL}, be at <8.8.4.4> with ${MAIL}.]] By ${way.name}.`;
    const answer = await asking(way, { model: routerOf("redact", upstream), text });
    expect(wire()).toContain("Dear <EMAIL_1>, be at <<IP_1>> with <EMAIL_1>.");
    expect(readBy(way, answer).text).toBe(`Dear ${MAIL}, be at <8.8.4.4> with ${MAIL}.`);
    expect(answer.text).not.toMatch(/EMAIL_1|IP_1/);
  });

  it("ends an answer that a guard has taken away as the vendor's filter does", async () => {
    const model = routerOf("block-out", upstream);
    const answer = await asking(way, { model, text: "[[say they kill it]]" });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("kill");
    expect(answer.text).toMatch(FILTERED[way.client]);
    expect(readBy(way, await asking(way, { model, text: "[[say they mend it]]" })).text).toBe("they mend it");
  });

  it("refuses what a guard keeps back in words of its own, and asks nobody", async () => {
    const answer = await asking(way, { model: routerOf("block-pii", upstream), text: `I am ${MAIL}` });
    expect(way.refusal(answer)).toEqual(REFUSED[way.name]);
    expect(answer.text).toContain("personal data (email)");
    expect(answer.text).not.toContain(MAIL);
    expect(models()).toEqual([]);
  });

  it("compresses a message that wishes for it, and tells what that saved", async () => {
    const text = `[[say hello]] By ${way.name}. ${PAGE}`;
    const answer = await asking(way, { model, text, wish: compressing(way.client, text) });
    expect(wire()).toContain("[…]");
    expect(wire()).not.toContain("aggressiveness");
    expect(readBy(way, answer)).toMatchObject({
      text: "hello",
      metadata: { compression: { saved_tokens: expect.any(Number) } },
    });
  });
});

const LONG = "Mind the points. ".repeat(3000);
const INSTRUCTIONS: Readonly<Record<DialectName, Readonly<Record<string, unknown>>>> = {
  "openai-chat": {},
  "openai-responses": { instructions: LONG },
  "anthropic-messages": { system: LONG },
  gemini: { systemInstruction: { parts: [{ text: LONG }] } },
};

describe.each(WAYS)("$name", (way) => {
  it("has breakpoints put in for an upstream that caches prompts, where its router asks for them", async () => {
    // What comes for the first time may never be read again.
    for (const text of [freshText(), freshText()]) {
      const answer = await asking(way, { model: "inworld/marked", text, wish: INSTRUCTIONS[way.client] });
      expect(answer.status, answer.text).toBe(200);
    }
    const { system } = objectIn(models()[1]?.json);
    expect(system).toEqual([{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }]);
  });

  it("finds an answer to what means the same, where that is asked for", async () => {
    const headers = { "x-signalbox-routing": '{"cache":{"enabled":true,"match":"semantic"}}' };
    const model = routerOf("plain", way.client);
    const text = `What is the capital of ${way.name.replaceAll(/\W/g, "")} please [[say Rome]]`;
    const known = await questions();
    await asking(way, { model, text, headers });
    await expect.poll(questions).toBe(known + 1);
    const hit = readBy(way, await asking(way, { model, text: text.replace("What is", "what's"), headers }));
    expect(hit).toMatchObject({
      text: "Rome",
      usage: [0, 0],
      metadata: { cache: { status: "hit-semantic", score: 1 } },
    });
    const other = readBy(way, await asking(way, { model, text: text.replace("Rome", "Oslo"), headers }));
    expect(other.text).toBe("Oslo");
    await expect.poll(questions).toBe(known + 2);
  });

  it.each(["anthropic-messages", "openai-chat"] as const)(
    "waits for the verdict on an answer of %s with keep-alives, and has it in whole, or an error and nothing of it",
    async (upstream) => {
      const asked = () => ({ model: routerOf("block-out", upstream), text: `${freshText()}[[fault latency=150]]` });
      expect(readBy(way, await asking(way, asked())).text).toMatch(/^Track \d+ is clear\.$/);
      rig.simulator.faults.push("status=500;model=mod;times=9");
      const unjudged = await asking(way, asked());
      expect(unjudged.text).not.toContain("is clear");
      expect(unjudged.text).toContain("lets nothing pass unjudged");
      expect(unjudged.status).toBe(way.stream && way.call !== undefined ? 200 : unjudged.status);
      expect(kindsOf(unjudged).filter((kind) => /error|exception/.test(kind)).length).toBe(ERRORS[way.name] ?? 0);
    },
  );
});

/** Of streams whose events have types. */
const ERRORS: Readonly<Record<string, number>> = {
  "Responses over a WebSocket": 1,
  "Bedrock's InvokeModelWithResponseStream": 1,
  "Vertex AI's streamRawPredict": 1,
};

/** The user's message once more, with a wish of its own. */
function compressing(client: DialectName, text: string): Readonly<Record<string, unknown>> {
  const compression = { aggressiveness: 0.9 };
  if (client === "gemini") return { contents: [{ role: "user", parts: [{ text }], compression }] };
  const message = { role: "user", content: text, compression };
  return client === "openai-responses" ? { input: [{ type: "message", ...message }] } : { messages: [message] };
}

test.each([BEDROCK, VERTEX_CLAUDE, VERTEX_GEMINI].map((ways) => ({ ways, name: ways[0]?.name ?? "" })))(
  "$name and its streams have one answer, and nobody else has it",
  async ({ ways }) => {
    const [first, ...others] = ways;
    if (first === undefined) throw new Error("There is no way.");
    const asked = { model: routerOf("plain", first.client), text: freshText() };
    const answer = await asking(first, asked);
    for (const way of others) {
      const hit = await asking(way, asked);
      expect([statusOf(hit), readBy(way, hit).text]).toEqual(["HIT-exact", readBy(first, answer).text]);
    }
    expect(models()).toHaveLength(1);
  },
);

test("clouds' clients and Anthropic's own have answers apart, since what they ask for differs", async () => {
  const asked = { model: routerOf("plain", "anthropic-messages"), text: freshText() };
  for (const way of [...BEDROCK.slice(0, 1), ...VERTEX_CLAUDE.slice(0, 1)])
    expect(statusOf(await asking(way, asked))).toBe("MISS");
  const own = await send(rig.gateway.url, ask("anthropic-messages", asked.model, { text: asked.text, stream: false }));
  expect(statusOf(own)).toBe("MISS");
});

test.each(WAYS.filter(({ call }) => call !== undefined))(
  "a kept answer is one outcome of an Idempotency-Key, by $name",
  async (way) => {
    const asked = { model: routerOf("plain", way.client), text: freshText() };
    await asking(way, asked);
    const once = { ...asked, headers: { "idempotency-key": asked.text.replaceAll(/\W/g, "-") + way.name } };
    const hit = await asking(way, once);
    const again = await asking(way, once);
    expect([statusOf(hit), hit.headers["idempotency-replayed"]]).toEqual(["HIT-exact", undefined]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.text).toBe(hit.text);
  },
);

test("tokens of what may not go out as it is are counted here, in Bedrock's words", async () => {
  const messages = [{ role: "user", content: `I am ${MAIL}` }];
  const body = Buffer.from(JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 9, messages }));
  const path = `/model/${encodeURIComponent(routerOf("redact", "anthropic-messages"))}/count-tokens`;
  const answer = await send(rig.gateway.url, {
    path,
    body: { input: { invokeModel: { body: body.toString("base64") } } },
  });
  expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { inputTokens: expect.any(Number) }]);
  expect(models()).toEqual([]);
});

describe("a connection", () => {
  let client: SocketClient;
  beforeEach(async () => {
    client = await connect(rig.gateway.url);
    return () => client.close();
  });
  const model = routerOf("plain", "openai-responses");
  const lastSent = () => JSON.stringify(objectIn(models().at(-1)?.json)["input"]);
  const outputOf = (turn: readonly ReturnType<typeof JSON.parse>[]) => JSON.stringify(turn.at(-1).response.output);

  test.each([true, false])("goes on from a kept answer (store: %s)", async (store) => {
    const text = freshText();
    client.send(create(text, { model, store }));
    await client.turn();
    client.send(create(text, { model, store }));
    const hit = await client.turn();
    expect(hit.map(({ sequence_number }) => sequence_number)).toEqual(hit.map((_, at) => at));
    expect(hit.at(-1).response).toMatchObject({ store, signalbox_metadata: { cache: { status: "hit-exact" } } });
    expect(models()).toHaveLength(1);
    client.send(create("[[say And on.]]", { model, store, previous_response_id: hit.at(-1).response.id }));
    expect(outputOf(await client.turn())).toContain("And on.");
    for (const words of [text, "is clear.", "[[say And on.]]"])
      expect(lastSent().split(words).length).toBeGreaterThan(1);
  });

  test("of two lanes that ask the same asks once", async () => {
    const text = `${freshText()}[[fault latency=300]]`;
    for (const lane of ["a", "b"]) client.send(create(text, { model, stream_id: lane }));
    const turns = [await client.turn(), await client.turn()];
    for (const turn of turns) expect(outputOf(turn)).toContain("is clear.");
    const lanes = new Set(turns.flat().map(({ stream_id }) => stream_id));
    expect([models().length, lanes.size]).toEqual([1, 2]);
  });

  test("that Node's own WebSocket has opened has its kept answers, whatever its handshake says of caches", async () => {
    const text = freshText();
    const answered = () =>
      new Promise<unknown>((resolve, reject) => {
        const own = new WebSocket(`${rig.gateway.url.replace("http", "ws")}/v1/responses`, {
          headers: { authorization: `Bearer ${KEY}` },
        });
        own.addEventListener("open", () => own.send(JSON.stringify(create(text, { model }))));
        own.addEventListener("error", () => reject(new Error("The connection broke.")));
        own.addEventListener("message", ({ data }) => {
          const { type, response } = JSON.parse(String(data));
          if (type !== "response.completed") return;
          own.close();
          resolve(response);
        });
      });
    await answered();
    expect(await answered()).toMatchObject({ signalbox_metadata: { cache: { status: "hit-exact" } } });
  });

  test.each([
    ["no-store", "bypass"],
    ["no-cache", "miss"],
  ])("that says of itself %s has none", async (directive, status) => {
    const asked = { model: routerOf("plain", "anthropic-messages"), text: freshText() };
    const [way] = WAYS;
    if (way === undefined) throw new Error("There is no way.");
    await asking(way, asked);
    const answer = await asking(way, { ...asked, headers: { "cache-control": directive } });
    expect(readBy(way, answer).metadata).toMatchObject({ cache: { status } });
  });

  test.each(["openai-responses", "anthropic-messages", "openai-chat"] as const)(
    "goes on from an answer that the gateway has searched for (%s)",
    async (upstream) => {
      const own = { model: routerOf("plain", upstream), tools: [{ type: "web_search" }] };
      client.send(create(searchThenSay("tracks", "Done [1]."), own));
      const first = await client.turn();
      expect(typesOf(first)).toContain("response.web_search_call.completed");
      const { id } = first.at(-1).response;
      for (const more of [own, { model: own.model }]) {
        client.send(create("[[say And on.]]", { ...more, previous_response_id: id }));
        expect(outputOf(await client.turn())).toContain("And on.");
      }
    },
  );

  test("that is left while the gateway searches for it leaves nothing behind", async () => {
    rig.simulator.faults.push({ type: "hang", model: "brave" });
    const { request } = await rowsOf(rig, async () => {
      client.send(create(searchThenSay("tracks", "Done [1]."), { model, web_search: true }));
      const searched = await rig.simulator.journal.waitFor(({ url }) => url.startsWith("/brave"));
      client.socket.terminate();
      await rig.simulator.journal.waitFor(({ id, endedAt }) => id === searched.id && endedAt !== undefined);
    });
    expect(request.state).toBe("cancelled");
    expect(models()).toHaveLength(1);
  });

  test("has one event for a request that a guard refuses, and goes on", async () => {
    client.send(create(`I am ${MAIL}`, { model: routerOf("block-pii", "openai-chat") }));
    const refused = await client.turn();
    expect(refused).toMatchObject([{ type: "error", status: 400, error: { code: "content_policy_violation" } }]);
    client.send(create("[[say Still here.]]", { model }));
    expect(outputOf(await client.turn())).toContain("Still here.");
  });

  test("goes on from an answer that was taken away, without its words, and hides what was said before", async () => {
    client.send(create("[[say they kill it]]", { model: routerOf("block-out", "openai-chat") }));
    const filtered = (await client.turn()).at(-1);
    expect(filtered).toMatchObject({ type: "response.incomplete", response: { output: [] } });
    const redact = routerOf("redact", "openai-chat");
    client.send(create(`[[say Dear ${MAIL}]]`, { model: redact, previous_response_id: filtered.response.id }));
    const dear = (await client.turn()).at(-1);
    expect(JSON.stringify(dear.response.output)).toContain(`Dear ${MAIL}`);
    client.send(create("[[say On.]]", { model: redact, previous_response_id: dear.response.id }));
    await client.turn();
    expect(wire()).not.toContain(MAIL);
    expect(wire()).toContain("Dear <EMAIL_1>");
  });
});
