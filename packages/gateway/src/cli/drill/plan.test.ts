import { describe, expect, test } from "vitest";
import { buildSnapshot } from "../../catalogue/snapshot.ts";
import { parseConfig } from "../../config/load.ts";
import { parseCommand, UsageError } from "../arguments.ts";
import { planCases } from "./cases.ts";
import { CLIENTS } from "./clients/index.ts";
import { drillOptions } from "./options.ts";
import { drilledNames, longestMs, rigged, shrunk } from "./rig.ts";
import { WAYS } from "./ways.ts";

const environment = { OPENAI_API_KEY: "sk-real", REAL: "sk-also-real" };

function snapshotOf(config: object) {
  const sources = { environment, readFile: () => "" };
  const loaded = parseConfig(JSON.stringify(config), { name: "test.yaml", folder: ".", sources });
  return buildSnapshot(loaded, { environment, keys: [] });
}

const CONFIG = {
  keys: [{ name: "real", key: "a-real-client-key" }],
  providers: {
    openai: { timeouts: { totalMs: 300_000 } },
    deepseek: { credentials: ["env:REAL", { key: "sk-second", name: "spare" }] },
    lab: { auth: "none", endpoints: { "openai-chat": { baseUrl: "http://10.0.0.1:8000/v1" } }, models: ["llama"] },
  },
  models: { fast: { targets: ["openai/gpt-5-mini", "deepseek/deepseek-chat"], timeouts: { deadlineMs: 1_200_000 } } },
};

describe("the rig", () => {
  const upstream = "http://127.0.0.1:4749";
  const before = snapshotOf(CONFIG);
  const after = rigged(before, { upstream, key: "drill-key", data: "/tmp/drill" });

  test("has no address and no secret of before, and the same names", () => {
    for (const [id, provider] of after.providers) {
      const original = before.providers.get(id);
      expect(Object.keys(provider.endpoints)).toEqual(Object.keys(original?.endpoints ?? {}));
      expect([...provider.models.keys()]).toEqual([...(original?.models.keys() ?? [])]);
      expect(provider.credentials.map((credential) => credential.id)).toEqual(
        original?.credentials.map((one) => one.id),
      );
      for (const endpoint of Object.values(provider.endpoints)) {
        expect(endpoint?.baseUrl).toMatch(new RegExp(`^${upstream}/${id}(/|$)`));
      }
      expect(provider.credentials.map(({ reveal }) => reveal()).join(" ")).not.toContain("sk-");
    }
    expect([...after.keys.values()].map(({ name }) => name)).toEqual(["drill"]);
  });

  test("has an account where callers bring theirs", () => {
    const brought = snapshotOf({ providers: { openai: { credentials: [] } } });
    const [provider] = rigged(brought, { upstream, key: "drill-key", data: "/tmp/drill" }).providers.values();
    expect(provider?.credentials.map(({ id }) => id)).toEqual(["openai#brought"]);
    expect(provider?.callersBring).toBeUndefined();
  });

  test("keeps the quirks of every endpoint", () => {
    for (const [id, provider] of after.providers) {
      for (const endpoint of Object.values(provider.endpoints)) {
        expect(endpoint?.quirks).toEqual(before.providers.get(id)?.endpoints[endpoint?.dialect ?? "gemini"]?.quirks);
      }
    }
  });

  test("shrinks every time and keeps their order", () => {
    const { connectMs, firstTokenMs, stallMs, reasoningMs, totalMs, deadlineMs } = after.timeouts;
    const times = [connectMs, firstTokenMs, stallMs, reasoningMs, totalMs, deadlineMs];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
    expect(deadlineMs).toBeLessThan(5000);
    expect(after.providers.get("openai")?.timeouts).toEqual({ totalMs: shrunk(300_000) });
    expect(longestMs(after)).toBe(shrunk(1_200_000));
  });

  test("drills public names, and what stands behind none", () => {
    expect(drilledNames(before)).toEqual({ first: ["fast", "lab/llama"], unlessReached: [] });
  });
});

describe("the cases", () => {
  const targets = ["a/1", "b/2"];
  const plan = (quick: boolean) => planCases({ models: [{ name: "m", targets }], ways: WAYS, clients: CLIENTS, quick });

  test("are twenty-five ways, each target and all at once, and three moments of leaving", () => {
    const perClient = 1 + 25 * 3 + 3 * 2;
    expect(plan(false)).toHaveLength(perClient * 4 * 2);
    expect(new Set(plan(false).map(({ way }) => way.id)).size).toBe(29);
  });

  test("are one client a way and scope where it has to be quick", () => {
    expect(plan(true)).toHaveLength((1 + 25 * 3 + 3 * 2) * 2);
    expect(new Set(plan(true).map(({ client }) => client.id)).size).toBe(4);
  });

  test("break the only target of a model once", () => {
    const cases = planCases({ models: [{ name: "m", targets: ["a/1"] }], ways: WAYS, clients: CLIENTS, quick: false });
    expect(new Set(cases.map(({ scope }) => scope))).toEqual(new Set(["none", 0]));
  });
});

describe("the command line", () => {
  test("says what to drill", () => {
    const command = parseCommand([
      "drill",
      "--config",
      "my.yaml",
      "--only",
      "cut,stall",
      "--dialects",
      "gemini",
      "--quick",
    ]);
    if (command.name !== "drill") throw new Error(command.name);
    const { ways, clients, quick, config } = command.options;
    expect(ways.map(({ id }) => id)).toEqual(["cut", "stall"]);
    expect(clients.map(({ id }) => id)).toEqual(["gemini"]);
    expect([quick, config]).toEqual([true, "my.yaml"]);
  });

  test("asks another gateway as OpenAI's clients do, unless told otherwise", () => {
    const { against, clients } = drillOptions({ against: "http://127.0.0.1:9/v1", model: "m", ceiling: "7" });
    expect(against).toEqual({
      url: "http://127.0.0.1:9/v1",
      key: "drill",
      model: "m",
      upstreamPort: 4749,
      ceilingMs: 7000,
    });
    expect(clients.map(({ id }) => id)).toEqual(["openai-chat"]);
  });

  test.each([
    [{ only: "nonsense" }, "There is no"],
    [{ dialects: "openai" }, "There is no"],
    [{ against: "nowhere", model: "m" }, "base URL"],
    [{ against: "http://127.0.0.1:9/v1" }, "--model"],
    [{ against: "http://127.0.0.1:9/v1", model: "m", config: "x" }, "--config"],
    [{ against: "http://127.0.0.1:9/v1", model: "m", "upstream-port": "99999" }, "--upstream-port"],
    [{ model: "m" }, "--against"],
  ])("%j is not understood", (written, why) => {
    expect(() => drillOptions(written)).toThrow(UsageError);
    expect(() => drillOptions(written)).toThrow(why);
  });
});
