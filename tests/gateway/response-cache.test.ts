import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ledgered } from "./ledger-support.ts";
import {
  type Asked,
  asking,
  callOf,
  calls,
  freshText,
  metadataOf,
  PRICE,
  pricedProviders,
  shapeOf,
  statusOf,
  textOf,
} from "./response-cache-support.ts";
import { admin, createRouter, only, withHeaders } from "./routing-support.ts";
import { type Answer, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig, TERMINALS } from "./support.ts";

const OTHER = "another-key-for-the-gateway-tests";
const PRIVATE = "a-key-of-which-nothing-is-kept";
const OFF = "a-key-that-wants-no-cached-answer";
const BRIEF = "a-key-whose-answers-are-kept-briefly";

let rig: Rig;
let asked: (asked: Asked) => Promise<Answer>;
beforeAll(async () => {
  rig = await startRig({
    cache: { enabled: true },
    moreProviders: pricedProviders,
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "other", key: OTHER },
      { name: "private", key: PRIVATE, privacy: { zeroRetention: true } },
      { name: "off", key: OFF, cache: { enabled: false } },
      { name: "brief", key: BRIEF, cache: { ttlSeconds: 1, match: "exact" } },
    ],
  });
  asked = asking(rig);
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.simulator.journal.clear();
  rig.simulator.faults.clear();
});

const priced = (dialect: (typeof DIALECTS)[number]) => `priced-${PROVIDERS[dialect]}/m`;

describe.each(DIALECTS)("in %s", (client) => {
  test.each(DIALECTS)("an answer of %s is given again, whole and as a stream", async (upstream) => {
    const ask = { client, model: priced(upstream), text: freshText() };
    const first = await asked(ask);
    expect([first.status, statusOf(first)]).toEqual([200, "MISS"]);
    expect(first.headers).not.toHaveProperty("age");
    const again = await asked(ask);
    expect([again.status, statusOf(again)]).toEqual([200, "HIT-exact"]);
    expect(again.headers["x-cache-id"]).toBe(first.headers["x-cache-id"]);
    expect(Number(again.headers["age"])).toBeLessThan(30);
    expect(textOf(again)).toBe(textOf(first));
    const stream = await asked({ ...ask, stream: true });
    expect([stream.status, statusOf(stream)]).toEqual([200, "HIT-exact"]);
    expect(stream.headers["content-type"]).toContain("text/event-stream");
    expect(textOf(stream)).toBe(textOf(first));
    expect(stream.text).toContain(TERMINALS[client]);
    expect(calls(rig)).toBe(1);
  });

  test.each(DIALECTS)("an answer that %s has streamed is given again, as a stream and whole", async (upstream) => {
    const ask = { client, model: priced(upstream), text: freshText(), stream: true };
    const first = await asked(ask);
    expect(statusOf(first)).toBe("MISS");
    const again = await asked(ask);
    expect(statusOf(again)).toBe("HIT-exact");
    expect(textOf(again)).toBe(textOf(first));
    const whole = await asked({ ...ask, stream: false });
    expect(statusOf(whole)).toBe("HIT-exact");
    expect(textOf(whole)).toBe(textOf(first));
    expect(calls(rig)).toBe(1);
  });

  test("a hit looks like a miss to whoever reads its body, and has an id of its own", async () => {
    const text = freshText();
    const ask = { client, model: priced(client), text, headers: { "x-signalbox-metadata": "off" } };
    const [first, again, third] = [await asked(ask), await asked(ask), await asked(ask)];
    expect(statusOf(again)).toBe("HIT-exact");
    expect(shapeOf(again)).toEqual(shapeOf(first));
    expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
    const ids = [first, again, third].map((answer) => /"(?:id|responseId)":\s*"([^"]+)"/.exec(answer.text)?.[1]);
    expect(new Set(ids).size).toBe(3);
  });

  test("a hit has used nothing, and says what it saved", async () => {
    const ask = { client, model: priced(client), text: freshText() };
    await asked(ask);
    const { request, attempts } = await ledgered(rig, async () => {
      const hit = await asked(ask);
      expect(hit.text).toMatch(/"(?:output_tokens|completion_tokens|candidatesTokenCount)":\s*0/);
      expect(hit.text).not.toMatch(/"(?:\w+_tokens|\w+TokenCount)":\s*[1-9]/);
      const used = rig.simulator.journal.entries[0]?.usage ?? { input: 0, output: 0 };
      const saved = (used.input * PRICE.input + used.output * PRICE.output) / 1e6;
      expect(metadataOf(hit)).toMatchObject({
        attempts: [],
        cache: { status: "hit-exact", id: hit.headers["x-cache-id"], saved_usd: expect.closeTo(saved, 12) },
      });
    });
    expect(attempts).toEqual([]);
    expect(request).toMatchObject({ state: "settled", status: 200, cost_nano: 0, attempts: 0 });
  });
});

describe("an answer is not given to", () => {
  const text = freshText();
  const ask: Asked = { text, body: { temperature: 0.5 } };

  test.each<readonly [string, Asked]>([
    ["another key", { ...ask, key: OTHER }],
    ["another model", { ...ask, model: "chat/m" }],
    ["another dialect", { ...ask, client: "anthropic-messages" }],
    ["another question", { ...ask, text: `${text} again` }],
    ["another temperature", { ...ask, body: { temperature: 0.6 } }],
    ["another end user", { ...ask, body: { temperature: 0.5, user: "somebody" } }],
    ["a request with a field that nobody knows", { ...ask, body: { temperature: 0.5, x_unknown: 1 } }],
    ["a request that is to be strict", { ...ask, headers: { "x-signalbox-strict": "true" } }],
    ["a request that asks for another beta", { ...ask, headers: { "openai-beta": "x=v1" } }],
    ["a request that prefers other models", { ...ask, body: { temperature: 0.5, models: ["chat/m"] } }],
  ])("%s", async (_, other) => {
    await asked(ask);
    expect(statusOf(await asked(ask))).toBe("HIT-exact");
    const before = calls(rig);
    expect(statusOf(await asked(other))).toBe("MISS");
    expect(calls(rig)).toBeGreaterThan(before);
  });
});

test("what differs in white space is the same question, unless the match is to be exact", async () => {
  const question = "What is  track nine made of?";
  await asked({ text: question });
  const other = "hello, what is track nine made of";
  const hit = await asked({ text: other });
  expect(statusOf(hit)).toBe("HIT-normalised");
  expect(statusOf(await asked({ text: question, key: BRIEF }))).toBe("MISS");
  expect(statusOf(await asked({ text: other, key: BRIEF }))).toBe("MISS");
  expect(statusOf(await asked({ text: question, key: BRIEF }))).toBe("HIT-exact");
});

describe("an answer is not kept", () => {
  const twice = async (ask: Asked) => [statusOf(await asked(ask)), statusOf(await asked(ask))];
  const tools = { tools: [{ type: "function", function: { name: "look", parameters: { type: "object" } } }] };

  test.each<readonly [string, Asked]>([
    ["that refuses", { text: "[[refuse]]" }],
    ["that was cut off by its length", { text: "[[length]]" }],
    ["that calls a tool", { text: "[[tool look {}]]", body: tools }],
  ])("%s", async (_, ask) => {
    for (const stream of [false, true]) {
      expect(await twice({ ...ask, stream })).toEqual(["MISS", "MISS"]);
    }
    expect(calls(rig)).toBe(4);
  });

  test.each<readonly [string, Asked]>([
    ["when an error came", { text: `${freshText()}[[fault status=400]]` }],
    ["when its stream broke off", { text: `${freshText()}[[fault cut-after=2]]`, stream: true, model: "chat/m" }],
    [
      "when an error event came",
      { text: `${freshText()}[[fault error-after=2]]`, stream: true, model: "chat/sim-model" },
    ],
  ])("%s", async (_, ask) => {
    // The second may find its upstream resting, but an answer that was kept would be there.
    for (const answer of [await asked(ask), await asked(ask)]) expect(statusOf(answer) ?? "").not.toContain("HIT");
    expect(calls(rig)).toBeGreaterThan(0);
  });

  test("with tool calls, unless that is asked for", async () => {
    const ask = {
      text: `${freshText()}[[tool look {"at":1}]]`,
      body: { ...tools, extra_body: { cache: { tool_calls: true } } },
    };
    expect(await twice(ask)).toEqual(["MISS", "HIT-exact"]);
    const hit = await asked(ask);
    expect(JSON.parse(hit.text).choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ function: { name: "look", arguments: '{"at":1}' } }] },
    });
    expect(await twice({ ...ask, body: tools })).toEqual(["MISS", "MISS"]);
  });

  test.each<readonly [string, Asked]>([
    ["of whom nothing is to be kept", { key: PRIVATE }],
    ["that says so", { headers: { "cache-control": "no-store" } }],
    ["for several answers", { body: { n: 2 } }],
    [
      "with a picture that stands elsewhere",
      {
        body: {
          messages: [
            { role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] },
          ],
        },
      },
    ],
  ])("to a request %s", async (_, ask) => {
    expect(await twice({ text: freshText(), ...ask })).toEqual(["BYPASS", "BYPASS"]);
    expect(calls(rig)).toBe(2);
  });
});

describe("a request says of the cache", () => {
  test("that it wants none, in a header, in its body or by its key, and is told nothing of it", async () => {
    const text = freshText();
    await asked({ text });
    const offs: readonly Asked[] = [
      { text, headers: { "x-signalbox-cache": "off" } },
      { text, body: { extra_body: { cache: { enabled: false } } } },
      { text, key: OFF },
    ];
    for (const off of offs) {
      const answer = await asked(off);
      expect(answer.status).toBe(200);
      for (const name of ["x-cache", "x-cache-id", "age"]) expect(answer.headers).not.toHaveProperty(name);
      expect(answer.text).not.toContain('"cache":{');
    }
    expect(calls(rig)).toBe(4);
    expect((await asked({ text, headers: { "x-signalbox-cache": "maybe" } })).status).toBe(400);
  });

  test("no-cache: asked anew, and kept then", async () => {
    const text = freshText();
    await asked({ text });
    expect(statusOf(await asked({ text, headers: { "cache-control": "no-cache" } }))).toBe("MISS");
    expect(calls(rig)).toBe(2);
    expect(statusOf(await asked({ text }))).toBe("HIT-exact");
  });

  test("max-age: what is older does not count", async () => {
    const text = freshText();
    await asked({ text });
    expect(statusOf(await asked({ text, headers: { "cache-control": "max-age=60" } }))).toBe("HIT-exact");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(statusOf(await asked({ text, headers: { "cache-control": "max-age=0" } }))).toBe("MISS");
  });

  test("only-if-cached: 504 where none is kept, and nobody is asked", async () => {
    const text = freshText();
    const headers = { "cache-control": "only-if-cached" };
    for (const client of DIALECTS) {
      const answer = await asked({ client, model: priced(client), text, headers });
      expect([client, answer.status]).toEqual([client, 504]);
    }
    expect(calls(rig)).toBe(0);
    await asked({ text });
    expect(statusOf(await asked({ text, headers }))).toBe("HIT-exact");
  });

  test("only-if-cached, where the cache is off: nobody is asked either", async () => {
    const text = freshText();
    await asked({ text });
    for (const off of [{ key: OFF }, { headers: { "x-signalbox-cache": "off" } }]) {
      const headers = { ...off.headers, "cache-control": "max-age=60, only-if-cached" };
      const answer = await asked({ text, ...off, headers });
      expect(answer.status).toBe(504);
      expect(answer.headers).not.toHaveProperty("x-cache");
    }
    expect(calls(rig)).toBe(1);
    expect((await asked({ text, key: OFF, headers: { "cache-control": "no-cache" } })).status).toBe(200);
  });

  test("nothing that no cache could hold: a time is at most a year", async () => {
    const keptFor = (ttl_seconds: number) =>
      asked({ text: freshText(), body: { extra_body: { cache: { ttl_seconds } } } });
    expect((await keptFor(31_536_000)).status).toBe(200);
    for (const ttl of [31_536_001, 9e15, 0, -1, 0.5]) expect([ttl, (await keptFor(ttl)).status]).toEqual([ttl, 400]);
    expect(calls(rig)).toBe(1);
  });

  test("how long it may be kept", async () => {
    const ask = { text: freshText(), key: BRIEF };
    await asked(ask);
    expect(statusOf(await asked(ask))).toBe("HIT-exact");
    await expect.poll(async () => statusOf(await asked(ask)), { timeout: 5_000, interval: 100 }).toBe("MISS");
  });
});

describe("a router", () => {
  const variants = (more: object) => only("priced-chat/m", { variant_id: "v", ...more });

  test("that was changed has no answers of before", async () => {
    const text = freshText();
    await createRouter(rig, { name: "routers/changing", default_route: { route_id: "r", variants: variants({}) } });
    const through = () => asked({ model: "inworld/changing", text });
    await through();
    expect(statusOf(await through())).toBe("HIT-exact");
    const changed = {
      default_route: { route_id: "r", variants: variants({ text_generation_config: { temperature: 0.1 } }) },
    };
    expect((await admin(rig, "PATCH /router/v1/routers/changing", changed)).status).toBe(200);
    expect(statusOf(await through())).toBe("MISS");
  });

  test("says of the cache what the installation does not", async () => {
    const own = await startRig();
    const on = { enabled: true, ttl_seconds: 60 };
    await createRouter(own, { name: "routers/cached", default_route: { variants: only("chat/m") }, cache: on });
    expect(statusOf(await asking(own)({ model: "chat/m" }))).toBeUndefined();
    for (const status of ["MISS", "HIT-exact"])
      expect(statusOf(await asking(own)({ model: "inworld/cached" }))).toBe(status);
    for (const status of ["MISS", "HIT-exact"])
      expect(statusOf(await asking(own)({ model: "chat/m", headers: { "x-signalbox-cache": "on" } }))).toBe(status);
    await own.close();
  });
});

test("a Responses answer that was given again can be gone on from", async () => {
  const ask = { client: "openai-responses", model: priced("openai-responses"), text: freshText() } as const;
  await asked(ask);
  const hit = await asked(ask);
  expect(statusOf(hit)).toBe("HIT-exact");
  const { id } = JSON.parse(hit.text);
  const next = await asked({ ...ask, text: "And then?", body: { previous_response_id: id } });
  expect(next.status).toBe(200);
  expect(rig.simulator.journal.last()?.body.toString()).toContain(ask.text);
});

test("a limit counts hits as requests", async () => {
  const key = "a-key-that-may-ask-three-times-a-day";
  const own = await startRig({
    cache: { enabled: true },
    keys: [{ name: "few", key, limits: [{ unit: "requests", per: "day", limit: 3 }] }],
  });
  const answers: number[] = [];
  for (let at = 0; at < 4; at++) answers.push((await asking(own)({ model: "chat/m", key })).status);
  expect(answers).toEqual([200, 200, 200, 429]);
  await own.close();
});

test("what the cache did is in the ledger", async () => {
  const text = freshText();
  const statuses: (string | null)[] = [];
  for (const headers of [{}, {}, { "cache-control": "no-store" }]) {
    const { request } = await ledgered(rig, () => send(rig.gateway.url, withHeaders(callOf({ text }), headers)));
    statuses.push(request.cache);
  }
  expect(statuses).toEqual(["miss", "hit-exact", "bypass"]);
});
