import type { OperationId } from "../../config/operations.ts";
import type { SurfaceDialect } from "../../config/quirks.ts";

/** What a line of a batch asks: a conversation in a dialect, or an operation of OpenAI's. */
export interface BatchEndpoint {
  readonly dialect: SurfaceDialect;
  readonly operation?: OperationId;
}

/** By the `url` of OpenAI's lines. https://developers.openai.com/api/docs/guides/batch */
const ENDPOINTS: Readonly<Record<string, BatchEndpoint>> = {
  "/v1/chat/completions": { dialect: "openai-chat" },
  "/v1/responses": { dialect: "openai-responses" },
  "/v1/embeddings": { dialect: "openai-chat", operation: "embeddings" },
  "/v1/completions": { dialect: "openai-chat", operation: "completions" },
  "/v1/moderations": { dialect: "openai-chat", operation: "moderation" },
  "/v1/images/generations": { dialect: "openai-chat", operation: "images" },
  "/v1/images/edits": { dialect: "openai-chat", operation: "image-edits" },
};

export const batchEndpoint = (url: string): BatchEndpoint | undefined =>
  Object.hasOwn(ENDPOINTS, url) ? ENDPOINTS[url] : undefined;

export const BATCH_URLS: readonly string[] = Object.keys(ENDPOINTS);
