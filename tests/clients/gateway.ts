import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Surface } from "./driver.ts";

export const gatewayKey = "a-key-for-the-client-tests";

/** One provider per dialect, all of them the simulator. */
export const egresses: readonly { readonly egress: Surface; readonly model: string }[] = [
  { egress: "openai-chat", model: "sim-chat/sim-model" },
  { egress: "openai-responses", model: "sim-responses/sim-model" },
  { egress: "anthropic-messages", model: "sim-anthropic/sim-model" },
  { egress: "gemini", model: "sim-gemini/sim-model" },
];

const provider = (endpoints: object, auth: unknown) => ({
  credentials: ["upstream-key"],
  // Known to reason, so that its encrypted reasoning is asked for on behalf of clients that cannot ask.
  models: [{ id: "sim-model", reasoning: "effort" }, "sim-model-small"],
  auth,
  endpoints,
});

/** A public name for `egress` behind which a second target stands. */
export const withFallback = (egress: Surface): string => `fallback-${egress}`;

const configuration = (simulator: string) => ({
  keys: [{ name: "client-tests", key: gatewayKey, role: "owner" }],
  providers: {
    "sim-chat": provider({ "openai-chat": { baseUrl: `${simulator}/v1` } }, "bearer"),
    "sim-responses": provider({ "openai-responses": { baseUrl: `${simulator}/v1` } }, "bearer"),
    "sim-anthropic": provider({ "anthropic-messages": { baseUrl: simulator } }, { header: "x-api-key" }),
    "sim-gemini": provider({ gemini: { baseUrl: simulator } }, { header: "x-goog-api-key" }),
  },
  models: Object.fromEntries(
    egresses.map(({ egress, model }) => [withFallback(egress), { targets: [model, `${model}-small`] }]),
  ),
});

export interface Gateway {
  readonly url: string;
  readonly pid: number;
  /** What it wrote so far, for the message of a failing test. */
  readonly output: () => string;
  readonly close: () => Promise<void>;
}

const program = fileURLToPath(new URL("../../packages/gateway/bin/signalbox.js", import.meta.url));

/** The program as it is started by a user, in a process of its own. JSON is YAML, so the configuration is JSON. */
export async function startGateway(simulator: string, written: object = configuration(simulator)): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-clients-"));
  const file = join(folder, "signalbox.yaml");
  writeFileSync(file, JSON.stringify(written, null, 2));
  const child = spawn(
    process.execPath,
    [program, "start", "--config", file, "--port", "0", "--data", join(folder, "data")],
    { env: { PATH: process.env["PATH"], HOME: folder }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (data: Buffer) => {
      output += data;
      const address = /Signalbox listens on (http:\/\/\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The gateway ended with ${code} before it listened:\n${output}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    close: async () => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
