import { describe, expect, test } from "vitest";
import { listedModel, listModels, offeredModels } from "../../catalogue/list-models.ts";
import { plainKey } from "../../config/client-key.ts";
import type { ClientKey } from "../../config/settings.ts";
import { accessHouse, groupWith, house, ownAccount, ownedBy } from "../testing/access-house.ts";
import { reachOf } from "./reach.ts";

const keyWith = (more: Partial<ClientKey>): ClientKey => plainKey({ id: "key_1", name: "one", hash: "", ...more });
const under = (policy: Parameters<typeof ownedBy>[1]) => keyWith({ policies: [ownedBy("key", policy)] });

const shown = (key: ClientKey, snapshot = house) => listModels(snapshot, reachOf(snapshot, key)).map(({ id }) => id);
const providers = (key: ClientKey) => {
  const reach = reachOf(house, key);
  return [...house.providers.values()].filter((provider) => reach?.provider(provider) ?? true).map(({ id }) => id);
};

describe("a list of models", () => {
  test("shows everything to who is held to nothing", () => {
    const snapshot = accessHouse({ providers: { openai: { credentials: ["k"] } }, models: {}, routers: [], auto: {} });
    expect(reachOf(snapshot, keyWith({}))).toBeUndefined();
    expect(shown(keyWith({}), snapshot)).toEqual(listModels(snapshot).map(({ id }) => id));
  });

  test("shows names, routers and targets that the key may ask for", () => {
    expect(shown(under({ models: ["gpt-5-mini", "cheap"] }))).toEqual([
      "fast",
      "cheap",
      "auto",
      "router/nested",
      "router/choosing",
      "gpt-5-mini",
      "openai/gpt-5-mini",
    ]);
    expect(shown(under({ models: [], routers: ["large"] }))).toEqual(["router/large"]);
    expect(shown(under({ models: [] }))).toEqual([]);
    expect(shown(under({ models: ["auto"] }))).toEqual(["auto", "router/choosing"]);
  });

  test("tells of a name what holds for those who may answer this key", () => {
    const key = under({ models: ["fast"], providers: ["lab"] });
    expect(shown(key)).toEqual(["fast"]);
    const lab = under({ providers: ["lab"] });
    expect(listedModel(house, "llama-4")?.price).toBeUndefined();
    expect(listedModel(house, "llama-4", reachOf(house, lab))?.price?.input).toBe(1);
    expect(listedModel(house, "gpt-5", reachOf(house, key))).toBeUndefined();
  });

  test("names no owner that the key does not reach", () => {
    const key = under({ providers: ["openrouter"] });
    expect(listedModel(house, "openai/gpt-5", reachOf(house, key))?.owner).toBe("openrouter");
    expect(offeredModels(house, reachOf(house, key)).map(({ owner }) => owner)).toEqual(Array(3).fill("openrouter"));
  });

  test("shows nobody what takes an account of one's own, but who has one", () => {
    expect(shown(keyWith({}))).not.toContain("brought/llama-4");
    expect(shown(keyWith({ credentials: [ownAccount("brought", "c")] }))).toContain("brought/llama-4");
  });

  test("of a group is what its channels' providers serve", () => {
    const group = groupWith([["openai", "1"]], ["gpt-*"]);
    expect(shown(keyWith({ group }))).toEqual([
      "fast",
      "auto",
      "router/split",
      "router/large",
      "router/nested",
      "router/choosing",
      "gpt-5",
      "gpt-5-mini",
      "openai/gpt-5",
      "openai/gpt-5-mini",
    ]);
  });

  test("is made once for a key and a snapshot, and anew when there is another router", () => {
    const key = under({ models: ["gpt-5"] });
    expect(listModels(house, reachOf(house, key))).toBe(listModels(house, reachOf(house, key)));
    expect(shown(key, { ...house, routers: new Map() })).not.toContain("router/large");
    expect(shown(key)).toContain("router/large");
  });
});

test("of what has no price, nothing is shown where prices are wanted", () => {
  const snapshot = accessHouse({ unpriced: "refuse-under-budget" });
  const budget = { per: "key", window: "day", limitNano: 1, softPercent: 80 } as const;
  expect(shown(under({}), snapshot)).toContain("lab/house");
  expect(shown(under({ budgets: [budget] }), snapshot)).not.toContain("lab/house");
  expect(shown(under({ budgets: [budget] }), snapshot)).toContain("lab/llama-4");
});

test("providers are those of which anything may be asked", () => {
  expect(providers(under({ providers: ["google", "lab"] }))).toEqual(["google-ai-studio", "lab"]);
  expect(providers(under({ models: ["llama-4"] }))).toEqual(["openrouter", "lab"]);
  expect(providers(under({ privacy: { regions: ["us"] } }))).toEqual(["openai"]);
  expect(providers(keyWith({ group: groupWith([["any", "none"]]) }))).toEqual(["any"]);
  expect(providers(keyWith({}))).not.toContain("brought");
});
