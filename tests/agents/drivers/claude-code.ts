import type { Agent } from "../agent.ts";
import { runProgram } from "../run-program.ts";
import { installed, platform } from "./installed.ts";

const program = installed(`@anthropic-ai/claude-code-${platform}/claude`);

/** https://code.claude.com/docs/en/llm-gateway */
export const claudeCode: Agent = {
  name: "Claude Code",
  surface: "anthropic-messages",
  program,
  shell: (command) => `[[tool Bash ${JSON.stringify({ command, description: "Look" })}]]`,
  run: (job) =>
    runProgram(job, {
      command: program,
      args: ["-p", "--allowedTools", "Bash", "--", job.prompt],
      environment: {
        ANTHROPIC_BASE_URL: job.baseUrl,
        ANTHROPIC_AUTH_TOKEN: job.key,
        ANTHROPIC_MODEL: job.model,
        CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
        CLAUDE_CODE_MAX_RETRIES: "2",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
      },
    }),
};
