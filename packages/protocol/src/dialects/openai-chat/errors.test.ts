import { expect, test } from "vitest";
import { ERROR_CODES, ERROR_TABLE, GatewayError, type LimitDetail } from "../../ir/errors.ts";
import { decodeError, encodeError, errorEvent } from "./errors.ts";

const decode = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  decodeError({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) });

const context = { requestId: "req_1" };

test.each(ERROR_CODES)("%s has its status and words", (code) => {
  const wire = encodeError(new GatewayError(code, "It broke.", { param: "messages[0]" }), context);
  expect(wire.status).toBe(ERROR_TABLE[code].status);
  expect(wire.body).toEqual({
    error: {
      message: "It broke.",
      type: expect.any(String),
      param: "messages[0]",
      code: expect.toSatisfy((word) => word === null || typeof word === "string"),
      ...(code === "rate_limited" || code === "budget_exceeded" ? { status_code: wire.status, id: "req_1" } : {}),
    },
  });
});

test.each<[LimitDetail["unit"] | undefined, string, string]>([
  [undefined, "rate_limit_error", "rate_limit_exceeded"],
  ["requests", "rate_limit_error", "rate_limit_exceeded"],
  ["tokens", "tokens", "rate_limit_exceeded"],
  ["concurrency", "rate_limit_error", "rate_limited"],
])("a limit of %s is told in the words of those who have one", (unit, type, code) => {
  const detail = unit === undefined ? {} : { limit: { unit } };
  const { status, body } = encodeError(new GatewayError("rate_limited", "Slow down.", detail), context);
  expect(status).toBe(429);
  expect(body).toEqual({
    error: { message: "Slow down.", type, param: null, code, status_code: 429, id: "req_1" },
  });
});

test("a budget that is used up is OpenAI's insufficient_quota, at which clients do not try again", () => {
  const { status, body } = encodeError(new GatewayError("budget_exceeded", "Spent."), context);
  expect({ status, body }).toMatchObject({
    status: 429,
    body: { error: { type: "insufficient_quota", code: "insufficient_quota", param: null } },
  });
});

test("the event is a data line that holds the error, and nothing else", () => {
  const event = errorEvent(new GatewayError("upstream_overloaded", "Busy."));
  expect(event).toEqual({
    data: '{"error":{"message":"Busy.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}',
  });
});

test.each<[string, number, unknown, string]>([
  [
    "OpenAI",
    400,
    { error: { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" } },
    "context_overflow",
  ],
  [
    "vLLM",
    400,
    { object: "error", message: "This model's maximum context length is 10 tokens.", code: 400 },
    "context_overflow",
  ],
  [
    "OpenAI quota",
    429,
    { error: { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" } },
    "upstream_quota",
  ],
  ["DeepSeek", 402, { error: { message: "Insufficient Balance" } }, "upstream_quota"],
  [
    "OpenAI rate",
    429,
    { error: { message: "slow", type: "tokens", code: "rate_limit_exceeded" } },
    "upstream_rate_limited",
  ],
  ["OpenAI key", 401, { error: { message: "Incorrect API key provided", code: "invalid_api_key" } }, "upstream_auth"],
  [
    "Google key",
    400,
    [{ error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT" } }],
    "upstream_auth",
  ],
  [
    "OpenAI model",
    404,
    { error: { message: "The model `x` does not exist", code: "model_not_found" } },
    "upstream_model_not_found",
  ],
  [
    "Mistral model",
    400,
    { object: "error", message: "Invalid model: x", type: "invalid_model", code: "1500" },
    "upstream_model_not_found",
  ],
  ["Azure deployment", 404, { error: { code: "DeploymentNotFound", message: "no" } }, "upstream_model_not_found"],
  ["Azure filter", 400, { error: { message: "filtered", code: "content_filter", innererror: {} } }, "content_policy"],
  ["OpenRouter moderation", 403, { error: { code: 403, message: "Your input was flagged" } }, "content_policy"],
  ["OpenAI parameter", 400, { error: { message: "no", code: "unsupported_parameter" } }, "invalid_request"],
  ["xAI", 403, { code: "permission", error: "No access" }, "upstream_forbidden"],
  ["FastAPI", 422, { detail: [{ loc: ["body", "model"], msg: "field required" }] }, "unprocessable"],
  ["Groq", 503, { error: { message: "over capacity, at capacity" } }, "upstream_overloaded"],
  ["a billing word in a 500", 500, { error: { message: "billing service down" } }, "upstream_error"],
])("%s", (_vendor, status, ...[body, code]) => {
  expect(decode(status, body)).toMatchObject({ code, detail: { upstreamStatus: status } });
});

test("the upstream's words are kept, up to a limit; pages are not shown", () => {
  expect(decode(400, { error: { message: "x".repeat(3000) } }).message).toHaveLength(2000);
  expect(decode(502, "<html>secret</html>").message).not.toContain("secret");
  expect(decode(500, "").message).toContain("500");
  expect(decode(500, "backend down").message).toBe("backend down");
  expect(
    decode(502, { error: { message: "Provider returned error", metadata: { raw: "too hot" } } }).message,
  ).toContain("too hot");
});

test("the time to wait is read", () => {
  expect(decode(429, {}, { "retry-after": "3" }).detail.retryAfterMs).toBe(3000);
});
