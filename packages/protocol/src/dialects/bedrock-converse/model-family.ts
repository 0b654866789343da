import type { EncodeTarget } from "../dialect.ts";
import { claudeVersion } from "../shared/claude-sampling.ts";
import type { BedrockConverseQuirks, BedrockFamily } from "./quirks.ts";

/** Bedrock's ids begin with the vendor, behind a region's or an ARN's prefix: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`. */
const BY_NAME: readonly (readonly [RegExp, BedrockFamily])[] = [
  [/anthropic\.|claude/i, "claude"],
  [/amazon\.nova|\bnova-/i, "nova"],
  [/mistral|pixtral/i, "mistral"],
  [/meta\.|llama/i, "llama"],
  [/gpt-oss/i, "gpt-oss"],
];

export function familyOf({ model, quirks }: EncodeTarget<BedrockConverseQuirks>): BedrockFamily {
  return quirks.family ?? BY_NAME.find(([pattern]) => pattern.test(model))?.[1] ?? "other";
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html: what other models answer with an error. */
const FORCED_CHOICES: Readonly<Record<BedrockFamily, readonly ("any" | "tool")[]>> = {
  claude: ["any", "tool"],
  nova: ["any", "tool"],
  mistral: ["any"],
  llama: [],
  "gpt-oss": ["any", "tool"],
  other: ["any", "tool"],
};

export const takesChoice = (family: BedrockFamily, choice: "any" | "tool"): boolean =>
  FORCED_CHOICES[family].includes(choice);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html */
export const takesResultStatus = (family: BedrockFamily): boolean => family === "claude" || family === "nova";

/** Claude of unknown version is a name of tomorrow, which can do what today's can. */
function isOldClaude(model: string): boolean {
  return (claudeVersion(model) ?? Number.POSITIVE_INFINITY) < 405;
}

/** Answers and tools that follow a schema for certain. https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
export function takesSchemas(target: EncodeTarget<BedrockConverseQuirks>): boolean {
  const family = familyOf(target);
  if (family === "claude") return !isOldClaude(target.model);
  return family !== "nova" && family !== "llama" && !/titan/i.test(target.model);
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
export function takesCachePoints(target: EncodeTarget<BedrockConverseQuirks>): boolean {
  const family = familyOf(target);
  return family === "claude" || family === "nova";
}

export function takesCacheTtl(target: EncodeTarget<BedrockConverseQuirks>): boolean {
  return familyOf(target) === "claude" && !isOldClaude(target.model);
}
