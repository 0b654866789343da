import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { egresses, type Gateway, gatewayKey, startGateway } from "../clients/gateway.ts";
import type { Agent } from "./agent.ts";
import { claudeCode, claudeCodeClouds } from "./drivers/claude-code.ts";
import { codex, codexBuiltIn } from "./drivers/codex.ts";
import { agents } from "./drivers/index.ts";
import { arrivedSince, droppedSince } from "./gateway-log.ts";
import { requireAgents } from "./requirements.ts";
import { type Cell, claudeDiscovery, cutOnce, cutStream, namespacedTool, toolLoop } from "./scenarios.ts";

/** Every agent, through the program as users start it, to an upstream of every dialect. */

const ready = requireAgents(agents);
let simulator: Simulator;
let gateway: Gateway;

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url);
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => {
  simulator.journal.clear();
  simulator.faults.clear();
});

function cellOf(agent: Agent, { egress, model }: (typeof egresses)[number]): Cell {
  const begun = new Date().toISOString();
  return {
    agent,
    target: { baseUrl: gateway.url, key: gatewayKey, model },
    egress,
    arrived: () => simulator.journal.entries.filter((entry) => entry.model === "sim-model"),
    dropped: () => droppedSince(gateway.output(), begun),
  };
}

/** An egress in the agent's own dialect, and one in another: a different one for each. */
function ownAndOther({ surface }: Agent) {
  const own = egresses.findIndex(({ egress }) => egress === surface);
  const other = egresses[(own + 1) % egresses.length];
  return { own: egresses.slice(own, own + 1), other: other === undefined ? [] : [other] };
}

const cut = { type: "cut-after", events: 8, model: "sim-model" } as const;

describe.skipIf(!ready).each(agents)("$name", (agent) => {
  test.each(egresses)("tool loop to $egress", (upstream) => toolLoop(cellOf(agent, upstream)));

  const { own, other } = ownAndOther(agent);
  test.each(other)("every answer cut, to $egress", (upstream) => {
    simulator.faults.push({ ...cut, times: 1_000_000 });
    return cutStream(cellOf(agent, upstream));
  });

  test.each(own)("one answer cut, to $egress", (upstream) => {
    simulator.faults.push(cut);
    return cutOnce(cellOf(agent, upstream));
  });
});

test.skipIf(!ready).each(egresses)("Claude Code discovers a model of $egress and uses it by that name", (upstream) =>
  claudeDiscovery(cellOf(claudeCode, { ...upstream, model: `claude-via-${upstream.model}` })),
);

describe.skipIf(!ready).each(claudeCodeClouds)("$name", (agent) => {
  test.each(egresses)("tool loop to $egress", (upstream) => toolLoop(cellOf(agent, upstream)));

  const { own } = ownAndOther(agent);
  test.each(own)("one answer cut, to $egress", (upstream) => {
    simulator.faults.push(cut);
    return cutOnce(cellOf(agent, upstream));
  });
});

const foreignToCodex = egresses.filter(({ egress }) => egress !== "openai-responses");
test.skipIf(!ready).each(foreignToCodex)("Codex gets a call of a grouped tool from $egress", (upstream) =>
  namespacedTool(cellOf(codex, upstream)),
);

test.skipIf(!ready).each(egresses)("Codex speaks over a WebSocket alone, to $egress", async (upstream) => {
  const begun = new Date().toISOString();
  await toolLoop(cellOf(codexBuiltIn, upstream));
  const arrived = () => arrivedSince(gateway.output(), begun);
  await expect.poll(() => arrived().messages).toBeGreaterThanOrEqual(3);
  // What came over HTTP is in the log, too, and would be more.
  expect(arrived().requests).toBe(arrived().messages);
});
