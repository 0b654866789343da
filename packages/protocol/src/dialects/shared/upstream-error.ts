import { type ErrorCode, type ErrorDetail, GatewayError } from "../../ir/errors.ts";
import type { UpstreamFailure } from "../dialect.ts";

const BY_STATUS = new Map<number, ErrorCode>([
  [400, "invalid_request"],
  [401, "upstream_auth"],
  [402, "upstream_quota"],
  [403, "upstream_auth"],
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

/**
 * Wordings of "the prompt does not fit" as vendors phrase them, most without a code of their own.
 */
const CONTEXT_OVERFLOW = [
  /prompt is too long/i,
  /input length and `max_tokens` exceed context limit/i,
  /context_length_exceeded/i,
  /maximum context length/i,
  /exceeds? (the )?(model'?s? )?(maximum )?context (window|length|limit)/i,
  /context window (exceeded|is too small)/i,
  /input token count .* exceeds the maximum number of tokens/i,
  /exceeds the available context size/i,
  /too many (input )?tokens/i,
  /reduce the length of (the|your) (messages|prompt|input)/i,
  /(prompt|input) (contains|has) \d+ tokens.*(limit|maximum|context)/i,
];

export function isContextOverflow(message: string): boolean {
  return CONTEXT_OVERFLOW.some((pattern) => pattern.test(message));
}

/** `retry-after-ms`, or `retry-after` in seconds. Dates are for the caller, who has a clock. */
export function retryAfterMs(headers: UpstreamFailure["headers"]): number | undefined {
  const ms = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** An upstream failure as the gateway's error: the context-overflow wordings first, then the given code. */
export function upstreamError(
  code: ErrorCode,
  message: string,
  failure: UpstreamFailure & { readonly type?: string },
): GatewayError {
  const retryAfter = retryAfterMs(failure.headers);
  const detail: ErrorDetail = {
    upstreamStatus: failure.status,
    ...(failure.type === undefined ? {} : { upstreamType: failure.type }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  };
  const overflows = failure.status < 500 && isContextOverflow(message);
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
  const tooLong = /(\d+) tokens > (\d+) maximum/.exec(message);
  if (tooLong !== null) return { inputTokens: Number(tooLong[1]), contextLimit: Number(tooLong[2]) };
  const limit = /maximum context length (?:is|of) (\d+)/i.exec(message);
  const asked = /(?:resulted in|requested|has|contains) (\d+)(?: input)? tokens/i.exec(message);
  const gemini = /token count \(?(\d+)\)? exceeds the maximum number of tokens(?: allowed)? \(?(\d+)/i.exec(message);
  if (gemini !== null) return { inputTokens: Number(gemini[1]), contextLimit: Number(gemini[2]) };
  return {
    ...(asked === null ? {} : { inputTokens: Number(asked[1]) }),
    ...(limit === null ? {} : { contextLimit: Number(limit[1]) }),
  };
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
