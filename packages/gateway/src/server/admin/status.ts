import { GatewayError, type JsonObject } from "@signalbox/protocol";
import { formatPath } from "../../config/issues.ts";
import type { FieldIssue } from "../../config/router-document.ts";
import { StoreError } from "../../store/errors.ts";

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
export const rpcCodes = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type RpcCode = keyof typeof rpcCodes;

/** The HTTP status, the code in the body, and what to tell. The message is safe to show. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly status: number;
  readonly code: RpcCode;
  readonly details: readonly JsonObject[];
  readonly retryAfterMs: number | undefined;

  constructor(
    at: { readonly status: number; readonly code: RpcCode; readonly retryAfterMs?: number | undefined },
    message: string,
    details: readonly JsonObject[] = [],
  ) {
    super(message);
    this.status = at.status;
    this.code = at.code;
    this.details = details;
    this.retryAfterMs = at.retryAfterMs;
  }
}

export const notFound = (message: string): StatusError => new StatusError({ status: 404, code: "notFound" }, message);

/** 400 with every field that is wrong; the message tells of the first. */
export function badRequest(issues: readonly FieldIssue[]): StatusError {
  const violations = issues.map(({ path, message }) => ({ field: formatPath(path), description: message }));
  const [first, ...others] = violations;
  const told = first === undefined || first.field === "" ? first?.description : `${first.field}: ${first.description}`;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return new StatusError({ status: 400, code: "invalidArgument" }, `${told ?? "The request is not valid."}${more}`, [
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations },
  ]);
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto */
export function statusBody({ code, message, details }: StatusError): JsonObject {
  return { code: rpcCodes[code], message, details };
}

/** Whatever was thrown, as an answer; undefined for what is a bug and nobody's business. */
export function asStatusError(thrown: unknown): StatusError | undefined {
  if (thrown instanceof StatusError) return thrown;
  if (thrown instanceof GatewayError) return fromGatewayError(thrown);
  if (!(thrown instanceof StoreError)) return undefined;
  switch (thrown.code) {
    case "invalid":
      return new StatusError({ status: 400, code: "invalidArgument" }, thrown.message);
    case "corrupt":
      return new StatusError({ status: 500, code: "dataLoss" }, thrown.message);
    case "unavailable":
      // Its own words name hosts and paths: they are for the log.
      return new StatusError(
        { status: 503, code: "unavailable" },
        "What is stored cannot be read or written at the moment.",
      );
  }
}

const codesOfStatus: ReadonlyMap<number, RpcCode> = new Map<number, RpcCode>([
  [401, "unauthenticated"],
  [403, "permissionDenied"],
  [404, "notFound"],
  [405, "unimplemented"],
  [409, "aborted"],
  [429, "resourceExhausted"],
  [499, "cancelled"],
  [500, "internal"],
  [503, "unavailable"],
  [504, "deadlineExceeded"],
]);

function fromGatewayError(error: GatewayError): StatusError {
  const code = codesOfStatus.get(error.status) ?? (error.status >= 500 ? "internal" : "invalidArgument");
  const { param, retryAfterMs } = error.detail;
  const details = param === undefined ? [] : badRequest([{ path: [param], message: error.message }]).details;
  return new StatusError({ status: error.status, code, retryAfterMs }, error.message, details);
}
