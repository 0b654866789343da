import { afterEach, describe, expect, test } from "vitest";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { hasPgvector } from "../support/pgvector.ts";
import { testStores } from "../support/stores.ts";
import { type Asked, asking, calls, pricedProviders, statusOf } from "./response-cache-support.ts";
import { admin, objectIn } from "./routing-support.ts";
import { type Answer, KEY, type Rig, startRig } from "./support.ts";

const OTHER = "another-key-for-the-gateway-tests";
const ENABLE = "How do I enable dark mode on my tablet?";
const SAME = "Can you tell me how to turn dark mode on on my tablet, please?";
const DISABLE = "How do I disable dark mode on my tablet?";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Semantic {
  readonly judge?: string;
  readonly embeddings?: string;
  readonly errorRate?: number;
  readonly shadowPercent?: number;
}

const rigWith = async (semantic: Semantic, more: Parameters<typeof startRig>[0] = {}): Promise<Rig> => {
  const rig = await startRig({
    cache: { enabled: true, match: "semantic", semantic: { shadowPercent: 0, ...semantic } },
    moreProviders: (url) => ({
      ...pricedProviders(url),
      vectors: {
        auth: "none",
        models: [{ id: "m", price: { input: 1, output: 1 } }],
        operations: { embeddings: { format: "openai", baseUrl: `${url}/v1` } },
      },
    }),
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "other", key: OTHER },
    ],
    ...more,
  });
  open.push(() => rig.close());
  return rig;
};

const told = async (rig: Rig, query = ""): Promise<Readonly<Record<string, unknown>>> =>
  objectIn((await admin(rig, `GET /v1/cache${query}`)).body["semantic"]);

/** The question is found from now on: what is learned of an answer is learned after it was given. */
const kept = async (rig: Rig, asked: Asked, entries = 1): Promise<Answer> => {
  const answer = await asking(rig)(asked);
  expect(statusOf(answer)).toBe("MISS");
  await expect.poll(async () => (await told(rig))["entries"]).toBe(entries);
  return answer;
};

describe("an answer to a similar question", () => {
  test.each([false, true])("is given again, and says how similar (stream: %s)", async (stream) => {
    const rig = await rigWith({});
    await kept(rig, { text: ENABLE });
    const hit = await asking(rig)({ text: SAME, stream });
    expect(statusOf(hit)).toBe("HIT-semantic");
    expect(Number(hit.headers["x-cache-score"])).toBeGreaterThan(0.9);
    expect(calls(rig)).toBe(1);
  });

  test("is not given for its opposite, in another conversation, nor to another key", async () => {
    const rig = await rigWith({});
    const asked = asking(rig);
    await kept(rig, { text: ENABLE });
    const says = (role: string, content: string) => ({ role, content });
    const others: readonly Asked[] = [
      { text: DISABLE },
      { text: SAME, key: OTHER },
      { text: SAME, body: { messages: [says("system", "Be rude."), says("user", SAME)] } },
      { body: { messages: [says("user", "Hello"), says("assistant", "Hello!"), says("user", SAME)] } },
      { text: SAME, body: { temperature: 0.3 } },
      { text: SAME, headers: { "accept-language": "fr" } },
      { text: SAME, client: "anthropic-messages", model: "priced-messages/m" },
    ];
    for (const other of others) expect(statusOf(await asked(other))).toBe("MISS");
  });

  test("is gone with the answer", async () => {
    const rig = await rigWith({});
    await kept(rig, { text: ENABLE });
    await admin(rig, "DELETE /v1/cache");
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("MISS");
  });

  test.each([
    { pii: { action: "redact" } },
    { pii: { action: "block" } },
    { moderation: { model: "judge/mod", input: "block" } },
  ])("is not looked for where a guard may keep the request back: %j", async (guardrails) => {
    const judge = (url: string) => ({
      judge: { auth: "none", models: ["mod"], operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } } },
    });
    const moreProviders = (url: string) => ({ ...pricedProviders(url), ...judge(url) });
    const rig = await rigWith({}, { guardrails, moreProviders });
    await asking(rig)({ text: ENABLE });
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("MISS");
    expect((await told(rig))["lookups"]).toBe(0);
  });
});

describe("a guard that flags", () => {
  const judge = (url: string) => ({
    judge: { auth: "none", models: ["mod"], operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } } },
    "dead-judge": {
      auth: "none",
      models: ["mod"],
      operations: { moderation: { format: "openai", baseUrl: "http://127.0.0.1:9/v1" } },
    },
  });
  const moreProviders = (url: string) => ({ ...pricedProviders(url), ...judge(url) });
  const judged = ({ simulator }: Rig) => simulator.journal.entries.filter(({ url }) => url.includes("moderations"));

  test("looks at the question that is asked, once, before another one's answer is given", async () => {
    const guardrails = { moderation: { model: "judge/mod", input: "flag", output: "flag" }, pii: { action: "flag" } };
    const rig = await rigWith({}, { guardrails, moreProviders });
    await kept(rig, { text: ENABLE });
    expect(judged(rig)).toHaveLength(2);
    const hit = await asking(rig)({ text: SAME });
    expect(statusOf(hit)).toBe("HIT-semantic");
    expect(judged(rig)).toHaveLength(3);
    expect(judged(rig).at(-1)?.body.toString()).toContain(SAME);
    expect(hit.headers["x-signalbox-guardrails"]).toBe("pii-input=ok,moderation-input=ok,moderation-output=ok");
    const miss = await asking(rig)({ text: DISABLE });
    expect(statusOf(miss)).toBe("MISS");
    expect(judged(rig)).toHaveLength(5);
    expect(miss.headers["x-signalbox-guardrails"]).toBe("pii-input=ok,moderation-input=ok,moderation-output=ok");
  });

  test("lets nobody look for an answer to what could not be judged and may not pass so", async () => {
    const moderation = { model: "dead-judge/mod", input: "flag", onFailure: "block" };
    const rig = await rigWith({}, { guardrails: { moderation }, moreProviders });
    const answer = await asking(rig)({ text: ENABLE });
    expect(answer.status).toBe(503);
    expect((await told(rig))["lookups"]).toBe(0);
  });
});

describe("in shadow", () => {
  test("would-be hits are answered by the model, and counted by whether they would have been right", async () => {
    const rig = await rigWith({ shadowPercent: 100 });
    await kept(rig, { text: ENABLE });
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("MISS");
    expect(calls(rig)).toBe(2);
    await expect.poll(async () => objectIn((await told(rig))["false_hit_rate"])["samples"]).toBe(1);
    expect(await told(rig)).toMatchObject({ hits: 0, shadows: 1, false_hit_rate: { wrong: 0, rate: 0, low: 0 } });
    const other = await told(rig, "?tenant=org:nobody");
    expect(other).toMatchObject({ false_hit_rate: { tenant: "org:nobody", samples: 0, rate: null, low: 0, high: 1 } });
  });
});

describe("a judge", () => {
  // The simulator says what the fenced question tells it to.
  const asks = (word: string) => ({ first: `${ENABLE} [[say ${word}]]`, second: `${SAME} [[say ${word}]]` });

  test.each([
    ["yes", "HIT-semantic"],
    ["no", "MISS"],
    ["perhaps", "MISS"],
  ])("that says %s makes it a %s", async (word, status) => {
    const rig = await rigWith({ judge: "chat/m" });
    const { first, second } = asks(word);
    await kept(rig, { text: first });
    expect(statusOf(await asking(rig)({ text: second }))).toBe(status);
  });

  test("that cannot be asked makes it a miss", async () => {
    const rig = await rigWith({ judge: "dead/m" });
    const { first, second } = asks("yes");
    await kept(rig, { text: first });
    expect(statusOf(await asking(rig)({ text: second }))).toBe("MISS");
  });
});

describe("an encoder", () => {
  const embeddings = (rig: Rig) => rig.simulator.journal.entries.filter(({ url }) => url.endsWith("/embeddings"));

  test("is asked where there is something to compare, and what is far from it is a miss", async () => {
    const rig = await rigWith({ embeddings: "vectors/m" });
    await kept(rig, { text: ENABLE });
    expect(embeddings(rig)).toHaveLength(1);
    // Another bucket: nobody needs to embed before it is known that there is an answer.
    await kept(rig, { text: DISABLE }, 2);
    expect(embeddings(rig)).toHaveLength(2);
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("MISS");
    expect(embeddings(rig)).toHaveLength(3);
  });

  test("that is away makes it a miss, and no error", async () => {
    const rig = await rigWith({ embeddings: "dead/m" });
    expect((await asking(rig)({ text: ENABLE })).status).toBe(200);
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("MISS");
  });
});

const [, postgres] = await testStores();
const hasVectors = await hasPgvector();

describe.skipIf(!hasVectors)("with PostgreSQL", () => {
  test("questions are compared by pgvector, and lie there sealed", async () => {
    const place = await postgres?.makePlace();
    if (place === undefined) throw new Error("There is no PostgreSQL.");
    open.push(() => place.remove());
    const store = { ...place.options, encryptionKey: secret("a passphrase for these tests") };
    const rig = await rigWith({}, { store });
    await kept(rig, { text: ENABLE });
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("HIT-semantic");
    const rows = await place.query("select tenant, dimensions, sealed from semantic_entries");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ tenant: "key:config:tests", dimensions: "512" });
    expect(Buffer.from(JSON.stringify(rows)).toString()).not.toContain("tablet");
  });

  test("without a key to seal them with, they are compared in the process, and the log says why", async () => {
    const place = await postgres?.makePlace();
    if (place === undefined) throw new Error("There is no PostgreSQL.");
    open.push(() => place.remove());
    const rig = await rigWith({}, { store: place.options });
    await kept(rig, { text: ENABLE });
    expect(statusOf(await asking(rig)({ text: SAME }))).toBe("HIT-semantic");
    expect(await place.query("select id from semantic_entries")).toEqual([]);
    expect(rig.log.filter(({ why }) => /encryptionKey/.test(String(why)))).toHaveLength(1);
  });
});
