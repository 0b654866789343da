import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Driver } from "../driver.ts";

export interface Installed {
  readonly drivers: readonly Driver[];
  /** What is not there, and the command that installs it. */
  readonly missing: readonly string[];
}

const cacheFolder = process.env["SIGNALBOX_CI_CACHE"] ?? join(homedir(), ".cache", "signalbox-ci");

async function javascriptDrivers(): Promise<readonly Driver[] | undefined> {
  if (!existsSync(fileURLToPath(new URL("../node_modules/openai", import.meta.url)))) return undefined;
  const modules = await Promise.all([
    import("./openai-chat.ts"),
    import("./openai-responses.ts"),
    import("./anthropic.ts"),
    import("./google-genai.ts"),
    import("./ai-sdk.ts"),
  ]);
  const [chat, responses, anthropic, google, ai] = modules;
  return [
    chat.openaiChat,
    responses.openaiResponses,
    anthropic.anthropic1,
    anthropic.anthropic0,
    google.googleGenai,
    ...ai.aiSdkDrivers,
  ];
}

/** A Python that has all the libraries. */
export function findPython(): string | undefined {
  const candidates = [process.env["SIGNALBOX_TEST_PYTHON"], join(cacheFolder, "python", "bin", "python"), "python3"];
  return candidates
    .filter((candidate) => candidate !== undefined)
    .find((python) => spawnSync(python, ["-c", "import anthropic, cohere, openai, google.genai"]).status === 0);
}

export async function installedDrivers(): Promise<Installed> {
  const { pythonDrivers } = await import("./python.ts");
  const javascript = await javascriptDrivers();
  const python = findPython();
  return {
    drivers: [...(javascript ?? []), ...(python === undefined ? [] : pythonDrivers(python))],
    missing: [
      ...(javascript === undefined ? ["JavaScript SDKs: npm ci --prefix tests/clients"] : []),
      ...(python === undefined ? ["Python SDKs: .ci/run installs them, or set SIGNALBOX_TEST_PYTHON"] : []),
    ],
  };
}
