import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { totals } from "./ledger-support.ts";
import { freshText, statusOf } from "./response-cache-support.ts";
import { targetOf, withBody } from "./routing-support.ts";
import { type Answer, ask, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";
import { askedOf, rowsOf, searchThenSay, told } from "./web-search-support.ts";

const MAIL = "ada@example.org";
const JUDGE = { model: "judge/mod" };

/** Which features the routers `{name}-{provider}` and `{name}-pair` have. */
const FEATURES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  plain: {},
  redact: { guardrails: { pii: { action: "redact" } } },
  "flag-pii": { guardrails: { pii: { action: "flag" } } },
  "block-out": { guardrails: { moderation: { ...JUDGE, output: "block" } } },
  "flag-out": { guardrails: { moderation: { ...JUDGE, output: "flag" } } },
};

const leading = (modelId: string) => ({ variants: [{ variant: { variantId: "only", modelId }, weight: 100 }] });

/** Answers are kept; two models of a pair follow one another, and can go on with each other's answers. */
function start(extra: Readonly<Record<string, unknown>> = {}): Promise<Rig> {
  const routers = Object.entries(FEATURES).flatMap(([name, features]) =>
    [
      ...DIALECTS.map((dialect) => [`${name}-${PROVIDERS[dialect]}`, `${PROVIDERS[dialect]}/m`] as const),
      [`${name}-pair`, "pair"] as const,
    ].map(([router, model]) => ({ name: router, ...features, defaultRoute: leading(model) })),
  );
  return startRig({
    cache: { enabled: true },
    keepAlive: { afterMs: 30, everyMs: 30 },
    models: { pair: { targets: ["chat/m", "messages/m"] } },
    routers,
    retries: { maxPerRequest: 3, budgetFloorPerSecond: 1000 },
    ...extra,
    moreProviders: (url: string) => ({
      ...Object.fromEntries(
        DIALECTS.map((dialect) => [
          PROVIDERS[dialect],
          {
            auth: "none",
            models: [{ id: "m", webSearch: false, prefill: true, price: { input: 1, output: 2 } }],
            endpoints: { [dialect]: { baseUrl: dialect.startsWith("openai") ? `${url}/v1` : url } },
          },
        ]),
      ),
      stateful: {
        auth: "none",
        models: ["m"],
        endpoints: { "openai-responses": { baseUrl: `${url}/v1`, quirks: { keepsState: true } } },
      },
      judge: { auth: "none", models: ["mod"], operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } } },
    }),
    moreConfig: (url: string) => ({
      webSearch: { engines: { brave: { baseUrl: `${url}/brave`, key: "an-engine-key-of-the-tests" } }, maxSteps: 2 },
    }),
  });
}

const json = ({ text }: Answer) => JSON.parse(text);

/** The response object of a whole answer, or that ends a stream. */
function responseIn(answer: Answer) {
  if (answer.text.startsWith("{")) return json(answer);
  const last = answer.text.split("\n").findLast((line) => line.startsWith("data: {"));
  return JSON.parse(last?.slice("data: ".length) ?? "{}").response;
}

const cacheOf = (answer: Answer): unknown => responseIn(answer).signalbox_metadata?.cache?.status;

describe("a kept answer of the Responses API", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start();
  });
  afterAll(() => rig.close());
  beforeEach(() => rig.simulator.journal.clear());

  const call = (
    path: string,
    { method = "POST", ...more }: { method?: string; body?: unknown; headers?: Record<string, string> },
  ) => send(rig.gateway.url, { path, method, ...more });
  const get = (path: string) => call(path, { method: "GET" });
  const respond = (body: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}) =>
    call("/v1/responses", { body: { model: "chat/m", ...body }, headers });
  const calls = () => rig.simulator.journal.length;
  const lastSent = () => rig.simulator.journal.last()?.body.toString() ?? "";

  const WAYS = ["chat/m", "responses/m", "messages/m", "own-gemini/m", "stateful/m"].flatMap((model) =>
    [false, true].map((stream) => ({ model, stream })),
  );

  test.each(WAYS)("of $model can be read and gone on from under an id of its own, stream $stream", async (way) => {
    const input = freshText();
    const first = responseIn(await respond({ ...way, input }));
    const hit = await respond({ ...way, input });
    const given = responseIn(hit);
    expect([statusOf(hit), given.status, given.store, calls()]).toEqual(["HIT-exact", "completed", true, 1]);
    expect(given.id).not.toBe(first.id);
    expect(json(await get(`/v1/responses/${given.id}`))).toEqual(given);
    const next = responseIn(await respond({ ...way, input: "[[say On.]]", previous_response_id: given.id }));
    expect(next).toMatchObject({ status: "completed", previous_response_id: given.id });
    for (const words of [input, "is clear.", "[[say On.]]"]) expect(lastSent()).toContain(words);
    expect((await call(`/v1/responses/${given.id}`, { method: "DELETE" })).status).toBe(200);
    expect((await get(`/v1/responses/${first.id}`)).status).toBe(200);
  });

  test.each([false, true])("is not kept under an id where nothing is to be stored (stream: %s)", async (stream) => {
    const body = { input: freshText(), store: false, stream };
    await respond(body);
    const hit = await respond(body);
    expect([statusOf(hit), responseIn(hit).store]).toEqual(["HIT-exact", false]);
    expect((await get(`/v1/responses/${responseIn(hit).id}`)).status).toBe(404);
    expect(statusOf(await respond({ ...body, store: true }))).toBe("MISS");
  });

  test("is kept under its id, too, where its twin was waited for until keep-alives began", async () => {
    const body = { input: `${freshText()}[[fault latency=300]]`, stream: true };
    const answers = await Promise.all([respond(body), respond(body)]);
    expect(calls()).toBe(1);
    expect(answers.map(cacheOf)).toContain("hit-exact");
    for (const answer of answers) {
      const given = responseIn(answer);
      expect(given.store).toBe(true);
      expect(json(await get(`/v1/responses/${given.id}`))).toEqual(given);
    }
  });

  test.each([
    ["its twin has failed", "[[fault latency=300;status=400;times=1]]"],
    ["its twin's answer is none that is kept", "[[length]][[fault latency=300]]"],
  ])("and so is an answer for which %s", async (_, how) => {
    const body = { input: `${freshText()}${how}`, stream: true };
    const answers = await Promise.all([respond(body), respond(body)]);
    const given = answers.map((answer) => responseIn(answer)).filter((response) => response?.output !== undefined);
    expect(given.length).toBeGreaterThan(0);
    for (const response of given) expect(json(await get(`/v1/responses/${response.id}`))).toEqual(response);
  });

  test.each([
    ["responses/m", "[[think Hm.]]"],
    ["chat/m", ""],
  ])("stands in each conversation in which it was given, and so does the next (%s)", async (model, thought) => {
    const input = `${thought}${freshText()}`;
    const begin = async () => json(await call("/v1/conversations", { body: {} })).id;
    const conversations = [await begin(), await begin()];
    const statuses: unknown[] = [];
    for (const conversation of conversations) {
      const answer = await respond({ model, input, conversation });
      statuses.push(statusOf(answer));
      expect(responseIn(answer).conversation).toEqual({ id: conversation });
    }
    expect(statuses).toEqual(["MISS", "HIT-exact"]);
    const items = await Promise.all(
      conversations.map(async (id) => json(await get(`/v1/conversations/${id}/items?order=asc`)).data),
    );
    const said = items.map((list) => list.map(({ type, role }: { type: string; role?: string }) => [type, role]));
    expect(said[1]).toEqual(said[0]);
    const next: unknown[] = [];
    for (const conversation of conversations)
      next.push(statusOf(await respond({ model, input: "[[say On.]]", conversation })));
    expect(next).toEqual(["MISS", expect.stringMatching(/^HIT-(?:exact|normalised)$/)]);
    expect(lastSent()).toContain("is clear.");
    expect(calls()).toBe(2);
  });

  test("is not looked for in the background, whose answers are as they come", async () => {
    const input = freshText();
    await respond({ input });
    const queued = json(await respond({ input, background: true }));
    const done = await until(queued.id, "completed");
    expect(calls()).toBe(2);
    expect(done).toMatchObject({
      id: queued.id,
      background: true,
      signalbox_metadata: { cache: { status: "bypass" } },
    });
  });

  test.each([
    { what: "searched for", features: "plain", input: searchThenSay("tracks", "Done [1]."), words: "Done [1]." },
    { what: "redacted on its way", features: "redact", input: `[[say Dear ${MAIL}]]`, words: `Dear ${MAIL}` },
    { what: "let pass", features: "block-out", input: "[[say they mend it]]", words: "they mend it" },
    { what: "taken away", features: "block-out", input: "[[say they kill it]]", words: "" },
  ])("and an answer in the background is $what as any other", async ({ what, features, input, words }) => {
    const model = `router/${features}-messages`;
    const queued = json(await respond({ model, input, background: true, web_search: features === "plain" }));
    const done = await until(queued.id, what === "taken away" ? "incomplete" : "completed");
    expect(JSON.stringify(done.output)).toContain(words);
    expect(JSON.stringify(done.output)).not.toMatch(/kill|EMAIL_1/);
    const next = await respond({ model, input: "[[say On.]]", previous_response_id: queued.id });
    expect(next.status, next.text).toBe(200);
  });

  test.each([false, true])("is the one outcome of an Idempotency-Key (stream: %s)", async (stream) => {
    const body = { input: freshText(), stream };
    await respond(body);
    const once = () => respond(body, { "idempotency-key": `once ${body.input} ${stream}` });
    const answers: Answer[] = [];
    const { request } = await rowsOf(rig, async () => answers.push(await once()));
    const [hit] = answers;
    expect(request).toMatchObject({ cache: "hit-exact", cost_nano: 0, attempts: 0 });
    const { requests: before } = await totals(rig);
    const again = await once();
    expect([again.headers["idempotency-replayed"], again.text]).toEqual(["true", hit?.text]);
    expect((await totals(rig)).requests).toBe(before);
    expect(json(await get(`/v1/responses/${responseIn(again).id}`))).toEqual(responseIn(again));
    const other = await respond({ ...body, input: "another" }, { "idempotency-key": `once ${body.input} ${stream}` });
    expect(other.status).toBe(422);
    expect(calls()).toBe(1);
  });

  test("is no outcome of an Idempotency-Key where a limit lets nobody in", async () => {
    const key = "a-key-that-may-ask-once-and-no-more";
    const own = await start({ keys: [{ name: "one", key, limits: [{ unit: "requests", per: "day", limit: 2 }] }] });
    const chat = ask("openai-chat", "chat/m", { text: freshText(), stream: false });
    const headers = { authorization: `Bearer ${key}` };
    for (const status of [200, 200]) expect((await send(own.gateway.url, { ...chat, headers })).status).toBe(status);
    for (const _ of [1, 2]) {
      const refused = await send(own.gateway.url, { ...chat, headers: { ...headers, "idempotency-key": "late" } });
      expect([refused.status, refused.headers["idempotency-replayed"]]).toEqual([429, undefined]);
    }
    await own.close();
  });

  async function until(id: string, status: string) {
    return vi.waitFor(async () => {
      const found = json(await get(`/v1/responses/${id}`));
      expect(found.status).toBe(status);
      return found;
    });
  }
});

const CHAT = "/v1/chat/completions";
const MESSAGES = "/v1/messages";
const BOTH = [false, true];

describe("beside a target that is slow to begin", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start({
      hedging: { enabled: true, afterMs: 50, budgetPercent: 100 },
      timeouts: { firstTokenMs: 8_000, totalMs: 8_000 },
    });
  });
  afterAll(() => rig.close());
  beforeEach(() => {
    rig.simulator.journal.clear();
    rig.simulator.faults.clear();
  });
  const urls = () =>
    askedOf(rig, 0)
      .models.map(({ url }) => url)
      .filter((url) => !url.includes("moderations"));
  const asked = (
    features: string,
    { text, stream, wish = {} }: { text: string; stream: boolean; wish?: Readonly<Record<string, unknown>> },
  ) => {
    const call = ask("openai-chat", `router/${features}-pair`, { text, stream });
    return send(rig.gateway.url, withBody(call, wish));
  };
  const slowly = (stream: boolean, ms: number) =>
    rig.simulator.faults.push(`${stream ? "slow-first-token" : "latency"}=${ms}`);

  test.each(BOTH)("the answer of the other is kept, and told to be its own (stream: %s)", async (stream) => {
    slowly(stream, 5_000);
    const text = freshText();
    const first = await asked("plain", { text, stream });
    // Keep-alives may have gone out before, and the headers with them.
    if (!stream) expect([statusOf(first), targetOf(first)]).toEqual(["MISS", "messages/m"]);
    expect(urls()).toEqual([CHAT, MESSAGES]);
    const hit = await asked("plain", { text, stream });
    expect([statusOf(hit), targetOf(hit), urls().length]).toEqual(["HIT-exact", "messages/m", 2]);
    const said = told("openai-chat", stream, hit);
    expect(said.text).toBe(told("openai-chat", stream, first).text);
    expect(said.text).toMatch(/^Track \d+ is clear\.$/);
  });

  test.each(BOTH)("twins wait for whoever answers first (stream: %s)", async (stream) => {
    slowly(stream, 5_000);
    const text = freshText();
    const answers = await Promise.all([asked("plain", { text, stream }), asked("plain", { text, stream })]);
    for (const answer of answers) expect(told("openai-chat", stream, answer).text).toMatch(/^Track \d+ is clear\.$/);
    expect(urls()).toEqual([CHAT, MESSAGES]);
  });

  test.each(BOTH)("a request that is only looked at is still hedged (stream: %s)", async (stream) => {
    slowly(stream, 5_000);
    const answer = await asked("flag-pii", { text: `${freshText()} ${MAIL}`, stream });
    const wish = {
      guardrails: [{ guard: "pii", flagged: true }],
      attempts: [{ success: false }, { model: "messages/m" }],
    };
    expect(told("openai-chat", stream, answer).metadata).toMatchObject(wish);
    expect(urls()).toEqual([CHAT, MESSAGES]);
  });

  test.each(
    BOTH.flatMap((stream) => [
      { stream, features: "redact", words: `Dear ${MAIL}, ${stream}` },
      { stream, features: "block-out", words: `they mend it, ${stream}` },
      { stream, features: "flag-out", words: `they kill it, ${stream}` },
      { stream, features: "plain", words: "Let me look.Done.", text: searchThenSay("x", "Done.") },
    ]),
  )("nobody is asked where the answer is worked on: $features, stream $stream", async (way) => {
    const { stream, features, words, text = `[[say ${words}]]` } = { text: undefined, ...way };
    const rounds = features === "plain" ? 2 : 1;
    slowly(stream, 250);
    const wish = rounds === 2 ? { web_search: true } : {};
    const answer = await asked(features, { text, stream, wish });
    expect(told("openai-chat", stream, answer).text).toBe(words);
    expect(urls()).toEqual(Array.from({ length: rounds }, () => CHAT));
  });
});

describe("where cut streams are gone on with", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await start({ continuation: true });
  });
  afterAll(() => rig.close());
  beforeEach(() => {
    rig.simulator.journal.clear();
    rig.simulator.faults.clear();
  });
  const SAID = "Track one is clear since dawn. Behind platform seven waits the night express from Lisbon.";
  const urls = () =>
    askedOf(rig, 0)
      .models.map(({ url }) => url)
      .filter((url) => !url.includes("moderations"));
  const asked = (features: string, text: string, wish: Readonly<Record<string, unknown>> = {}) => {
    const call = ask("openai-chat", `router/${features}-pair`, { text, stream: true });
    return send(rig.gateway.url, withBody(call, wish));
  };

  test("an answer that two have written is told in whole, and kept by nobody", async () => {
    const text = `[[say ${SAID}]]`;
    rig.simulator.faults.push("cut-after=3");
    const first = await asked("plain", text);
    expect([told("openai-chat", true, first).text, urls()]).toEqual([SAID, [CHAT, MESSAGES]]);
    const second = await asked("plain", text);
    expect([statusOf(second), told("openai-chat", true, second).text]).toEqual(["MISS", SAID]);
    expect(statusOf(await asked("plain", text))).toBe("HIT-exact");
  });

  test.each([
    { features: "redact", text: `[[say Dear ${MAIL}, ${SAID}]]` },
    { features: "flag-out", text: `[[say ${SAID}]]` },
    { features: "plain", text: searchThenSay("x", SAID), wish: { web_search: true } },
  ])("one that is worked on ends with its error, and nobody keeps it: $features", async ({ features, text, wish }) => {
    rig.simulator.faults.push("cut-after=3");
    const answer = await asked(features, text, wish);
    expect(answer.text).toContain("upstream_truncated");
    expect(answer.text).not.toContain("[DONE]");
    expect(urls()).toEqual([CHAT]);
    const again = await asked(features, text, wish);
    expect(statusOf(again) ?? "").not.toContain("HIT");
    expect(told("openai-chat", true, again).text).toContain(SAID);
  });

  test("one that is held back begins anew, and is kept", async () => {
    const text = `[[say ${SAID}!]]`;
    rig.simulator.faults.push("cut-after=3");
    for (const status of ["MISS", "HIT-exact"]) {
      const answer = await asked("block-out", text);
      expect(told("openai-chat", true, answer).text).toBe(`${SAID}!`);
      expect(JSON.stringify(told("openai-chat", true, answer).metadata)).toContain(status.toLowerCase());
    }
    expect(urls()).toEqual([CHAT, MESSAGES]);
  });

  test("one that is cut in its second round after a search ends with its error", async () => {
    const text = searchThenSay("x", SAID);
    rig.simulator.faults.push("pace=0;model=m", "cut-after=3;model=m");
    const answer = await asked("plain", text, { web_search: true });
    expect(told("openai-chat", true, answer).text).toMatch(/^Let me look\.Track one/);
    expect(answer.text).toContain("upstream_truncated");
    expect(urls()).toEqual([CHAT, CHAT]);
  });
});
