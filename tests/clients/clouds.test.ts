import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { clouds } from "../gateway/cloud-ways.ts";
import type { Driver, Surface } from "./driver.ts";
import { installedDrivers } from "./drivers/index.ts";
import { egresses, type Gateway, gatewayKey, startGateway } from "./gateway.ts";
import { scenarios } from "./matrix.ts";

/**
 * The libraries of Bedrock and Vertex AI, through the real server, to an upstream of every dialect; and the vendors' own libraries
 * to models at Bedrock, Vertex AI and Azure, let in by signatures that the simulator checks and by tokens that it gives out.
 */

const installed = existsSync(fileURLToPath(new URL("node_modules/@anthropic-ai/bedrock-sdk", import.meta.url)));
const cloudDrivers = installed ? (await import("./drivers/clouds.ts")).cloudDrivers : [];
const { drivers } = await installedDrivers();
const ownDrivers = drivers.filter(({ name }) => !name.startsWith("ai + "));
let simulator: Simulator;
let gateway: Gateway;
let cloudGateway: Gateway;

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url);
  cloudGateway = await startGateway(simulator.url, {
    keys: [{ name: "client-tests", key: gatewayKey, role: "owner" }],
    providers: clouds(simulator.url),
  });
});
afterAll(async () => {
  for (const driver of drivers) driver.close?.();
  await gateway?.close();
  await cloudGateway?.close();
  await simulator.close();
});

test.skipIf(!installed && process.env["CI"] === undefined)("the libraries are installed", () => {
  expect(installed).toBe(true);
});

interface Way {
  readonly driver: Driver;
  readonly to: () => Gateway;
  readonly model: string;
  readonly egress: Surface;
}

function judge({ driver, to, model, egress }: Way, judged: typeof scenarios): void {
  describe.each([false, true])("stream: %s", (stream) => {
    test.each(judged)("$name", async ({ run }) => {
      const quiet = to().output().length;
      onTestFailed(() => console.error(to().output().slice(quiet)));
      simulator.journal.clear();
      const target = { root: to().url, key: gatewayKey, model };
      const arrived = () => simulator.journal.entries.map((entry) => entry.body.toString("utf8"));
      await run({ driver, target, stream, egress, arrived });
    });
  });
}

describe.each(cloudDrivers)("$name", (driver) => {
  describe.each(egresses)("to $egress", ({ egress, model }) => {
    judge({ driver, to: () => gateway, model, egress }, scenarios);
  });
});

/** By whose fields it is seen what of thinking is replayed: Converse's signatures are named as Anthropic's. */
const models: readonly { readonly model: string; readonly egress: Surface }[] = [
  { model: "bedrock/us.amazon.nova-lite-v1:0", egress: "anthropic-messages" },
  { model: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", egress: "anthropic-messages" },
  { model: "vertex/gemini-3-flash-preview", egress: "gemini" },
  { model: "vertex/claude-sonnet-4-5@20250929", egress: "anthropic-messages" },
  { model: "azure/gpt-5", egress: "openai-responses" },
];
const atClouds = new Set([
  "text",
  "tool loop",
  "thinking replay",
  "error status=429",
  "error in the stream",
  "cut stream",
]);

describe.each(ownDrivers)("$name", (driver) => {
  describe.each(models)("to $model", ({ model, egress }) => {
    const judged = scenarios.filter(({ name }) => atClouds.has(name));
    // A client of chat completions is answered by Azure's chat completions, which replay nothing.
    const own = model.startsWith("azure/") && driver.surface === "openai-chat" ? "openai-chat" : egress;
    judge({ driver, to: () => cloudGateway, model, egress: own }, judged);
  });
});
