import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KeyGroup, OwnCredential } from "../../packages/gateway/src/config/access.ts";
import { plainKey } from "../../packages/gateway/src/config/client-key.ts";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { messageOf, objectIn, targetOf, wishing, withBody, withHeaders } from "./routing-support.ts";
import { ask, type Call, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const name = (key: string) => `a-client-key-called-${key}`;
const stored = (id: string, more: Partial<ClientKey>): ClientKey =>
  plainKey({ id, name: id, hash: createHash("sha256").update(name(id)).digest("hex"), ...more });

const own: OwnCredential = {
  id: "cred_1",
  provider: "brought",
  secret: secret("sk-own-canary"),
  priority: 0,
  weight: 1,
};
const group: KeyGroup = {
  id: "group_1",
  name: "vip",
  channels: [
    { provider: "keyed", credential: "2", priority: 0, weight: 1 },
    { provider: "brought", credential: "cred_1", priority: 1, weight: 1 },
  ],
};

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "one-model", key: name("one-model"), models: ["sim-model", "messages/m"] },
      { name: "one-provider", key: name("one-provider"), providers: ["messages", "dead"] },
      { name: "in-europe", key: name("in-europe"), privacy: { regions: ["eu"], blockedProviders: ["eu-two"] } },
      { name: "nothing-kept", key: name("nothing-kept"), privacy: { zeroRetention: true } },
      { name: "routers-only", key: name("routers-only"), models: [], routers: ["support"] },
      { name: "premium", key: name("premium"), metadata: { tier: "premium" } },
      { name: "free", key: name("free"), metadata: { tier: "free" } },
      { name: "open", key: name("open") },
    ],
    moreKeys: [stored("bringing", { credentials: [own] }), stored("grouped", { group, credentials: [own] })],
    moreProviders: (url) => {
      const at = { "openai-chat": { baseUrl: `${url}/v1` } };
      return {
        "eu-one": { auth: "none", region: "eu", models: ["m"], endpoints: at },
        "eu-two": { auth: "none", region: "eu", models: ["m"], endpoints: at },
        silent: { auth: "none", zeroRetention: true, models: ["m"], endpoints: at },
        brought: { auth: "bearer", credentials: [], models: ["b", "m"], endpoints: at },
      };
    },
    models: { both: { targets: ["messages/m", "chat/m"] } },
    routers: [
      {
        name: "routers/support",
        routes: [
          {
            route: { variants: [{ variant: { model_id: "responses/m" }, weight: 100 }] },
            condition: { cel_expression: 'tier == "premium"' },
          },
        ],
        defaultRoute: { variants: [{ variant: { model_id: "chat/m" }, weight: 100 }] },
      },
    ],
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const as = (key: string, call: Call): Call => withHeaders(call, { authorization: `Bearer ${name(key)}` });
const answerOf = (call: Call) => send(rig.gateway.url, call);
const words = { text: "[[say hello]]", stream: false };
const chat = (key: string, model: string) => as(key, ask("openai-chat", model, words));
const calls = () => rig.simulator.journal.entries.length;
const json = (text: string) => objectIn(JSON.parse(text));

async function explained(call: Call) {
  const answer = await answerOf({ ...call, path: "/v1/explain" });
  const { targets, rejected } = json(answer.text);
  return {
    status: answer.status,
    targets: Array.isArray(targets) ? targets.map((target: unknown) => objectIn(target)) : [],
    rejected: Array.isArray(rejected) ? rejected.map((target: unknown) => objectIn(target)) : [],
  };
}

describe("a model outside the key's list", () => {
  const bodies = {
    "openai-chat": { error: { type: "invalid_request_error", code: "permission_denied", param: "model" } },
    "openai-responses": { error: { type: "invalid_request_error", code: "permission_denied", param: "model" } },
    "anthropic-messages": { type: "error", error: { type: "permission_error" } },
    gemini: { error: { code: 403, status: "PERMISSION_DENIED" } },
  } as const;

  test.each(DIALECTS)("is 403 in the dialect, before anything is sent (%s)", async (dialect) => {
    for (const stream of [false, true]) {
      const model = `${PROVIDERS[dialect === "gemini" ? "gemini" : "openai-chat"]}/m`;
      const refused = await answerOf(as("one-model", ask(dialect, model, { text: "hello", stream })));
      expect(refused.status).toBe(403);
      expect(json(refused.text)).toMatchObject(bodies[dialect]);
      expect(messageOf(refused)).toBe(
        `This key may not ask for '${model}': the policy of this key allows other models only.`,
      );
    }
    expect(calls()).toBe(0);
    expect((await answerOf(as("one-model", ask(dialect, `${PROVIDERS[dialect]}/sim-model`, words)))).status).toBe(200);
  });

  test.each<Call>([
    { ...ask("anthropic-messages", "chat/m", words), path: "/v1/messages/count_tokens" },
    { ...ask("openai-responses", "chat/m", words), path: "/v1/responses/input_tokens" },
    { ...ask("gemini", "chat/m", words), path: "/v1beta/models/chat%2Fm:countTokens" },
    { ...ask("openai-chat", "chat/m", words), path: "/v1/explain" },
  ])("is 403 where nothing would be generated either ($path)", async (call) => {
    expect((await answerOf(as("one-model", call))).status).toBe(403);
    expect(calls()).toBe(0);
    expect((await answerOf(as("open", call))).status).toBe(200);
  });

  test("is not found by a detour", async () => {
    const detours: readonly Call[] = [
      withBody(chat("one-model", "chat/m"), { models: ["responses/m"] }),
      wishing(chat("one-model", "chat/m"), { provider: { only: ["chat"] } }),
      withHeaders(chat("one-model", "m"), { "x-signalbox-provider": "chat" }),
      withBody(chat("one-model", "auto"), { models: ["chat/m"] }),
      chat("one-model", "chat/m:floor"),
      chat("one-model", "claude-via-chat/m"),
      chat("one-model", "router/support"),
      chat("one-model", "@preset/support"),
    ];
    for (const call of detours) {
      const { status } = await answerOf(call);
      expect([400, 403], JSON.stringify(call)).toContain(status);
    }
    expect(calls()).toBe(0);
  });

  test("leaves what nobody has unknown", async () => {
    expect((await answerOf(chat("one-model", "nobody-has-this"))).status).toBe(404);
  });
});

describe("what a policy leaves", () => {
  test("of a name answers, and explain says why the rest does not", async () => {
    const { targets, rejected } = await explained(chat("one-model", "both"));
    expect(targets.map(({ model }) => model)).toEqual(["messages/m"]);
    expect(rejected).toEqual([
      { model: "chat/m", reason: "the policy of this key allows only the models 'sim-model', 'messages/m'" },
    ]);
    expect(targetOf(await answerOf(chat("one-model", "both")))).toBe("messages/m");
  });

  test("is not left when it fails", async () => {
    rig.simulator.faults.push("status=503;model=m;times=9");
    const failed = await answerOf(withBody(chat("one-provider", "both"), { models: ["chat/sim-model"] }));
    rig.simulator.faults.clear();
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(rig.simulator.journal.entries.every(({ url }) => url === "/v1/messages")).toBe(true);
  });

  test.each([
    ["in-europe", "eu-one", "no region is declared for it"],
    ["nothing-kept", "silent", "declared to keep nothing"],
  ])("is what privacy allows (%s)", async (key, provider, why) => {
    const { targets, rejected } = await explained(chat(key, "m"));
    expect(targets.map((target) => target["provider"])).toEqual([provider]);
    expect(rejected.find(({ model }) => model === "chat/m")?.["reason"]).toContain(why);
    expect(targetOf(await answerOf(chat(key, "m")))).toBe(`${provider}/m`);
  });

  test("is a router that is listed, wherever it leads, and nothing beside it", async () => {
    expect(targetOf(await answerOf(chat("routers-only", "router/support")))).toBe("chat/m");
    expect((await answerOf(chat("routers-only", "chat/m"))).status).toBe(403);
    const beside = withBody(chat("routers-only", "router/support"), { models: ["messages/m"], ignore: ["chat"] });
    expect((await answerOf(beside)).status).toBe(400);
  });
});

test("conditions see what the key says, and not what the request says of itself", async () => {
  const claiming = (key: string, tier: string) => withBody(chat(key, "router/support"), { metadata: { tier } });
  expect(targetOf(await answerOf(claiming("free", "premium")))).toBe("chat/m");
  expect(targetOf(await answerOf(claiming("premium", "free")))).toBe("responses/m");
  expect(targetOf(await answerOf(claiming("open", "premium")))).toBe("responses/m");
});

describe("accounts", () => {
  test("of one's own are used where they are, and are needed where the configuration has none", async () => {
    expect(targetOf(await answerOf(chat("bringing", "brought/b")))).toBe("brought/b");
    expect(rig.simulator.journal.last()?.headers.authorization).toBe("Bearer sk-own-canary");
    const { targets } = await explained(chat("bringing", "brought/b"));
    expect(targets[0]).toMatchObject({ provider: "brought", credential: "own:cred_1" });
    const refused = await answerOf(chat("open", "brought/b"));
    expect(refused.status).toBe(403);
    expect(messageOf(refused)).toContain("its provider takes a credential of one's own, and this key has none");
    expect(JSON.stringify(rig.log)).not.toContain("sk-own-canary");
  });

  test("of a group's channels are all that its keys reach", async () => {
    const { targets, rejected } = await explained(chat("grouped", "m"));
    expect(targets.map(({ model, credential }) => [model, credential])).toEqual([
      ["keyed/m", "keyed#2"],
      ["brought/m", "own:cred_1"],
    ]);
    expect(rejected.find(({ model }) => model === "chat/m")?.["reason"]).toBe(
      "the group 'vip' has no channel to its provider",
    );
    expect(targetOf(await answerOf(chat("grouped", "m")))).toBe("keyed/m");
    expect(rig.simulator.journal.last()?.headers.authorization).toBe("Bearer good-second-credential");
    expect((await answerOf(chat("grouped", "chat/m"))).status).toBe(403);
  });
});

describe("lists", () => {
  const get = (key: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
    answerOf(withHeaders(as(key, { path, method: "GET" }), headers));
  const field = (value: unknown, of: string) => {
    const list = objectIn(value)[of];
    return Array.isArray(list) ? list.map((entry: unknown) => objectIn(entry)) : [];
  };
  const ids = async (key: string) => field(JSON.parse((await get(key, "/v1/models")).text), "data").map(({ id }) => id);

  const seen = [
    "both",
    "auto",
    "sim-model",
    "m",
    "chat/sim-model",
    "responses/sim-model",
    "messages/sim-model",
    "messages/m",
    "own-gemini/sim-model",
    "keyed/sim-model",
    "dead/sim-model",
  ];

  test("show a key what it may ask for, in every shape", async () => {
    expect(await ids("one-model")).toEqual(seen);
    const count = await get("one-model", "/v1/models/count");
    expect(json(count.text)).toEqual({ data: { count: seen.length } });
    const anthropic = await get("one-model", "/v1/models?limit=1000", { "anthropic-version": "2023-06-01" });
    const listed = field(JSON.parse(anthropic.text), "data").map(({ id }) => String(id).replace(/^claude-via-/, ""));
    expect([...new Set(listed)]).toEqual(seen);
    const gemini = await get("one-model", "/v1beta/models?pageSize=1000");
    expect(field(JSON.parse(gemini.text), "models").map((model) => model["name"])).toEqual(
      seen.map((id) => `models/${id}`),
    );
    const offered = await get("one-provider", "/llm/v1alpha/models");
    expect(new Set(field(JSON.parse(offered.text), "models").map(({ provider }) => provider))).toEqual(
      new Set(["messages", "dead"]),
    );
  });

  test("have no single model that the key may not ask for", async () => {
    expect((await get("one-model", "/v1/models/messages/m")).status).toBe(200);
    expect((await get("one-model", "/v1/models/chat/m")).status).toBe(404);
    expect((await get("one-model", "/v1/models/router/support")).status).toBe(404);
    expect((await get("open", "/v1/models/chat/m")).status).toBe(200);
  });

  test("of providers name those that the key reaches, with what they have for it", async () => {
    const providers = async (key: string) =>
      field(JSON.parse((await get(key, "/v1/providers")).text), "data").map(({ slug, models }) => [slug, models]);
    expect(await providers("one-provider")).toEqual([
      ["messages", 2],
      ["dead", 2],
    ]);
    expect(await providers("grouped")).toEqual([
      ["keyed", 2],
      ["brought", 2],
    ]);
    expect((await providers("open")).map(([slug]) => slug)).not.toContain("brought");
  });

  test("show routers to who may ask them", async () => {
    expect(await ids("routers-only")).toEqual(["router/support"]);
    expect(await ids("grouped")).toEqual([
      "auto",
      "sim-model",
      "m",
      "b",
      "keyed/sim-model",
      "keyed/m",
      "brought/b",
      "brought/m",
    ]);
  });
});
