import { join } from "node:path";
import type { Agent, Surface } from "../agent.ts";
import { runProgram } from "../run-program.ts";
import { installed, platform, writeSettings } from "./installed.ts";

const program = installed(`opencode-${platform}/bin/opencode`);

interface Provider {
  /** The AI SDK's package, which is part of the program. */
  readonly npm: string;
  readonly path: string;
  readonly surface: Surface;
  /** What makes a model of this provider think. */
  readonly thinking: Readonly<Record<string, unknown>>;
}

const providers: readonly Provider[] = [
  { npm: "@ai-sdk/openai-compatible", path: "v1", surface: "openai-chat", thinking: { reasoningEffort: "low" } },
  {
    npm: "@ai-sdk/openai",
    path: "v1",
    surface: "openai-responses",
    thinking: { reasoningEffort: "low", reasoningSummary: "auto", include: ["reasoning.encrypted_content"] },
  },
  {
    npm: "@ai-sdk/anthropic",
    path: "v1",
    surface: "anthropic-messages",
    thinking: { thinking: { type: "enabled", budgetTokens: 1024 } },
  },
  {
    npm: "@ai-sdk/google",
    path: "v1beta",
    surface: "gemini",
    thinking: { thinkingConfig: { includeThoughts: true } },
  },
];

/** Every dialect that its bundled providers speak. https://opencode.ai/docs/providers */
export const opencode: readonly Agent[] = providers.map(({ npm, path, surface, thinking }) => ({
  name: `opencode (${npm})`,
  surface,
  program,
  shell: (command) => `[[tool bash ${JSON.stringify({ command, description: "Look" })}]]`,
  run: (job) => {
    const { baseUrl, key, model, prompt, home } = job;
    const settings = {
      autoupdate: false,
      share: "disabled",
      permission: "allow",
      model: `signalbox/${model}`,
      small_model: `signalbox/${model}-small`,
      provider: {
        signalbox: {
          npm,
          options: { baseURL: `${baseUrl}/${path}`, apiKey: key },
          models: { [model]: { reasoning: true, tool_call: true, options: thinking }, [`${model}-small`]: {} },
        },
      },
    };
    writeSettings(join(home, ".config/opencode/opencode.json"), JSON.stringify(settings));
    return runProgram(job, {
      command: program,
      args: ["run"],
      input: prompt, // As an argument it would arrive in quotation marks.
      environment: {
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
      },
    });
  },
}));
