import { describe, expect, test } from "vitest";
import { betasAt, betasOf, betasWithout, fieldsUnknownAt } from "./betas.ts";
import { FEATURES } from "./features.ts";
import { claudeHosts } from "./hosts.ts";

const nothing = () => false;

describe("betasOf", () => {
  test("a body needs the betas of what it says, each once", () => {
    const body = {
      context_management: { edits: [{ type: "compact_20260112" }] },
      tools: [{ type: "memory_20250818", name: "memory" }],
      speed: "fast",
    };
    expect(betasOf(body)).toEqual(["context-management-2025-06-27", "compact-2026-01-12", "fast-mode-2026-02-01"]);
    expect(betasOf({ messages: [] })).toEqual([]);
  });
});

describe("betasWithout", () => {
  test("the beta that announces a field goes with it", () => {
    const betas = ["context-management-2025-06-27", "interleaved-thinking-2025-05-14", "a-new-beta-2027-01-01"];
    expect(betasWithout(betas, ["context_management"])).toEqual(betas.slice(1));
  });

  test("the vendor may name the kind of a union's member, or what is around the field", () => {
    expect(betasWithout(["tool-search-tool-2025-10-19"], ["tools.*.custom.defer_loading"])).toEqual([]);
    expect(betasWithout(["effort-2025-11-24"], ["output_config"])).toEqual([]);
    expect(betasWithout(["effort-2025-11-24"], ["output_config.format"])).toEqual(["effort-2025-11-24"]);
  });
});

describe("betasAt", () => {
  test("a beta that the cloud knows by another name is sent by that one, where its field is said", () => {
    const asked = ["advanced-tool-use-2025-11-20"];
    expect(betasAt("bedrock", asked, nothing).betas).toEqual([]);
    expect(betasAt("bedrock", asked, (name) => name === "defer_loading").betas).toEqual([
      "tool-search-tool-2025-10-19",
    ]);
    expect(betasAt("bedrock", asked, (name) => name === "input_examples").betas).toEqual(["tool-examples-2025-10-29"]);
    expect(betasAt("vertex", asked, (name) => name === "input_examples")).toEqual({ betas: [], unknown: [] });
  });

  test("a beta that the cloud has no need of is left out and is no loss", () => {
    expect(betasAt("vertex", ["effort-2025-11-24"], nothing)).toEqual({ betas: [], unknown: [] });
  });

  test("a beta that nobody has heard of is left out, and told", () => {
    for (const host of claudeHosts) {
      expect(betasAt(host, ["a-new-beta-2027-01-01"], nothing)).toEqual({
        betas: [],
        unknown: ["a-new-beta-2027-01-01"],
      });
    }
  });
});

test("every beta that a body may need is one that a row announces, so that it can be left out again", () => {
  for (const { betas, needs = [] } of FEATURES) {
    for (const [beta] of needs)
      expect(
        betas.some((name) => beta.startsWith(name)),
        beta,
      ).toBe(true);
  }
});

test("no field is unknown at a cloud by one row and known by another", () => {
  for (const host of claudeHosts) {
    const known = FEATURES.filter(({ hosts }) => hosts[host] !== "none").flatMap(({ fields = [] }) => fields);
    expect(fieldsUnknownAt(host).filter((field) => known.includes(field))).toEqual([]);
  }
});
