import { describe, expect, test } from "vitest";
import { createSessionMemory, sessionKey } from "../stickiness.ts";
import { accessHouse, asking, planFor, targetsOf, type Wish, withPolicy } from "../testing/access-house.ts";

const why = "the budget of team 'research' for this month is at 83 %";
const thrifty = { thrift: () => why };
const large = { features: { inputTokens: 1000, maxOutputTokens: 1000 } };

const routers = [
  {
    name: "routers/three",
    defaultRoute: {
      variants: [
        { variant: { variant_id: "dear", model_id: "openai/gpt-5" }, weight: 90 },
        { variant: { variant_id: "unknown", model_id: "lab/house" }, weight: 5 },
        { variant: { variant_id: "small", model_id: "openai/gpt-5-mini" }, weight: 5 },
        { variant: { variant_id: "off", model_id: "lab/llama-4" }, weight: 0 },
      ],
    },
  },
  {
    name: "routers/outer",
    defaultRoute: {
      variants: [
        { variant: { variant_id: "direct", model_id: "google/gemini-2.5-pro" }, weight: 50 },
        { variant: { variant_id: "inner", model_id: "router/three" }, weight: 50 },
      ],
    },
  },
];
const snapshot = accessHouse({ routers });
const split = (wish: Wish = {}) => planFor("router/three", thrifty, { snapshot, ...wish });

describe("under thrift", () => {
  test("a router takes its cheapest variant, and says why", () => {
    for (const chance of [0, 0.5, 0.99]) expect(targetsOf(split({ chance }))).toEqual(["openai/gpt-5-mini"]);
    expect(split().reasoning).toContain(`variant 'small' (weight 5 of 100, the cheapest: ${why})`);
  });

  test("users who always get the same variant get the cheapest", () => {
    for (const user of ["ann", "ben", "cho"]) expect(targetsOf(split({ user }))).toEqual(["openai/gpt-5-mini"]);
  });

  test("a variant whose price nobody knows is the last to be taken", () => {
    const caller = { ...thrifty, ...withPolicy({ models: ["gpt-5", "house"] }) };
    expect(targetsOf(planFor("router/three", caller, { snapshot }))).toEqual(["openai/gpt-5"]);
  });

  test("routers behind routers count by the cheapest that they lead to", () => {
    expect(targetsOf(planFor("router/outer", thrifty, { snapshot, chance: 0 }))).toEqual(["openai/gpt-5-mini"]);
  });

  test("the cheapest provider of a model goes first, and what the request says of costs does not count", () => {
    const chosen = planFor("gpt-5", thrifty, large);
    expect(targetsOf(chosen)).toEqual(["openai/gpt-5", "openrouter/openai/gpt-5"]);
    const dear = asking({ provider: { sort: [{ metric: "price", direction: "descending" }] } });
    expect(targetsOf(planFor("gpt-5", {}, dear))[0]).toBe("openrouter/openai/gpt-5");
    const plan = planFor("gpt-5", thrifty, { ...large, ...dear });
    expect(targetsOf(plan)[0]).toBe("openai/gpt-5");
    expect(plan.reasoning).toContain(why);
  });

  test("what was asked for by its one name, in an order, or under an operator's name stays as it is", () => {
    expect(targetsOf(planFor("openrouter/openai/gpt-5", thrifty))).toEqual(["openrouter/openai/gpt-5"]);
    expect(planFor("openrouter/openai/gpt-5", thrifty).reasoning).not.toContain(why);
    const order = asking({ provider: { order: ["openrouter"] } });
    expect(targetsOf(planFor("gpt-5", thrifty, order))[0]).toBe("openrouter/openai/gpt-5");
    const dearFirst = accessHouse({ models: { named: { targets: ["openai/gpt-5", "lab/llama-4"] } } });
    expect(targetsOf(planFor("named", thrifty, { snapshot: dearFirst }))).toEqual(["openai/gpt-5", "lab/llama-4"]);
  });

  test("auto takes the cheapest that may do, whatever the request's dial says, and leaves what it had chosen", () => {
    const dial = asking({ costQuality: 1 });
    const best = targetsOf(planFor("auto", {}, { ...large, ...dial }))[0] ?? "";
    const plan = planFor("auto", thrifty, { ...large, ...dial });
    expect(plan.reasoning).toContain(why);
    expect(plan.decision?.chosen.cost).toBeLessThanOrEqual(plan.decision?.best.cost ?? 0);
    const sessions = createSessionMemory();
    const id = sessionKey({ key: "config:ci", model: "auto", session: "session-1" });
    sessions.pin(id, { target: best, taskType: "chat", turns: 1 }, 0);
    expect(targetsOf(planFor("auto", {}, { ...large, sessions }))[0]).toBe(best);
    expect(targetsOf(planFor("auto", thrifty, { ...large, sessions }))[0]).toBe(targetsOf(plan)[0]);
  });
});

test("without it nothing changes", () => {
  const plan = planFor("router/three", {}, { snapshot });
  expect(targetsOf(plan)).toEqual(["openai/gpt-5"]);
  expect(plan.reasoning).toContain("(weight 90 of 100, by chance)");
});

test("nobody asks for thrift where there is nothing to choose", () => {
  let asked = 0;
  const caller = {
    thrift: () => {
      asked += 1;
      return undefined;
    },
  };
  for (const model of ["openai/gpt-5", "o3", "cheap"]) planFor(model, caller);
  expect(asked).toBe(0);
  planFor("gpt-5", caller);
  expect(asked).toBe(1);
});
