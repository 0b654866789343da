import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import { isLoopback } from "../server/loopback.ts";
import { makeClientKey } from "../store/client-keys.ts";
import { parseCommand, UsageError } from "./arguments.ts";
import { type StartDependencies, start } from "./start.ts";

const folder = () => mkdtempSync(join(tmpdir(), "signalbox-cli-"));

function house(environment: Record<string, string> = {}) {
  const said: string[] = [];
  const complained: string[] = [];
  let held: SnapshotHolder | undefined;
  const closed: string[] = [];
  const dependencies: StartDependencies = {
    environment,
    terminal: { say: (text) => said.push(text), complain: (text) => complained.push(text) },
    startGateway: async ({ snapshots }) => {
      held = snapshots;
      return { url: "http://127.0.0.1:4747", close: async () => void closed.push("gateway") };
    },
    startSimulator: async () => ({ url: "http://127.0.0.1:1", close: async () => void closed.push("simulator") }),
  };
  return { dependencies, said, complained, closed, snapshots: () => held };
}

describe("start", () => {
  test("with nothing configured starts the simulator, shows a key once and how to use it", async () => {
    const data = folder();
    const { dependencies, said, closed, snapshots } = house();
    const running = await start({ data }, dependencies);
    const key = /sb_[0-9A-Za-z]{61}/.exec(said.join("\n"))?.[0] ?? "";
    expect(said.join("\n").split("\n")[0]).toBe("Signalbox listens on http://127.0.0.1:4747");
    expect(said.join("\n")).toContain(`ANTHROPIC_BASE_URL=http://127.0.0.1:4747 ANTHROPIC_AUTH_TOKEN=${key} claude`);
    expect(said.join("\n")).toContain("built-in simulator");
    expect(snapshots()?.current().providers.get("simulator")?.endpoints.gemini?.baseUrl).toBe("http://127.0.0.1:1");
    expect(snapshots()?.current().keys.size).toBe(1);
    await running.close();
    expect(closed).toEqual(["gateway", "simulator"]);

    const again = house();
    await (await start({ data }, again.dependencies)).close();
    expect(again.said.join("\n")).not.toMatch(/sb_[0-9A-Za-z]/);
    expect(again.said.join("\n")).toContain("signalbox keys new");
  });

  test("with a provider's key starts no simulator", async () => {
    const { dependencies, said, closed } = house({ OPENAI_API_KEY: "sk-secret" });
    await (await start({ data: folder() }, dependencies)).close();
    expect(closed).toEqual(["gateway"]);
    expect(said.join("\n")).toContain("openai");
    expect(said.join("\n")).not.toContain("sk-secret");
  });

  test("takes the command line's host, port and data folder over the file's", async () => {
    const config = join(folder(), "signalbox.yaml");
    writeFileSync(config, "server: { port: 5000 }\nproviders: { vllm: {} }\n");
    const data = folder();
    const { dependencies, snapshots } = house();
    await (await start({ config, port: 6000, data }, dependencies)).close();
    expect(snapshots()?.current()).toMatchObject({ server: { host: "127.0.0.1", port: 6000 }, data });
  });

  test("does not listen where others can reach it before there is a key", async () => {
    const data = folder();
    await expect(start({ data, host: "0.0.0.0" }, house().dependencies)).rejects.toThrow("signalbox keys new");
    makeClientKey(data, new Date());
    await (await start({ data, host: "0.0.0.0" }, house().dependencies)).close();
  });

  test("says when the port is in use", async () => {
    const { dependencies } = house();
    const busy: StartDependencies = {
      ...dependencies,
      startGateway: () => Promise.reject(Object.assign(new Error("listen"), { code: "EADDRINUSE" })),
    };
    await expect(start({ data: folder() }, busy)).rejects.toThrow("Port 4747 on 127.0.0.1 is in use");
  });

  test("takes a changed file while it runs, and keeps what it has when the file is wrong", async () => {
    const config = join(folder(), "signalbox.yaml");
    writeFileSync(config, "providers: { vllm: {} }\n");
    const { dependencies, said, complained, snapshots } = house();
    const running = await start({ config, data: folder() }, dependencies);
    writeFileSync(config, "providers: { vllm: {} }\nstrict: true\n");
    await vi.waitFor(() => expect(snapshots()?.current().strict).toBe(true), { timeout: 5000 });
    expect(said.at(-1)).toBe("The configuration was reloaded.");
    writeFileSync(config, "providers: { vllm: {} }\nstrict: maybe\n");
    await vi.waitFor(() => expect(complained).toHaveLength(1), { timeout: 5000 });
    expect(complained[0]).toContain("signalbox.yaml:2:9: strict: must be true or false");
    expect(snapshots()?.current().strict).toBe(true);
    await running.close();
  });

  test("takes a new client key while it runs", async () => {
    const data = folder();
    const { dependencies, snapshots } = house({ OPENAI_API_KEY: "k" });
    const running = await start({ data }, dependencies);
    const { key } = makeClientKey(data, new Date());
    await vi.waitFor(() => expect([...(snapshots()?.current().keys.keys() ?? [])]).toEqual([key.hash]), {
      timeout: 5000,
    });
    await running.close();
  });
});

describe("the command line", () => {
  test.each([
    [["start"], { name: "start", options: {} }],
    [["start", "--port", "0", "--host", "::1"], { name: "start", options: { port: 0, host: "::1" } }],
    [["keys", "new", "--data", "d"], { name: "keys-new", options: { data: "d" } }],
    [["check-config", "--config", "c"], { name: "check-config", options: { config: "c" } }],
    [["simulate"], { name: "simulate", host: "127.0.0.1", port: 4748 }],
    [["--version"], { name: "version" }],
    [["start", "--help"], { name: "help" }],
  ])("understands %j", (argv, expected) => {
    expect(parseCommand(argv)).toEqual(expected);
  });

  test.each([
    [[], "Say what to do"],
    [["fly"], 'There is no command "fly"'],
    [["start", "--colour"], "Unknown option '--colour'"],
    [["start", "--port", "http"], '--port takes a number from 0 to 65535, not "http"'],
    [["simulate", "--config", "x"], '"signalbox simulate" has no option --config'],
    [["keys"], 'There is no command "keys"'],
  ])("refuses %j", (argv, message) => {
    expect(() => parseCommand(argv)).toThrow(UsageError);
    expect(() => parseCommand(argv)).toThrow(message);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.0.1", true],
  ["localhost", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.1.1", false],
  ["127.0.0.1.evil.example", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
