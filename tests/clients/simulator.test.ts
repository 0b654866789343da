import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installedDrivers } from "./drivers/index.ts";
import { scenarios } from "./matrix.ts";

/**
 * The libraries against the simulator itself, without a gateway between them. What fails here is a driver's or the
 * simulator's fault, never the gateway's.
 */

const { drivers, missing } = await installedDrivers();
if (missing.length > 0) console.warn(`SKIPPED for want of:\n  ${missing.join("\n  ")}`);
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(async () => {
  for (const driver of drivers) driver.close?.();
  await simulator.close();
});

const wanting = missing.length === 0 ? "" : ` (missing: ${missing.join("; ")})`;
test.skipIf(missing.length > 0 && process.env["CI"] === undefined)(`the libraries are installed${wanting}`, () => {
  expect(missing).toEqual([]);
});

describe.each(drivers)("$name", (driver) => {
  describe.each([false, true])("stream: %s", (stream) => {
    test.each(scenarios.filter((scenario) => !scenario.gatewayOnly))("$name", async ({ run }) => {
      simulator.journal.clear();
      const target = { root: simulator.url, key: "sim-key", model: "sim-model" };
      const arrived = () => simulator.journal.entries.map((entry) => entry.body.toString("utf8"));
      await run({ driver, target, stream, egress: driver.surface, arrived });
    });
  });
});
