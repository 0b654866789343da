import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import type { Agent } from "./agent.ts";

/** Nothing but this machine's loopback device can be reached from here. */
function hasOnlyLoopback(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.length > 0 && addresses.every(({ internal }) => internal);
}

function missingRequirements(agents: readonly Agent[]): readonly string[] {
  const programs = [...new Set(agents.map(({ program }) => program))].filter((program) => !existsSync(program));
  return [
    ...programs.map((program) => `Not installed: ${program} (npm ci --prefix tests/agents)`),
    ...(hasOnlyLoopback() ? [] : ["The network can be reached, and agents must not reach it: use tests/agents/run."]),
  ];
}

/** Whether agents can be run here. Where not, a test says why: skipped on a developer's machine, failed where CI is set. */
export function requireAgents(agents: readonly Agent[]): boolean {
  const missing = missingRequirements(agents);
  test.skipIf(missing.length > 0 && process.env["CI"] === undefined)(
    `the agents can be run ${missing.join(" ")}`,
    () => {
      expect(missing).toEqual([]);
    },
  );
  return missing.length === 0;
}
