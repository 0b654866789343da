import { type ErrorCode, GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { numberOf, stringOf } from "../../json/read.ts";
import type { UpstreamFailure } from "../dialect.ts";
import { codeOfStatus, upstreamError } from "../shared/upstream-error.ts";

interface Fault {
  readonly code: ErrorCode;
  /** Where the failure comes without one of its own: in a stream. */
  readonly status: number;
}

/**
 * https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
 */
const BY_TYPE: ReadonlyMap<string, Fault> = new Map([
  ["accessdenied", { code: "upstream_forbidden", status: 403 }],
  ["notauthorized", { code: "upstream_forbidden", status: 403 }],
  ["optinrequired", { code: "upstream_forbidden", status: 403 }],
  ["unauthorizedoperation", { code: "upstream_forbidden", status: 403 }],
  ["expiredtoken", { code: "upstream_auth", status: 403 }],
  ["requestexpired", { code: "upstream_auth", status: 403 }],
  ["unrecognizedclient", { code: "upstream_auth", status: 403 }],
  ["invalidclienttokenid", { code: "upstream_auth", status: 403 }],
  ["invalidsignature", { code: "upstream_auth", status: 403 }],
  ["signaturedoesnotmatch", { code: "upstream_auth", status: 403 }],
  ["incompletesignature", { code: "upstream_auth", status: 403 }],
  ["missingauthenticationtoken", { code: "upstream_auth", status: 403 }],
  ["throttling", { code: "upstream_rate_limited", status: 429 }],
  ["toomanyrequests", { code: "upstream_rate_limited", status: 429 }],
  ["servicequotaexceeded", { code: "upstream_quota", status: 400 }],
  ["validation", { code: "invalid_request", status: 400 }],
  ["resourcenotfound", { code: "upstream_model_not_found", status: 404 }],
  ["modelnotready", { code: "upstream_overloaded", status: 429 }],
  ["modeltimeout", { code: "upstream_timeout", status: 408 }],
  ["modelerror", { code: "upstream_error", status: 424 }],
  ["modelstreamerror", { code: "upstream_error", status: 424 }],
  ["internalserver", { code: "upstream_error", status: 500 }],
  ["internalfailure", { code: "upstream_error", status: 500 }],
  ["serviceunavailable", { code: "upstream_overloaded", status: 503 }],
]);

/** Failures that only the wording tells apart. */
const BY_WORDING: readonly (readonly [RegExp, ErrorCode])[] = [
  [/api key|bearer token|security token|authentication fail/i, "upstream_auth"],
  [
    /model identifier is invalid|on-demand throughput isn.t supported|reached the end of its life/i,
    "upstream_model_not_found",
  ],
  [/operation not allowed|not authorized|access (to the model|denied)|use case details/i, "upstream_forbidden"],
  [/tokens per day|daily (token|request)/i, "upstream_quota"],
];

const MAX_MESSAGE = 2000;

export function decodeError(failure: UpstreamFailure): GatewayError {
  const body = parseJsonObject(failure.body);
  const type = typeOf(failure.headers["x-amzn-errortype"]) ?? typeOf(stringOf(body?.["__type"]));
  const message = messageOf(body ?? {}) ?? plainText(failure.body, body);
  return errorOf({ type, message: message ?? `The upstream answered with status ${failure.status}.` }, failure);
}

interface Words {
  readonly type: string | undefined;
  readonly message: string;
}

function errorOf({ type, message }: Words, failure: UpstreamFailure): GatewayError {
  const worded = failure.status < 500 ? BY_WORDING.find(([pattern]) => pattern.test(message))?.[1] : undefined;
  const code = worded ?? faultOf(type)?.code ?? codeOfStatus(failure.status);
  const perModel = code === "upstream_quota" ? { perModel: true } : {};
  const named = type === undefined ? failure : { ...failure, type };
  return upstreamError(code, message.slice(0, MAX_MESSAGE), { ...named, ...perModel });
}

function faultOf(type: string | undefined): Fault | undefined {
  return type === undefined ? undefined : BY_TYPE.get(type.toLowerCase().replace(/(exception|error)$/, ""));
}

/** `ThrottlingException:http://internal.amazon.com/coral/…` and `com.amazon.coral.service#ThrottlingException`. */
function typeOf(text: string | undefined): string | undefined {
  const type = text?.split(":")[0]?.split("#").at(-1)?.trim();
  return type === "" ? undefined : type;
}

const messageOf = (body: JsonObject): string | undefined => stringOf(body["message"]) ?? stringOf(body["Message"]);

/** A body that is neither JSON nor markup; HTML is never shown to a client. */
function plainText(text: string, json: JsonObject | undefined): string | undefined {
  const trimmed = text.trim();
  return json !== undefined || trimmed === "" || trimmed.startsWith("<") ? undefined : trimmed;
}

/** A body that tells of an error whatever its status. */
export const isErrorBody = (body: JsonObject): boolean =>
  body["__type"] !== undefined || (messageOf(body) !== undefined && body["output"] === undefined);

export function decodeErrorBody(body: JsonObject): GatewayError {
  return decodeException(typeOf(stringOf(body["__type"])) ?? "", body);
}

/** Whether a stream's event is an exception: `throttlingException`, `modelStreamErrorException`, `InternalFailure`. */
export const isException = (event: string): boolean => /(exception|error|failure)$/i.test(event);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html */
export function decodeException(type: string, data: JsonObject): GatewayError {
  const status = numberOf(data["originalStatusCode"]) ?? faultOf(type)?.status ?? 500;
  const message = messageOf(data) ?? stringOf(data["originalMessage"]) ?? "The upstream reported an error.";
  return errorOf({ type: type === "" ? undefined : type, message }, { status, headers: {}, body: "" });
}

export function invalidAnswer(message: string): GatewayError {
  return new GatewayError("upstream_invalid_response", message);
}
