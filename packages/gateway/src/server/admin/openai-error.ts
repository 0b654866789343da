import { isObject, type JsonObject } from "@signalbox/protocol";
import type { RpcCode, StatusError } from "./status.ts";

const INVALID = "invalid_request_error";

/** Type and code, in the words that the OpenAI dialects use for the same. */
const WORDS: { readonly [code in RpcCode]: readonly [type: string, code: string | null] } = {
  cancelled: [INVALID, "client_closed_request"],
  invalidArgument: [INVALID, null],
  deadlineExceeded: ["server_error", "timeout"],
  notFound: [INVALID, "not_found"],
  alreadyExists: [INVALID, "conflict"],
  permissionDenied: [INVALID, "permission_denied"],
  resourceExhausted: ["rate_limit_error", "rate_limit_exceeded"],
  failedPrecondition: [INVALID, "failed_precondition"],
  aborted: [INVALID, "conflict"],
  unimplemented: [INVALID, "method_not_allowed"],
  internal: ["server_error", "internal_error"],
  unavailable: ["service_unavailable_error", "unavailable"],
  dataLoss: ["server_error", "data_loss"],
  unauthenticated: [INVALID, "invalid_api_key"],
};

/** The error of AnyRouter's API, which is OpenAI's: `{ error: { message, type, code, param } }`. */
export function openaiErrorBody({ code, message, details }: StatusError): JsonObject {
  const [type, word] = WORDS[code];
  return { error: { message, type, param: fieldOf(details), code: word } };
}

function fieldOf(details: readonly JsonObject[]): string | null {
  const violations = details[0]?.["fieldViolations"];
  const first = Array.isArray(violations) ? violations[0] : undefined;
  const field = isObject(first) ? first["field"] : undefined;
  return typeof field === "string" && field !== "" ? field : null;
}
