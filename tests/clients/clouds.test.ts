import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { egresses, type Gateway, gatewayKey, startGateway } from "./gateway.ts";
import { scenarios } from "./matrix.ts";

/** The libraries of Bedrock and Vertex AI, through the real server, to an upstream of every dialect. */

const installed = existsSync(fileURLToPath(new URL("node_modules/@anthropic-ai/bedrock-sdk", import.meta.url)));
const cloudDrivers = installed ? (await import("./drivers/clouds.ts")).cloudDrivers : [];
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

test.skipIf(!installed && process.env["CI"] === undefined)("the libraries are installed", () => {
  expect(installed).toBe(true);
});

describe.each(cloudDrivers)("$name", (driver) => {
  describe.each(egresses)("to $egress", ({ egress, model }) => {
    describe.each([false, true])("stream: %s", (stream) => {
      test.each(scenarios)("$name", async ({ run }) => {
        const quiet = gateway.output().length;
        onTestFailed(() => console.error(gateway.output().slice(quiet)));
        simulator.journal.clear();
        const target = { root: gateway.url, key: gatewayKey, model };
        const arrived = () => simulator.journal.entries.map((entry) => entry.body.toString("utf8"));
        await run({ driver, target, stream, egress, arrived });
      });
    });
  });
});
