import { expect, test } from "vitest";
import { parseConfig } from "../config/load.ts";
import { listedModel, listModels, offeredModels } from "./list-models.ts";
import { buildSnapshot, type Snapshot } from "./snapshot.ts";

const provider = (models: readonly unknown[]) => ({
  auth: "none",
  models,
  endpoints: { "openai-chat": { baseUrl: "http://127.0.0.1:9/v1" } },
});
const priced = (id: string, input: number) => ({ id, price: { input, output: 2 * input }, contextTokens: 1000 });

const snapshot = snapshotOf({
  providers: {
    one: provider([priced("same", 1), priced("dear", 5), "unpriced", { id: "seeing", images: true, tools: false }]),
    two: provider([priced("same", 1), priced("dear", 9), priced("unpriced", 3)]),
  },
  models: {
    both: { targets: ["one/dear", "two/dear"] },
    single: { targets: ["two/dear"] },
  },
  routers: [
    { name: "routers/here", displayName: "Here", defaultRoute: { variants: [{ variant: { model_id: "same" } }] } },
  ],
});

function snapshotOf(config: object): Snapshot {
  const sources = { environment: {}, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "signalbox.yaml", folder: "/", sources });
  return buildSnapshot(loaded, { environment: {}, keys: [] });
}

const inputPrice = (id: string) => listedModel(snapshot, id)?.price?.input;

test("a price is listed where everyone who may answer asks the same, and nowhere else", () => {
  expect(inputPrice("same")).toBe(1);
  expect(inputPrice("dear")).toBeUndefined();
  expect(inputPrice("unpriced")).toBeUndefined();
  expect(inputPrice("two/unpriced")).toBe(3);
  expect(inputPrice("both")).toBeUndefined();
  expect(inputPrice("single")).toBe(9);
});

test("capabilities are those that are known", () => {
  expect(listedModel(snapshot, "one/seeing")?.capabilities).toEqual({ images: true, tools: false, webSearch: false });
  expect(listedModel(snapshot, "auto")?.capabilities).toBeUndefined();
});

test("what providers offer is apart from the names of the operator", () => {
  expect(offeredModels(snapshot).map(({ owner, model }) => `${owner} ${model}`)).toEqual([
    "one same",
    "one dear",
    "one unpriced",
    "one seeing",
    "two same",
    "two dear",
    "two unpriced",
  ]);
});

test("a list is made once for a snapshot, and anew when there is another router", () => {
  expect(listModels(snapshot)).toBe(listModels(snapshot));
  const without = { ...snapshot, routers: new Map() };
  expect(listedModel(snapshot, "router/here")?.displayName).toBe("Here");
  expect(listedModel(without, "router/here")).toBeUndefined();
  expect(listedModel(without, "one/same")).toBe(listedModel(snapshot, "one/same"));
});
