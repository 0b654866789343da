import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const script = new URL("../../support/gateway-process.ts", import.meta.url).pathname;
/** Compiling its modules is most of what a start costs. Processes that end well leave them here. */
const compiled = new URL("../../../node_modules/.cache/signalbox-tests", import.meta.url).pathname;
const preloads = new URL("./", import.meta.url);
/** A process that neither listens nor ends for so long hangs. */
const START_MS = 30_000;
const KEPT_CHARACTERS = 200_000;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Start {
  /** Where signalbox.yaml is written; the data folder is `data` in it. */
  readonly folder: string;
  readonly config: object;
  /** Names of modules of this folder that are loaded before the gateway. */
  readonly preload?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that it writes may not grow beyond so many KiB. */
  readonly fileKib?: number;
}

/** `signalbox start` in a process of its own. */
export interface Child {
  readonly pid: number;
  /** Its URL. Rejects with all that it said when it ends before it listens. */
  readonly listening: Promise<string>;
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The last of what it wrote. */
  readonly said: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves when it is gone. */
  readonly end: (how?: "SIGKILL" | "SIGTERM") => Promise<void>;
}

export function startChild({ folder, config, preload = [], environment = {}, fileKib }: Start): Child {
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "signalbox.yaml");
  writeFileSync(file, JSON.stringify({ server: { host: "127.0.0.1", port: 0 }, logLevel: "warn", ...config }));
  const imports = preload.flatMap((name) => ["--import", new URL(name, preloads).pathname]);
  const command = [process.execPath, ...imports, script, "start", "--config", file, "--data", data];
  // A shell is the only way to a limit, and becomes the program that it is for. Without the trap the limit ends it.
  const limited = ["bash", "-c", 'trap "" XFSZ && ulimit -f "$0" && exec "$@"', String(fileKib), ...command];
  const [program = "", ...args] = fileKib === undefined ? command : limited;
  const env = { PATH: process.env["PATH"], HOME: folder, NODE_COMPILE_CACHE: compiled, ...environment };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let said = "";
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      running.delete(child);
      resolve(signal ?? code ?? -1);
    });
  });
  const listening = new Promise<string>((resolve, reject) => {
    const listen = (text: string) => {
      said = (said + text).slice(-KEPT_CHARACTERS);
      const url = /listens on (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    ended.then((how) => reject(new Error(`The gateway ended (${how}) before it listened:\n${said}`)), reject);
    pause(START_MS, undefined, { ref: false }).then(() => reject(new Error(`The gateway hangs:\n${said}`)));
  });
  // Whoever kills it on its way up does not wait for it to listen.
  listening.catch(() => {});
  return {
    pid: child.pid ?? 0,
    listening,
    ended,
    said: () => said,
    signal: (name) => child.kill(name),
    end: async (how = "SIGTERM") => {
      child.kill(how);
      await ended;
    },
  };
}
