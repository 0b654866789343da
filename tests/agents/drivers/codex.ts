import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "../agent.ts";
import { runProgram } from "../run-program.ts";
import { installed, platform, writeSettings } from "./installed.ts";

const program = join(vendorFolder(), "bin/codex");

/** Its one folder is named by the compiler's words for the platform. */
function vendorFolder(): string {
  const folder = installed(`@openai/codex-${platform}/vendor`);
  try {
    return join(folder, readdirSync(folder)[0] ?? "");
  } catch {
    return folder;
  }
}

const general = (model: string) => `
model = ${JSON.stringify(model)}
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
analytics.enabled = false
`;

/** A provider of one's own, as the documentation of gateways has it. */
const ownProvider = (baseUrl: string) => `
model_provider = "signalbox"

[model_providers.signalbox]
name = "Signalbox"
base_url = "${baseUrl}/v1"
env_key = "SIGNALBOX_KEY"
wire_api = "responses"
request_max_retries = 2
stream_max_retries = 2
`;

/** Its built-in provider elsewhere. This one tries WebSockets first. */
const builtInProvider = (baseUrl: string) => `
openai_base_url = "${baseUrl}/v1"
`;

/** Responses only. https://github.com/openai/codex/blob/main/docs/config.md */
const driver = (name: string, provider: (baseUrl: string) => string): Agent => ({
  name,
  surface: "openai-responses",
  program,
  shell: (cmd) => `[[tool exec_command ${JSON.stringify({ cmd, login: false })}]]`,
  run: (job) => {
    const { baseUrl, key, model, prompt, home } = job;
    writeSettings(join(home, ".codex/config.toml"), general(model) + provider(baseUrl));
    return runProgram(job, {
      command: program,
      args: ["exec", "--skip-git-repo-check", prompt],
      environment: { SIGNALBOX_KEY: key, CODEX_API_KEY: key },
    });
  },
});

export const codex = driver("Codex", ownProvider);
export const codexBuiltIn = driver("Codex (built-in provider)", builtInProvider);
