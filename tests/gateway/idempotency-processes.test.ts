import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeDatabase, type TestDatabase, testPostgres } from "../support/postgres.ts";
import { makeFolder } from "../support/stores.ts";
import { messageOf, withHeaders } from "./routing-support.ts";
import { ask, KEY, send } from "./support.ts";

const script = new URL("../support/gateway-process.ts", import.meta.url).pathname;
const server = await testPostgres();

describe.skipIf(server === undefined)("two gateway processes on one PostgreSQL", () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let folder: string;
  let processes: ChildProcess[];
  beforeEach(async () => {
    database = await makeDatabase(server ?? "");
    simulator = await startSimulator();
    folder = makeFolder();
    processes = [];
  });
  afterEach(async () => {
    await Promise.all(processes.map(end));
    await simulator.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startProcess(name: string): Promise<{ readonly url: string; readonly child: ChildProcess }> {
    const data = join(folder, name);
    mkdirSync(data);
    const file = join(data, "signalbox.yaml");
    const endpoints = { "openai-chat": { baseUrl: `${simulator.url}/v1` } };
    const config = {
      server: { host: "127.0.0.1", port: 0 },
      database: "env:TEST_DATABASE",
      encryptionKey: "env:TEST_ENCRYPTION_KEY",
      keys: [{ name: "tests", key: KEY }],
      providers: { chat: { auth: "none", models: ["m"], endpoints } },
    };
    writeFileSync(file, JSON.stringify(config));
    const env = { PATH: process.env["PATH"], TEST_DATABASE: database.url, TEST_ENCRYPTION_KEY: "6".repeat(64) };
    const child = spawn(process.execPath, [script, "start", "--config", file, "--data", data], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    processes.push(child);
    return { url: await urlOf(child), child };
  }

  const call = (text: string) =>
    withHeaders(ask("openai-chat", "chat/m", { text, stream: false }), { "idempotency-key": "order-1" });
  const starts = () => simulator.journal.entries.length;

  test("of fifty at once one asks an upstream, and both processes know what it was answered", async () => {
    const [first, second] = await Promise.all([startProcess("a"), startProcess("b")]);
    const slow = call("[[say hello]] [[fault latency=500]]");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => send((at % 2 === 0 ? first : second).url, slow)),
    );
    expect(starts()).toBe(1);
    const done = answers.filter(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const again = await Promise.all([first, second].map(({ url }) => send(url, slow)));
    expect(new Set([...done, ...again].map(({ text }) => text)).size).toBe(1);
    expect(again.map(({ headers }) => headers["idempotency-replayed"])).toEqual(["true", "true"]);
    expect(starts()).toBe(1);
  });

  test("what a process was doing when it was killed is not done by another", async () => {
    const first = await startProcess("a");
    const slow = call("[[say hello]] [[fault latency=60000]]");
    const lost = send(first.url, slow);
    lost.catch(() => undefined);
    await vi.waitFor(() => expect(starts()).toBe(1));
    first.child.kill("SIGKILL");
    await expect(lost).rejects.toThrow();
    const second = await startProcess("b");
    const answer = await send(second.url, slow);
    expect(answer.status).toBe(409);
    expect(messageOf(answer)).toContain("is still being answered");
    await database.query("update signalbox.idempotency set lease_until = 0");
    const later = await send(second.url, slow);
    expect({ status: later.status, retry: later.headers["x-should-retry"] }).toEqual({ status: 409, retry: "false" });
    expect(messageOf(later)).toContain("how it ended is not known");
    expect(starts()).toBe(1);
  });
});

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (text: string) => {
      said += text;
      const url = /listens on (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.once("exit", () => reject(new Error(`The gateway did not start:\n${said}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
