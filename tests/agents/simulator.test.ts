import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, test } from "vitest";
import { agents } from "./drivers/index.ts";
import { requireAgents } from "./requirements.ts";
import { toolLoop } from "./scenarios.ts";

/** The agents against the simulator itself. What fails here is a driver's or the simulator's fault. */

const ready = requireAgents(agents);
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

test.skipIf(!ready).each(agents)("$name: tool loop", async (agent) => {
  simulator.journal.clear();
  await toolLoop({
    agent,
    target: { baseUrl: simulator.url, key: "a-key-for-the-simulator", model: "sim-model" },
    egress: agent.surface,
    arrived: () => simulator.journal.entries.filter(({ model }) => model === "sim-model"),
    dropped: () => [],
  });
});
