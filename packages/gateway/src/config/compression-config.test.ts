import { describe, expect, it } from "vitest";
import { parseConfig } from "./load.ts";

const sources = { environment: {}, readFile: () => "" };

const load = (compression: unknown) =>
  parseConfig(JSON.stringify({ compression }), { name: "test.yaml", folder: "/etc/signalbox", sources }).config
    .compression;

describe("the engine llmlingua-2 of a configuration", () => {
  it("needs a model", () => {
    expect(() => load({ engine: "llmlingua-2" })).toThrow(/compression\.model: llmlingua-2 needs a model/);
  });

  it.each([
    ["./models/tiny", "/etc/signalbox/models/tiny"],
    ["../tiny", "/etc/tiny"],
    ["/models/tiny", "/models/tiny"],
  ])("starts %s from the configuration's folder", (model, place) => {
    expect(load({ engine: "llmlingua-2", model })).toMatchObject({ model: place, folder: "/etc/signalbox" });
  });

  it("takes any other name as one of the hub", () => {
    expect(load({ engine: "llmlingua-2", model: "owner/name" })).toMatchObject({ model: "owner/name" });
  });

  it("leaves nothing behind where it is not wanted", () => {
    expect(load({ audit: true })).toEqual({ engine: "extractive", audit: true });
  });
});
