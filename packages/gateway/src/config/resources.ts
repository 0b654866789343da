/** What providers keep for who asks them: whose API, and what. */
export const resourceIds = ["openai-files", "openai-batches", "anthropic-batches", "gemini-batches"] as const;

export type ResourceId = (typeof resourceIds)[number];
