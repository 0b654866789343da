import type { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { ErrorContext } from "../dialect.ts";

interface LimitWords {
  readonly type: string;
  readonly code: string;
}

/**
 * The words of the OpenAI dialects where a caller's own limit is met; undefined for all other errors. Tokens are OpenAI's word
 * (https://platform.openai.com/docs/guides/rate-limits), requests Routeway's (https://docs.routeway.ai), requests at one time
 * AnyRouter's (https://anyrouter.dev).
 */
export function limitWords({ code, detail }: GatewayError): LimitWords | undefined {
  if (code !== "rate_limited") return undefined;
  if (detail.limit?.unit === "tokens") return { type: "tokens", code: "rate_limit_exceeded" };
  if (detail.limit?.unit === "concurrency") return { type: "rate_limit_error", code: "rate_limited" };
  return { type: "rate_limit_error", code: "rate_limit_exceeded" };
}

/** What Routeway says there beside OpenAI's members; SDKs hand them on as they are. */
export function limitMembers(error: GatewayError, { requestId }: ErrorContext): JsonObject {
  if (error.code !== "rate_limited" && error.code !== "budget_exceeded") return {};
  return { status_code: error.status, id: requestId };
}
