import type { Agent, Job } from "../agent.ts";
import { runProgram } from "../run-program.ts";
import { installed, platform } from "./installed.ts";

const program = installed(`@anthropic-ai/claude-code-${platform}/claude`);

/** https://code.claude.com/docs/en/llm-gateway */
const claudeCodeWith = (name: string, environment: (job: Job) => Readonly<Record<string, string>>): Agent => ({
  name,
  surface: "anthropic-messages",
  program,
  shell: (command) => `[[tool Bash ${JSON.stringify({ command, description: "Look" })}]]`,
  run: (job) =>
    runProgram(job, {
      command: program,
      args: ["-p", "--allowedTools", "Bash", "--", job.prompt],
      environment: {
        ANTHROPIC_MODEL: job.model,
        CLAUDE_CODE_MAX_RETRIES: "2",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
        ...environment(job),
      },
    }),
});

export const claudeCode = claudeCodeWith("Claude Code", ({ baseUrl, key }) => ({
  ANTHROPIC_BASE_URL: baseUrl,
  ANTHROPIC_AUTH_TOKEN: key,
  CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
}));

/** https://code.claude.com/docs/en/amazon-bedrock */
const bedrock = ({ baseUrl }: Job) => ({
  CLAUDE_CODE_USE_BEDROCK: "1",
  ANTHROPIC_BEDROCK_BASE_URL: baseUrl,
  AWS_REGION: "us-east-1",
});

const claudeCodeBedrock = claudeCodeWith("Claude Code, Bedrock", (job) => ({
  ...bedrock(job),
  AWS_BEARER_TOKEN_BEDROCK: job.key,
}));

const claudeCodeBedrockUnsigned = claudeCodeWith("Claude Code, Bedrock without AWS credentials", (job) => ({
  ...bedrock(job),
  CLAUDE_CODE_SKIP_BEDROCK_AUTH: "1",
  ANTHROPIC_AUTH_TOKEN: job.key,
}));

/** https://code.claude.com/docs/en/google-vertex-ai */
const claudeCodeVertex = claudeCodeWith("Claude Code, Vertex AI", ({ baseUrl, key }) => ({
  CLAUDE_CODE_USE_VERTEX: "1",
  ANTHROPIC_VERTEX_BASE_URL: `${baseUrl}/v1`,
  ANTHROPIC_VERTEX_PROJECT_ID: "a-project",
  CLOUD_ML_REGION: "us-east5",
  CLAUDE_CODE_SKIP_VERTEX_AUTH: "1",
  ANTHROPIC_AUTH_TOKEN: key,
}));

/** As they are set up for a cloud, and a gateway in its place. */
export const claudeCodeClouds: readonly Agent[] = [claudeCodeBedrock, claudeCodeBedrockUnsigned, claudeCodeVertex];
