import { join } from "node:path";
import type { Agent } from "../agent.ts";
import { runProgram } from "../run-program.ts";
import { installed, writeSettings } from "./installed.ts";

const program = installed("@google/gemini-cli/bundle/gemini.js");

const settings = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false, maxAttempts: 3 },
};

/** With a named model: else it first asks a classifier, and its models are not ours. */
export const geminiCli: Agent = {
  name: "Gemini CLI",
  surface: "gemini",
  program,
  shell: (command) => `[[tool run_shell_command ${JSON.stringify({ command })}]]`,
  run: (job) => {
    const { baseUrl, key, model, prompt, home } = job;
    writeSettings(join(home, ".gemini/settings.json"), JSON.stringify(settings));
    return runProgram(job, {
      command: process.execPath,
      args: [program, "--model", model, "--yolo", "--prompt", prompt],
      environment: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_CLI_TRUST_WORKSPACE: "true" },
    });
  },
};
