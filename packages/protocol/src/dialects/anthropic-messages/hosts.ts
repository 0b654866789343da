/**
 * Clouds that run Claude behind addresses of their own. The model and whether to stream stand in the path there, the API's
 * version in the body. https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock ·
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 */
export const claudeHosts = ["bedrock", "vertex"] as const;

export type ClaudeHost = (typeof claudeHosts)[number];
