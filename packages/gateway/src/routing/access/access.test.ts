import { GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { AccessPolicy } from "../../config/access.ts";
import type { Caller } from "../request-view.ts";
import {
  accessHouse,
  asking,
  house,
  ownedBy,
  planFor,
  targetsOf,
  type Wish,
  withPolicy,
} from "../testing/access-house.ts";
import { accessOf } from "./access.ts";

function refusal(model: string, caller: Partial<Caller>, wish: Wish = {}): GatewayError {
  try {
    planFor(model, caller, wish);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("there is a plan");
}

describe("a list of models", () => {
  test.each<{ what: string; models: readonly string[]; asked: string; expected: readonly string[] }>([
    { what: "the very name", models: ["gpt-5"], asked: "gpt-5", expected: ["openai/gpt-5", "openrouter/openai/gpt-5"] },
    { what: "a pattern", models: ["gpt-5*"], asked: "gpt-5-mini", expected: ["openai/gpt-5-mini"] },
    { what: "one provider's model alone", models: ["openai/o3"], asked: "o3", expected: ["openai/o3"] },
    { what: "everything of a provider", models: ["lab/*"], asked: "llama-4", expected: ["lab/llama-4"] },
    {
      what: "a provider by its other name",
      models: ["google/*"],
      asked: "google-ai-studio/gemini-2.5-pro",
      expected: ["google-ai-studio/gemini-2.5-pro"],
    },
    { what: "a public name whole", models: ["fast"], asked: "fast", expected: ["openai/gpt-5-mini", "lab/llama-4"] },
    { what: "of a public name what is listed", models: ["llama-*"], asked: "fast", expected: ["lab/llama-4"] },
    {
      what: "a name with a wish behind it",
      models: ["gpt-5"],
      asked: "gpt-5:floor",
      expected: ["openai/gpt-5", "openrouter/openai/gpt-5"],
    },
    {
      what: "a name as SDKs write it",
      models: ["models/gemini-2.5-pro"],
      asked: "models/gemini-2.5-pro",
      expected: ["google-ai-studio/gemini-2.5-pro", "openrouter/google/gemini-2.5-pro"],
    },
    { what: "Claude Code's alias", models: ["cheap"], asked: "claude-via-cheap", expected: ["lab/llama-4"] },
    {
      what: "the end of a longer name",
      models: ["llama-4"],
      asked: "openrouter/meta/llama-4",
      expected: ["openrouter/meta/llama-4"],
    },
  ])("allows $what", ({ models, asked, expected }) => {
    expect(targetsOf(planFor(asked, withPolicy({ models })))).toEqual(expected);
  });

  test.each([
    ["o3", ["gpt-5"]],
    ["lab/llama-4", ["gpt-*"]],
    ["any/whatever", ["gpt-5"]],
    ["whatever", ["gpt-5"]],
    ["gpt-5", []],
    ["fast", ["cheap"]],
    ["gpt-5", ["GPT-5"]],
    ["gpt-5-thinking", ["gpt-5-thinking"]],
  ])("closes %s to who may ask %j", (asked, models) => {
    const error = refusal(asked, withPolicy({ models }));
    expect([error.code, error.status]).toEqual(["permission_denied", 403]);
    expect(error.message).toContain(`This key may not ask for '${asked}': the policy of team 'research' allows`);
    for (const other of ["openai/", "openrouter", "llama-4'", "GPT"]) {
      expect(error.message.replace(`'${asked}'`, "")).not.toContain(other);
    }
  });

  test("is met on every list that there is", () => {
    const policies = [
      ownedBy("org", { models: ["gpt-*", "llama-4"] }),
      ownedBy("key", { models: ["llama-*", "gpt-5"] }),
    ];
    expect(targetsOf(planFor("gpt-5", { policies }))).toHaveLength(2);
    expect(refusal("gpt-5-mini", { policies }).message).toContain("the policy of this key allows other models only");
    expect(refusal("o3", { policies }).message).toContain("the policy of organisation 'research'");
  });

  test("says in full why a target is left out", () => {
    const { rejected } = planFor("fast", withPolicy({ models: ["llama-*", "o3"] }));
    expect(rejected).toEqual([
      {
        target: "openai/gpt-5-mini",
        why: "the policy of team 'research' allows only the models 'llama-*', 'o3'",
        refused: { by: "access", brief: expect.any(String) },
      },
    ]);
  });

  test("leaves a model that nobody has unknown", () => {
    const snapshot = accessHouse({
      providers: {
        lab: { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:1" } } },
      },
      models: {},
      routers: [],
      auto: {},
    });
    expect(refusal("nothing", withPolicy({ models: ["m"] }), { snapshot }).code).toBe("model_not_found");
    expect(refusal("router/nothing", withPolicy({ models: ["m"] }), { snapshot }).code).toBe("model_not_found");
  });
});

describe("a request that goes round about", () => {
  const caller = withPolicy({ models: ["openai/*"] });

  test("finds in its fallbacks only what it may have", () => {
    expect(targetsOf(planFor("o3", caller, asking({ models: ["lab/llama-4", "gpt-5-mini", "router/split"] })))).toEqual(
      ["openai/o3", "openai/gpt-5-mini", "openai/gpt-5"],
    );
    expect(refusal("lab/llama-4", caller, asking({ models: ["house"] })).code).toBe("permission_denied");
  });

  test("may not call one provider's model by another's name", () => {
    const error = refusal("openai/llama-4", caller, asking({ provider: { only: ["lab"] } }));
    expect(error.message).toContain("This key may not ask any other.");
    expect(error.message).not.toContain("lab");
    // Who may ask for any model may do so.
    expect(targetsOf(planFor("openai/llama-4", {}, asking({ provider: { only: ["lab"] } })))).toEqual(["lab/llama-4"]);
  });

  test("finds no more in a pool of its own for `auto`", () => {
    const auto = withPolicy({ models: ["auto", "gpt-5-mini"] });
    expect(targetsOf(planFor("auto", auto, asking({ models: ["lab/llama-4", "gpt-5-mini"] })))).toEqual([
      "openai/gpt-5-mini",
    ]);
    expect(refusal("auto", auto, asking({ models: ["lab/llama-4"] })).code).toBe("permission_denied");
  });

  test("is told what it may have and cannot use, and of nothing else", () => {
    const wish = { features: { images: true, inputTokens: 10_000_000 } };
    const snapshot = accessHouse({
      models: { seeing: { targets: ["openai/o3", "lab/house"] } },
      providers: {
        openai: { credentials: ["k"], models: [{ id: "o3", contextTokens: 1000 }] },
        lab: { auth: "none", models: ["house"], endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:1" } } },
      },
      routers: [],
      auto: {},
    });
    const error = refusal("seeing", withPolicy({ models: ["o3"] }), {
      ...wish,
      ...asking({ provider: { requireParameters: true } }),
      snapshot,
    });
    expect(error.status).toBe(400);
    expect(error.message).toContain("openai/o3: it lacks");
    expect(error.message).not.toContain("house");
  });
});

describe("routers", () => {
  test("that are listed may be asked wherever they lead, and no others", () => {
    const caller = withPolicy({ models: ["llama-4"], routers: ["large", "@preset/nested"] });
    expect(targetsOf(planFor("router/large", caller))).toEqual(["openai/gpt-5"]);
    expect(targetsOf(planFor("inworld/nested", caller))).toEqual(["openai/gpt-5"]);
    const error = refusal("router/split", caller);
    expect(error.code).toBe("permission_denied");
    expect(error.message).toBe(
      "This key may not ask for 'router/split': the policy of team 'research' allows other routers only.",
    );
    expect(refusal("openai/gpt-5", caller).code).toBe("permission_denied");
  });

  test("may stand in the list of models by their whole names", () => {
    const caller = withPolicy({ models: ["router/large"] });
    expect(targetsOf(planFor("router/large", caller))).toEqual(["openai/gpt-5"]);
    expect(refusal("router/split", caller).code).toBe("permission_denied");
    expect(refusal("gpt-5", caller).code).toBe("permission_denied");
  });

  test("that no list speaks of lead to what may be had, whatever the split says", () => {
    const caller = withPolicy({ models: ["llama-4"] });
    for (const chance of [0, 0.5, 0.99]) {
      expect(targetsOf(planFor("router/split", caller, { chance }))).toEqual(["lab/llama-4"]);
      expect(targetsOf(planFor("router/nested", caller, { chance }))).toEqual(["lab/llama-4"]);
    }
    expect(planFor("router/split", caller).reasoning).toContain(
      "variant 'lab/llama-4' (weight 20 of 100, of those that this key may ask)",
    );
    expect(refusal("router/large", caller).code).toBe("permission_denied");
  });

  test("of one list do not open another owner's", () => {
    const policies = [ownedBy("org", { models: ["llama-4"] }), ownedBy("key", { routers: ["large", "split"] })];
    expect(refusal("router/large", { policies }).message).toContain("the policy of organisation 'research'");
    expect(targetsOf(planFor("router/split", { policies }))).toEqual(["lab/llama-4"]);
  });

  test("that are listed are not asked for what a request puts beside them", () => {
    const caller = withPolicy({ models: ["house"], routers: ["large"] });
    const wish = asking({ models: ["lab/llama-4", "router/split", "house"], ignore: ["openai"] });
    expect(targetsOf(planFor("router/large", caller, wish))).toEqual(["lab/house"]);
    expect(refusal("router/large", caller, asking({ provider: { only: ["any"] } })).code).toBe("unsupported_feature");
  });
});

describe("auto", () => {
  test("chooses among what may be had", () => {
    expect(targetsOf(planFor("auto", withPolicy({ models: ["gpt-5-mini"] })))).toEqual(["openai/gpt-5-mini"]);
    expect(targetsOf(planFor("auto", withPolicy({ providers: ["google"] })))).toEqual([
      "google-ai-studio/gemini-2.5-pro",
    ]);
    expect(refusal("auto", withPolicy({ models: ["house-*"] })).code).toBe("permission_denied");
  });

  test.each<AccessPolicy>([{ models: ["auto"] }, { models: [], routers: ["auto"] }])(
    "may be listed as it is, with the pool that it has here: %j",
    (policy) => {
      expect(targetsOf(planFor("auto", withPolicy(policy))).toSorted()).toEqual([
        "google-ai-studio/gemini-2.5-pro",
        "openai/gpt-5",
        "openai/gpt-5-mini",
      ]);
      expect(refusal("gpt-5", withPolicy(policy)).code).toBe("permission_denied");
    },
  );

  test("behind a router that is listed has its whole pool", () => {
    expect(planFor("router/choosing", withPolicy({ models: [], routers: ["choosing"] })).targets).toHaveLength(3);
  });
});

describe("privacy and providers", () => {
  test.each<{ what: string; policy: AccessPolicy; why: string }>([
    {
      what: "providers",
      policy: { providers: ["openai", "lab"] },
      why: "the policy of team 'research' allows only the providers 'openai', 'lab'",
    },
    {
      what: "blocked providers",
      policy: { privacy: { blockedProviders: ["openrouter"] } },
      why: "the policy of team 'research' blocks its provider",
    },
    {
      what: "regions, in which what is undeclared is not",
      policy: { privacy: { regions: ["us", "ch"] } },
      why: "the policy of team 'research' allows only the regions 'us', 'ch', and no region is declared for it",
    },
  ])("are met: $what", ({ policy, why }) => {
    const plan = planFor("gpt-5", withPolicy(policy));
    expect(targetsOf(plan)).toEqual(["openai/gpt-5"]);
    expect(plan.rejected).toMatchObject([{ target: "openrouter/openai/gpt-5", why }]);
  });

  test("zero retention is met by who is declared to keep nothing, and not by who only does not collect", () => {
    const caller = withPolicy({ privacy: { zeroRetention: true } });
    expect(targetsOf(planFor("llama-4", caller))).toEqual(["lab/llama-4"]);
    expect(refusal("gemini-2.5-pro", caller).message).toContain("declared to keep nothing");
  });

  test("aliases count as the provider that they name", () => {
    expect(refusal("gemini-2.5-pro", withPolicy({ providers: ["openai"] })).code).toBe("permission_denied");
    expect(targetsOf(planFor("gemini-2.5-pro", withPolicy({ privacy: { blockedProviders: ["google"] } })))).toEqual([
      "openrouter/google/gemini-2.5-pro",
    ]);
  });

  test("the first that may be asked is the one without fallbacks", () => {
    const wish = asking({ provider: { allowFallbacks: false } });
    expect(targetsOf(planFor("gpt-5", withPolicy({ providers: ["openrouter"] }), wish))).toEqual([
      "openrouter/openai/gpt-5",
    ]);
    expect(targetsOf(planFor("fast", withPolicy({ providers: ["lab"] }), wish))).toEqual(["lab/llama-4"]);
  });
});

describe("a price that nobody knows", () => {
  const caller = { refusesUnpriced: true };

  test("closes a target where prices are wanted", () => {
    const snapshot = accessHouse({ models: { mixed: { targets: ["lab/house", "openai/gpt-5"] } } });
    expect(targetsOf(planFor("mixed", caller, { snapshot }))).toEqual(["openai/gpt-5"]);
  });

  test("is told, with the switch that allows it", () => {
    const error = refusal("house", caller);
    expect(error.code).toBe("permission_denied");
    expect(error.message).toMatch(/no price is known.*'unpriced: allow'/);
  });

  test("is not the reason where a policy is one too", () => {
    expect(refusal("house", { ...caller, ...withPolicy({ models: ["o3"] }) }).message).toContain("the policy of team");
  });
});

test("who is not held to anything has no access to be judged by, and pays for none", () => {
  const plain = { policies: [], credentials: [], refusesUnpriced: false };
  const without = accessHouse({ providers: { openai: { credentials: ["k"] } }, models: {}, routers: [], auto: {} });
  expect(accessOf(plain, without)).toBeUndefined();
  expect(accessOf({ ...plain, policies: [ownedBy("key", { concurrency: 3 })] }, without)).toBeUndefined();
  expect(accessOf(plain, house)).toBeDefined();
  expect(accessOf({ ...plain, policies: [ownedBy("key", { models: [] })] }, without)).toBeDefined();
});
