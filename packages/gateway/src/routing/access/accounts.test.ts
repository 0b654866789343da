import { GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type PlannedAttempt, planAttempts } from "../plan.ts";
import { createSessionMemory, sessionKey } from "../stickiness.ts";
import type { Plan } from "../target.ts";
import { accessHouse, asking, groupWith, ownAccount, planFor, targetsOf } from "../testing/access-house.ts";

const attempts = ({ targets }: Plan): readonly PlannedAttempt[] =>
  planAttempts(targets, {
    dialect: "openai-chat",
    obstacle: () => undefined,
    lastUsed: () => undefined,
    chance: () => 0.5,
  });
const accounts = (plan: Plan) =>
  attempts(plan).map(({ target, credential }) => `${target.provider.id} ${credential?.id ?? "none"}`);

function refusal(make: () => Plan): GatewayError {
  try {
    make();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("there is a plan");
}

describe("accounts of one's own", () => {
  const credentials = [ownAccount("openai", "a", 1), ownAccount("openai", "b", 0), ownAccount("google", "g")];

  test("stand in the place of the configuration's, by their own priorities, and nothing comes behind them", () => {
    expect(accounts(planFor("openai/gpt-5", { credentials }))).toEqual(["openai own:b", "openai own:a"]);
    expect(attempts(planFor("openai/gpt-5", { credentials }))[0]?.credential?.reveal()).toBe("sk-own-b");
  });

  test("leave other providers to the configuration's", () => {
    expect(accounts(planFor("gpt-5", { credentials }))).toEqual([
      "openai own:b",
      "openai own:a",
      "openrouter openrouter#main",
      "openrouter openrouter#spare",
    ]);
    expect(accounts(planFor("openai/gpt-5", {}))).toEqual(["openai openai#1"]);
  });

  test("are found by a provider's other name", () => {
    expect(accounts(planFor("google-ai-studio/gemini-2.5-pro", { credentials }))).toEqual(["google-ai-studio own:g"]);
  });

  test("are what a provider takes that has none here", () => {
    expect(accounts(planFor("brought/llama-4", { credentials: [ownAccount("brought", "c")] }))).toEqual([
      "brought own:c",
    ]);
    expect(targetsOf(planFor("llama-4", {}))).not.toContain("brought/llama-4");
    const error = refusal(() => planFor("brought/llama-4", {}));
    expect(error.code).toBe("permission_denied");
    expect(error.message).toContain("its provider takes a credential of one's own, and this key has none");
  });

  test("are shown in no reason", () => {
    const { rejected, reasoning, targets } = planFor(
      "gpt-5",
      { credentials, ...{ policies: [] } },
      asking({ ignore: ["openai"] }),
    );
    expect(JSON.stringify([rejected, reasoning, targets.map(({ reason }) => reason)])).not.toContain("sk-own");
  });

  test("that hold a conversation's prompt cache are asked first", () => {
    const sessions = createSessionMemory();
    const id = sessionKey({ key: "config:ci", model: "openai/gpt-5", session: "session-1" });
    const place = { provider: "openai", model: "gpt-5", cachedTokens: 5000, ttlMs: 60_000 };
    sessions.note(id, { ...place, credential: "own:a" }, 0);
    expect(accounts(planFor("openai/gpt-5", { credentials }, { sessions }))[0]).toBe("openai own:a");
    sessions.note(id, { ...place, credential: "openai#1" }, 0);
    expect(accounts(planFor("openai/gpt-5", { credentials }, { sessions }))).toEqual(["openai own:b", "openai own:a"]);
  });
});

describe("a group", () => {
  test("reaches the providers of its channels, by the credentials of its channels", () => {
    const group = groupWith([["openrouter", "spare"]]);
    expect(accounts(planFor("gpt-5", { group }))).toEqual(["openrouter openrouter#spare"]);
    expect(planFor("gpt-5", { group }).rejected).toMatchObject([
      { target: "openai/gpt-5", why: "the group 'vip' has no channel to its provider" },
    ]);
    expect(refusal(() => planFor("openai/gpt-5", { group })).code).toBe("permission_denied");
    expect(refusal(() => planFor("any/whatever", { group })).code).toBe("permission_denied");
  });

  test("names credentials by their ids too, and gives them priorities of its own", () => {
    const group = groupWith([
      ["openrouter", "openrouter#main", 5],
      ["openrouter", "openrouter#spare", 1],
    ]);
    expect(accounts(planFor("gpt-5", { group }))).toEqual([
      "openrouter openrouter#spare",
      "openrouter openrouter#main",
    ]);
  });

  test("has accounts of its own, and takes no others that its key has", () => {
    const credentials = [
      ownAccount("openai", "cred_1"),
      ownAccount("openai", "cred_2"),
      ownAccount("google", "cred_3"),
    ];
    expect(accounts(planFor("gpt-5", { group: groupWith([["openai", "cred_1"]]), credentials }))).toEqual([
      "openai own:cred_1",
    ]);
    const google = groupWith([["google", "cred_3"]]);
    expect(accounts(planFor("gemini-2.5-pro", { group: google, credentials }))).toEqual([
      "google-ai-studio own:cred_3",
    ]);
    // An account is one provider's.
    const crossed = groupWith([["openrouter", "cred_1"]]);
    expect(refusal(() => planFor("gpt-5", { group: crossed, credentials })).message).toContain(
      "whose credential does not exist",
    );
  });

  test("puts the providers of a name in the order of its channels", () => {
    const channels = (openai: number, openrouter: number) =>
      groupWith([
        ["openai", "1", openai],
        ["openrouter", "main", openrouter],
      ]);
    expect(targetsOf(planFor("gpt-5", { group: channels(0, 1) }))[0]).toBe("openai/gpt-5");
    expect(targetsOf(planFor("gpt-5", { group: channels(1, 0) }))[0]).toBe("openrouter/openai/gpt-5");
    const order = asking({ provider: { order: ["openai"] } });
    expect(targetsOf(planFor("gpt-5", { group: channels(1, 0) }, order))[0]).toBe("openai/gpt-5");
  });

  test("shares the traffic of equals by their weights", () => {
    const group = groupWith([
      ["openai", "1", 0, 1],
      ["openrouter", "main", 0, 9],
    ]);
    let first = 0;
    for (let nth = 0; nth < 1000; nth += 1) {
      const draws = [((nth * 7919) % 1000) / 1000, ((nth * 104_729) % 997) / 997];
      let at = 0;
      const plan = planFor("gpt-5", { group }, { chances: () => draws[at++ % 2] ?? 0 });
      if (targetsOf(plan)[0] === "openai/gpt-5") first += 1;
    }
    expect(first / 1000).toBeCloseTo(0.1, 1);
  });

  test("goes to a server without keys by a channel that names any", () => {
    expect(accounts(planFor("lab/llama-4", { group: groupWith([["lab", "none"]]) }))).toEqual(["lab none"]);
  });

  test("holds its keys to its models, beside their policies", () => {
    const group = groupWith(
      [
        ["openai", "1"],
        ["lab", "none"],
      ],
      ["gpt-*", "cheap"],
    );
    expect(targetsOf(planFor("gpt-5", { group }))).toEqual(["openai/gpt-5"]);
    expect(targetsOf(planFor("cheap", { group }))).toEqual(["lab/llama-4"]);
    expect(refusal(() => planFor("lab/llama-4", { group })).message).toContain(
      "the group 'vip' allows other models only",
    );
    expect(refusal(() => planFor("o3", { group })).code).toBe("permission_denied");
  });

  test("keeps to its channels behind routers that its key may ask", () => {
    const group = groupWith([["lab", "none"]]);
    for (const chance of [0, 0.99]) {
      expect(targetsOf(planFor("router/split", { group }, { chance }))).toEqual(["lab/llama-4"]);
    }
    expect(refusal(() => planFor("router/large", { group })).code).toBe("permission_denied");
  });
});

test("an empty list of credentials is a choice: the environment's key is not taken instead", () => {
  const providers = accessHouse().providers;
  expect(providers.get("brought")).toMatchObject({ credentials: [], callersBring: true });
  expect(providers.get("lab")?.callersBring).toBeUndefined();
});
