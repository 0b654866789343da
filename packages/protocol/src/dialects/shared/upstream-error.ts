import { type ErrorCode, type ErrorDetail, GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { compact, stringOf } from "../../json/read.ts";
import type { UpstreamFailure } from "../dialect.ts";

const BY_STATUS = new Map<number, ErrorCode>([
  [400, "invalid_request"],
  [401, "upstream_auth"],
  [402, "upstream_quota"],
  [403, "upstream_forbidden"],
  [404, "upstream_model_not_found"],
  [408, "upstream_timeout"],
  [413, "request_too_large"],
  [422, "unprocessable"],
  [429, "upstream_rate_limited"],
  [503, "upstream_overloaded"],
  [504, "upstream_timeout"],
  [529, "upstream_overloaded"],
]);

/** The code that an upstream's HTTP status alone suggests; each dialect's `decodeError` looks at the body first. */
export function codeOfStatus(status: number): ErrorCode {
  return BY_STATUS.get(status) ?? (status >= 400 && status < 500 ? "invalid_request" : "upstream_error");
}

/** Statuses that say more than the wording: credentials, payment, rate limits. */
const OTHER_MEANING = new Set([401, 402, 403, 429]);

/** Wordings of "the prompt does not fit" as vendors phrase them, most without a code of their own. */
const CONTEXT_OVERFLOW = [
  /prompt (is )?too long/i,
  /input is too long for requested model/i,
  /input length and `?max_tokens`? exceed context limit/i,
  /context[_ ]length[_ ]exceeded/i,
  /max(imum)? context length/i,
  /maximum (prompt|model) length/i,
  /exceeds? (the )?(model'?s? )?(maximum )?context (window|length|limit)/i,
  /context window (exceed|is too small)/i,
  /context length is only/i,
  /(greater|longer) than the (model'?s )?context length/i,
  /input token count .*exceeds the maximum number of tokens/i,
  /prompt token count .*exceeds the limit/i,
  /number of (input )?tokens .*exceeds/i,
  /exceeds the available context size/i,
  /too large for model with/i,
  /exceeded model token limit/i,
  /prompt exceeds max length/i,
  /inputs` tokens \+ `max_new_tokens` must be/i,
  /too many (input )?tokens/i,
  /reduce the length of (the|your) (messages|prompt|input)/i,
  /(prompt|input) (contains|has) \d+ tokens.*(limit|maximum|context)/i,
];

/** Bedrock throttles with "Too many tokens, please wait before trying again", and limits per minute speak of tokens too. */
const RATE_LIMIT = /please wait|rate.?limit|throttl|per (minute|min|day|hour)\b/i;

export function isContextOverflow(message: string): boolean {
  return !RATE_LIMIT.test(message) && CONTEXT_OVERFLOW.some((pattern) => pattern.test(message));
}

/** `retry-after-ms`, or `retry-after` in seconds. Dates are for the caller, who has a clock. */
export function retryAfterMs(headers: UpstreamFailure["headers"]): number | undefined {
  const seconds = countOf(headers["retry-after"]);
  return countOf(headers["retry-after-ms"]) ?? (seconds === undefined ? undefined : seconds * 1000);
}

/** `google.rpc.RetryInfo` among an error's details: its `retryDelay` is a duration such as `34.4s`. */
export function retryInfoMs(details: readonly JsonObject[]): number | undefined {
  const delays = details.map((detail) => /^(\d+(?:\.\d+)?)s$/.exec(stringOf(detail["retryDelay"]) ?? "")?.[1]);
  const seconds = delays.find((delay) => delay !== undefined);
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** An upstream failure as the gateway's error: the context-overflow wordings first, then the given code. */
export function upstreamError(
  code: ErrorCode,
  message: string,
  failure: UpstreamFailure & { readonly type?: string; readonly perModel?: boolean },
): GatewayError {
  const retryAfter = retryAfterMs(failure.headers);
  const detail: ErrorDetail = {
    upstreamStatus: failure.status,
    upstreamWords: true,
    ...(failure.type === undefined ? {} : { upstreamType: failure.type }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(failure.perModel === true ? { perModel: true } : {}),
  };
  const mayOverflow = failure.status < 500 && !OTHER_MEANING.has(failure.status);
  const overflows = mayOverflow && isContextOverflow(message);
  return new GatewayError(
    overflows ? "context_overflow" : code,
    message,
    overflows ? { ...detail, ...tokensIn(message) } : detail,
  );
}

/** The figures in the vendors' usual sentences: what was asked and what fits. */
function tokensIn(message: string): ErrorDetail {
  const anthropic = /context limit: (\d+) \+ (\d+) > (\d+)/.exec(message) ?? undefined;
  if (anthropic !== undefined) {
    return {
      inputTokens: Number(anthropic[1]),
      maxOutputTokens: Number(anthropic[2]),
      contextLimit: Number(anthropic[3]),
    };
  }
  const [inputTokens, contextLimit] = [ASKED, LIMIT].map((patterns) => figure(patterns, message));
  return compact({ inputTokens, contextLimit });
}

const ASKED = [
  /(\d+) tokens > \d+ maximum/,
  /token count (?:of )?\(?(\d+)\)? exceeds/i,
  /request \((\d+) tokens\)/i,
  /too long: (\d+)/i,
  /(?:resulted in|requested(?: about)?|has|contains) (\d+)(?: input)? tokens/i,
  /current length is (\d+)/i,
];
const LIMIT = [
  /\d+ tokens > (\d+) maximum/,
  /maximum number of tokens(?: allowed)? \(?(\d+)/i,
  /exceeds the limit of (\d+)/i,
  /available context size \((\d+)/i,
  /maximum (?:context|prompt|model) length(?: is| of|:) (\d+)/i,
  /with (\d+) maximum context length/i,
  /model token limit: (\d+)/i,
  /limit is (\d+)/i,
];

function figure(patterns: readonly RegExp[], message: string): number | undefined {
  const digits = patterns.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  return digits === undefined ? undefined : Number(digits);
}

/** The wording on which Claude Code shortens its request by itself; needs all three figures. */
export function anthropicOverflowMessage(detail: ErrorDetail): string {
  const { inputTokens, maxOutputTokens, contextLimit } = detail;
  if (inputTokens !== undefined && maxOutputTokens !== undefined && contextLimit !== undefined) {
    return `input length and \`max_tokens\` exceed context limit: ${inputTokens} + ${maxOutputTokens} > ${contextLimit}, decrease input length or \`max_tokens\` and try again`;
  }
  if (inputTokens !== undefined && contextLimit !== undefined) {
    return `prompt is too long: ${inputTokens} tokens > ${contextLimit} maximum`;
  }
  return "prompt is too long: the conversation exceeds the model's context window";
}
