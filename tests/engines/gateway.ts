import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const KEY = "a-key-for-the-engine-tests";

const program = fileURLToPath(new URL("../../packages/gateway/bin/signalbox.js", import.meta.url));
const installed = fileURLToPath(new URL("node_modules", import.meta.url));

export interface Setting {
  readonly simulator: string;
  /** What stands under `compression`, beside the engine. */
  readonly model: string;
  /** False where nobody has run `npm install` beside the configuration. */
  readonly isInstalled: boolean;
}

export interface Gateway {
  readonly url: string;
  /** Resolves when these words stand in what it wrote. */
  readonly says: (words: string) => Promise<void>;
  readonly output: () => string;
  /** Writes another model into the configuration of the running gateway. */
  readonly changeModel: (model: string) => void;
  readonly close: () => Promise<void>;
}

/** In a folder of its own, with its configuration and what its user has installed there. */
export async function startGateway({ simulator, model, isInstalled }: Setting): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-engines-"));
  const file = join(folder, "signalbox.yaml");
  const write = (name: string) => writeFileSync(file, JSON.stringify(configuration(simulator, name)));
  write(model);
  if (isInstalled) symlinkSync(installed, join(folder, "node_modules"));
  const child = spawn(process.execPath, [program, "start", "--config", file, "--port", "0"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { says, output } = reading(child);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  await says("Signalbox listens on ").catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    url: /Signalbox listens on (http:\/\/\S+)/.exec(output())?.[1] ?? "",
    says,
    output,
    changeModel: write,
    close: async () => {
      await ended(child);
      remove();
    },
  };
}

const configuration = (simulator: string, model: string) => ({
  keys: [{ name: "engine-tests", key: KEY }],
  providers: {
    chat: { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: `${simulator}/v1` } } },
  },
  metadata: "body",
  compression: { engine: "llmlingua-2", model },
});

function reading(child: ChildProcess): Pick<Gateway, "says" | "output"> {
  let output = "";
  const waiting = new Set<() => void>();
  const read = (data: Buffer | string) => {
    output += data;
    for (const look of waiting) look();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  child.once("exit", (code) => read(`\nThe gateway ended with ${code}.`));
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!output.includes(words) && !output.includes("The gateway ended with")) return;
        waiting.delete(look);
        if (output.includes(words)) resolve();
        else reject(new Error(output));
      };
      waiting.add(look);
      look();
    });
  return { says, output: () => output };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
