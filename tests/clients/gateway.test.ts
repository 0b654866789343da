import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { installedDrivers } from "./drivers/index.ts";
import { egresses, type Gateway, gatewayKey, startGateway } from "./gateway.ts";
import { scenarios } from "./matrix.ts";

/** Every library, through the real server, to an upstream of every dialect. */

const { drivers } = await installedDrivers();
let simulator: Simulator;
let gateway: Gateway;

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url);
});
afterAll(async () => {
  for (const driver of drivers) driver.close?.();
  await gateway?.close();
  await simulator.close();
});

describe.each(drivers)("$name", (driver) => {
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

/** The package writes `models/` before names without a slash only: `POST /v1beta/sim-chat/sim-model:generateContent`. */
test.skipIf(!drivers.some(({ name }) => name.includes("@ai-sdk/google")))(
  "@ai-sdk/google may name provider/model as it is",
  async () => {
    const { createGoogle } = await import("@ai-sdk/google");
    const { generateText } = await import("ai");
    const google = createGoogle({ baseURL: `${gateway.url}/v1beta`, apiKey: gatewayKey });
    const { text } = await generateText({ model: google("sim-chat/sim-model"), prompt: "[[say Hi.]]", maxRetries: 0 });
    expect(text).toBe("Hi.");
  },
);
