import { expect, test } from "vitest";
import { ERROR_CODES, GatewayError } from "../../ir/errors.ts";
import { anthropicMessages } from "./index.ts";

const context = { requestId: "req_1", sequence: 0 };

test.each(ERROR_CODES)("%s has words of this dialect, in the body and in the event", (code) => {
  const error = new GatewayError(code, "Told.");
  const { status, body } = anthropicMessages.encodeError(error, context);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).toMatchObject({ type: "error", error: { type: expect.stringMatching(/_error$|^request_too_large$/) } });
  expect(body["request_id"]).toBe("req_1");
  const event = anthropicMessages.errorEvent(error, context);
  expect(event).toEqual({ event: "error", data: JSON.stringify(body) });
});

test("statuses that the SDKs act on", () => {
  const status = (code: (typeof ERROR_CODES)[number]) =>
    anthropicMessages.encodeError(new GatewayError(code, "x"), context).status;
  expect([status("budget_exceeded"), status("overloaded"), status("upstream_overloaded")]).toEqual([402, 529, 529]);
  expect(status("rate_limited")).toBe(429);
  const type = (code: "rate_limited" | "budget_exceeded") =>
    anthropicMessages.encodeError(new GatewayError(code, "x"), context).body["error"];
  expect(type("rate_limited")).toMatchObject({ type: "rate_limit_error" });
  expect(type("budget_exceeded")).toMatchObject({ type: "billing_error" });
});

test("a context overflow is worded the way Claude Code repairs it", () => {
  const detail = { inputTokens: 190_000, maxOutputTokens: 32_000, contextLimit: 200_000 };
  const { body } = anthropicMessages.encodeError(new GatewayError("context_overflow", "too long", detail), context);
  expect(body).toMatchObject({
    error: {
      type: "invalid_request_error",
      message: expect.stringContaining("input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000"),
    },
  });
});

const wire = (type: string, message: string) => JSON.stringify({ type: "error", error: { type, message } });

test.each([
  [400, wire("invalid_request_error", "messages: field required"), "invalid_request"],
  [400, wire("invalid_request_error", "prompt is too long: 5 tokens > 4 maximum"), "context_overflow"],
  [400, wire("invalid_request_error", "Your credit balance is too low to access the API"), "upstream_quota"],
  [400, wire("invalid_request_error", "Output blocked by content filtering policy"), "content_policy"],
  [401, wire("authentication_error", "invalid x-api-key"), "upstream_auth"],
  [402, wire("billing_error", "Pay"), "upstream_quota"],
  [403, wire("permission_error", "No"), "upstream_forbidden"],
  [404, wire("not_found_error", "model: claude-x"), "upstream_model_not_found"],
  [413, wire("request_too_large", "Too large"), "request_too_large"],
  [429, wire("rate_limit_error", "Slow down"), "upstream_rate_limited"],
  [500, wire("api_error", "Oops"), "upstream_error"],
  [504, wire("timeout_error", "Slow"), "upstream_timeout"],
  [529, wire("overloaded_error", "Busy"), "upstream_overloaded"],
  [400, '{"message":"Malformed input request"}', "invalid_request"],
  [422, '{"detail":[{"loc":["body"]}]}', "unprocessable"],
  [400, '{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}', "upstream_model_not_found"],
  [503, "", "upstream_overloaded"],
])("a failure of status %i is understood: %s", (status, body, code) => {
  const error = anthropicMessages.decodeError({ status, headers: { "retry-after": "2" }, body });
  expect(error).toMatchObject({ code, detail: { upstreamStatus: status, retryAfterMs: 2000 } });
  expect(error.message).not.toBe("");
});

test("messages are kept to 2,000 characters, and markup is never repeated", () => {
  const long = anthropicMessages.decodeError({ status: 400, headers: {}, body: wire("x", "a".repeat(5000)) });
  expect(long.message).toHaveLength(2000);
  const html = anthropicMessages.decodeError({ status: 502, headers: {}, body: "<html><b>Bad gateway</b></html>" });
  expect(html).toMatchObject({ code: "upstream_error", message: "The upstream answered with status 502." });
});

test("an answer of status 200 that is an error, or no message, throws", () => {
  const origin = { dialect: "anthropic-messages" } as const;
  const decode = (body: Parameters<typeof anthropicMessages.decodeResponse>[0]) => () =>
    anthropicMessages.decodeResponse(body, origin);
  expect(decode({ type: "error", error: { type: "overloaded_error", message: "Busy" } })).toThrow("Busy");
  expect(decode({ ok: true })).toThrow("no content");
  expect(decode("text")).toThrow("not a JSON object");
});
