import type { IncomingHttpHeaders } from "node:http";
import type { Fields } from "./json.ts";

export type DialectId = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini" | "bedrock-converse";

/** One request, as far as every dialect needs it in the same form. */
export interface Exchange {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Fields;
  /** The model as it was written, and without the fault suffix (`name!status=529`). */
  readonly model: string;
  readonly baseModel: string;
  readonly operation: "generate" | "count";
  readonly stream: boolean;
  /** The cloud in whose form the vendor's API is spoken. */
  readonly host?: "bedrock" | "vertex";
}

/** What a vendor answers instead of a reply. `type`, `code`, `param` and `details` are read by the dialects that have them. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly details?: readonly Fields[];
  readonly retryAfterSeconds?: number;
}

/** What can go wrong on request: an HTTP status, or a named condition that shares its status with others. */
export type FailureKind = number | "context-overflow" | "quota";
