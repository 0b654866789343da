import { type ChildProcess, spawn } from "node:child_process";
import type { Job, Outcome } from "./agent.ts";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** All that it sees of the environment, besides HOME and a PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program in a process group of its own, which does not outlive it. */
export function runProgram({ home, cwd, limitMs }: Job, program: Program): Promise<Outcome> {
  const { command, args, environment, input = "" } = program;
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { HOME: home, PATH: "/usr/local/bin:/usr/bin:/bin", ...environment },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => stdout.push(data));
  child.stderr.on("data", (data: Buffer) => stderr.push(data));
  child.stdin.on("error", () => undefined); // It may end without reading.
  child.stdin.end(input);
  const timer = setTimeout(() => endGroup(child), limitMs);
  child.once("exit", () => endGroup(child));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({
        exitCode: code ?? undefined,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}
