import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { messageOf, objectIn, withBody, withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

/** Of every model here: an answer can have so many tokens, and each costs so many dollars a million. */
const CAP = 1000;
const PRICE = { input: 0, output: 15 };
const OF_CAP = (CAP * PRICE.output) / 1e6;
const REFUSED: Readonly<Record<(typeof DIALECTS)[number], number>> = {
  "openai-chat": 429,
  "openai-responses": 429,
  "anthropic-messages": 402,
  gemini: 429,
};

let rig: Rig;
beforeAll(async () => {
  const models = [{ id: "m", price: PRICE, maxOutputTokens: CAP }];
  const provider = (endpoints: object) => ({ auth: "none", models, endpoints });
  rig = await startRig({
    moreProviders: (url) => ({
      chat: provider({ "openai-chat": { baseUrl: `${url}/v1` } }),
      responses: provider({ "openai-responses": { baseUrl: `${url}/v1` } }),
      messages: provider({ "anthropic-messages": { baseUrl: url } }),
      "own-gemini": provider({ gemini: { baseUrl: url } }),
    }),
    routers: [
      {
        name: "routers/wordy",
        defaultRoute: {
          variants: [{ variant: { model_id: "chat/m", text_generation_config: { max_tokens: CAP } }, weight: 100 }],
        },
      },
    ],
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

async function keyWith(policy: object): Promise<string> {
  const { status, text } = await send(rig.gateway.url, { path: "/v1/keys", body: { name: "made", ...policy } });
  expect(status, text).toBe(201);
  return String(objectIn(JSON.parse(text))["key"]);
}

const budgetOf = (dollars: number) => keyWith({ limit: dollars });
const as = (key: string, call: Call) => send(rig.gateway.url, withHeaders(call, { authorization: `Bearer ${key}` }));
const asked = () => rig.simulator.journal.entries.length;
const plain = (dialect: (typeof DIALECTS)[number], model = `${PROVIDERS[dialect]}/m`) =>
  ask(dialect, model, { text: "[[say hello]]", stream: false });

/** The call with this JSON text where the room for the answer is said. */
function withRoom(dialect: (typeof DIALECTS)[number], json: string): Call {
  const { max_tokens: _, ...body } = objectIn(plain(dialect).body);
  const name = { "openai-chat": "max_completion_tokens", "openai-responses": "max_output_tokens" };
  const field =
    dialect === "gemini"
      ? `"generationConfig":{"maxOutputTokens":${json}}`
      : `"${dialect === "anthropic-messages" ? "max_tokens" : name[dialect]}":${json}`;
  return { ...plain(dialect), raw: JSON.stringify(body).replace(/}$/, `,${field}}`) };
}

describe.each(DIALECTS)("%s", (dialect) => {
  const odd = [
    "1e9",
    "1000000000",
    "-1",
    "0",
    "0.5",
    "1e400",
    '"5"',
    "null",
    "true",
    "[]",
    "{}",
    "9223372036854775807",
  ];

  test.each(odd)("room for an answer of %s is no mistake of ours, with a budget and without", async (json) => {
    const enough = await budgetOf(OF_CAP);
    for (const answer of [
      await send(rig.gateway.url, withRoom(dialect, json)),
      await as(enough, withRoom(dialect, json)),
    ])
      expect([200, 400]).toContain(answer.status);
  });

  test.each(odd.filter((json) => !["0.5"].includes(json)))(
    "room of %s is held as what the model can write",
    async (json) => {
      const tooLittle = await budgetOf(OF_CAP * 0.99);
      const answer = await as(tooLittle, withRoom(dialect, json));
      expect(answer.status, answer.text).toBe(REFUSED[dialect]);
      expect(answer.headers["x-should-retry"]).toBe("false");
      expect(asked()).toBe(0);
      expect((await as(tooLittle, withRoom(dialect, String(CAP / 2)))).status).toBe(200);
    },
  );

  test("a prompt of 30 MB is refused by a smaller token limit before anybody is asked, and passes under a larger one", async () => {
    const text = "word ".repeat(6_000_000);
    const call = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: `${text} [[say hello]]`, stream: false });
    const small = await keyWith({ limits: [{ unit: "tokens", per: "minute", limit: 100_000 }] });
    const refused = await as(small, call);
    expect(refused.status).toBe(429);
    expect(refused.headers["x-should-retry"]).toBe("false");
    expect(refused.headers["retry-after"]).toBeUndefined();
    expect(messageOf(refused)).toMatch(/larger than the API key per-minute token limit/);
    expect(refused.text.length).toBeLessThan(2000);
    expect(asked()).toBe(0);
    const large = await keyWith({ limits: [{ unit: "tokens", per: "minute", limit: 100_000_000 }] });
    expect((await as(large, call)).status).toBe(200);
  });
});

test("room for more than a number can say is refused where it would have to be said anew", async () => {
  for (const dialect of DIALECTS.filter((other) => other !== "gemini")) {
    const answer = await send(rig.gateway.url, {
      ...withRoom(dialect, "1e400"),
      raw: String(withRoom(dialect, "1e400").raw).replace(`${PROVIDERS[dialect]}/m`, "own-gemini/m"),
    });
    expect({ dialect, status: answer.status }).toEqual({ dialect, status: 400 });
    expect(messageOf(answer)).toContain("must be a number");
  }
  expect(asked()).toBe(0);
});

describe("several answers", () => {
  const several: readonly (readonly [(typeof DIALECTS)[number], (count: unknown) => Call])[] = [
    ["openai-chat", (count) => withBody(plain("openai-chat"), { n: count })],
    ["gemini", (count) => withBody(plain("gemini"), { generationConfig: { candidateCount: count } })],
  ];

  test.each(several)("are held each at its worst, in %s", async (dialect, call) => {
    const forTen = await budgetOf(10 * OF_CAP);
    for (const count of [1000, "1000", 11]) {
      const refused = await as(forTen, call(count));
      expect({ count, status: refused.status }).toEqual({ count, status: REFUSED[dialect] });
    }
    expect(asked()).toBe(0);
    for (const count of [10, 1, null]) expect([200, 400]).toContain((await as(forTen, call(count))).status);
    expect(asked()).toBe(3);
  });

  test.each(several)("are asked for without a budget, too, in %s", async (_, call) => {
    for (const count of [1000, 1e9, -1, 0, "many"])
      expect([200, 400]).toContain((await send(rig.gateway.url, call(count))).status);
  });

  test("are one where the request is translated", async () => {
    const forOne = await budgetOf(OF_CAP);
    const call = withBody(plain("openai-chat", "messages/m"), { n: 1000 });
    const answer = await as(forOne, call);
    expect(answer.status, answer.text).toBe(200);
  });
});

describe("a router that says more than its client", () => {
  const brief = withBody(plain("openai-chat", "routers/wordy"), { max_tokens: 1 });

  test("is held at what it says", async () => {
    expect((await as(await budgetOf(OF_CAP * 0.99), brief)).status).toBe(429);
    expect(asked()).toBe(0);
    const answer: Answer = await as(await budgetOf(OF_CAP), brief);
    expect(answer.status, answer.text).toBe(200);
    expect(rig.simulator.journal.entries[0]?.json).toMatchObject({ max_tokens: CAP });
  });
});
