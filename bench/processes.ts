import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export interface Service {
  readonly url: string;
  /** CPU time used so far by the process and its workers, in microseconds. */
  readonly cpuMicros: () => number;
  /** The most resident memory so far, in MiB. */
  readonly peakRssMiB: () => number;
  readonly stop: () => Promise<void>;
}

/** Linux counts CPU time in ticks of 10 ms (`getconf CLK_TCK` is 100 on every platform that Node ships for). */
const MICROS_PER_TICK = 10_000;

function cpuMicrosOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

function peakRssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

const family = (pid: number) => [pid, ...childrenOf(pid)];

/** Starts a program and waits until `ready` finds the address in its output; a silent one may know it at once. */
export async function startService(
  command: readonly string[],
  ready: (output: string) => string | undefined,
): Promise<Service> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const url = await untilReady(child, ready);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start`);
  return {
    url,
    cpuMicros: () => family(pid).reduce((sum, member) => sum + cpuMicrosOf(member), 0),
    peakRssMiB: () => family(pid).reduce((sum, member) => sum + peakRssOf(member), 0),
    stop: async () => {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
    },
  };
}

async function untilReady(child: ChildProcess, ready: (output: string) => string | undefined): Promise<string> {
  let output = "";
  const silent = ready(output);
  if (silent !== undefined) return silent;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after 20 s: ${output}`)), 20_000);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = ready(output);
      if (url === undefined) return;
      clearTimeout(timer);
      output = "";
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("close", (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}
