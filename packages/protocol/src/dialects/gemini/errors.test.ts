import { expect, test } from "vitest";
import { ERROR_CODES, ERROR_TABLE, GatewayError } from "../../ir/errors.ts";
import { decodeError, encodeError, errorEvent, errorTail } from "./errors.ts";

const context = { requestId: "req-1", sequence: 0 };

test.each(ERROR_CODES)("%s is a google.rpc.Status, whole and as an event", (code) => {
  const { status, body } = encodeError(new GatewayError(code, "why"), context);
  expect(status).toBe(ERROR_TABLE[code].status);
  expect(body).toMatchObject({ error: { code: status, message: "why", status: expect.stringMatching(/^[A-Z_]+$/) } });
  expect(errorEvent(new GatewayError(code, "why"), context)).toEqual({ data: JSON.stringify(body) });
});

test("a failed stream ends with the bare error, for clients that overlook its event", () => {
  const error = new GatewayError("upstream_truncated", "why");
  expect(errorTail(error, context)).toBe(JSON.stringify(encodeError(error, context).body));
});

test("details: field, delay and the request's id", () => {
  const error = new GatewayError("rate_limited", "slow", { param: "contents", retryAfterMs: 1500 });
  expect(encodeError(error, context).body).toMatchObject({
    error: {
      details: [
        { reason: "RATE_LIMITED" },
        { fieldViolations: [{ field: "contents" }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" },
        { requestId: "req-1" },
      ],
    },
  });
});

test.each([
  ["rate_limited", { unit: "tokens", per: "minute" }, "TokensPerMinute"],
  ["rate_limited", { unit: "requests", per: "day" }, "RequestsPerDay"],
  ["rate_limited", { unit: "concurrency" }, "ConcurrentRequests"],
  ["budget_exceeded", { unit: "dollars", per: "month" }, "BudgetPerMonth"],
] as const)("%s of %o is RESOURCE_EXHAUSTED with the quota %s", (code, limit, quotaId) => {
  const { status, body } = encodeError(new GatewayError(code, "No more.", { limit }), context);
  expect(status).toBe(429);
  expect(body).toMatchObject({
    error: {
      status: "RESOURCE_EXHAUSTED",
      details: [
        {},
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{ quotaId, description: "No more." }],
        },
        {},
      ],
    },
  });
});

test("overflow is told in Google's words where the figures are known", () => {
  const error = new GatewayError("context_overflow", "too long", { inputTokens: 9, contextLimit: 8 });
  const { body } = encodeError(error, context);
  expect(body["error"]).toMatchObject({
    message: "The input token count (9) exceeds the maximum number of tokens allowed (8).",
  });
  const again = decodeError({ status: 400, headers: {}, body: JSON.stringify(body) });
  expect(again).toMatchObject({ code: "context_overflow", detail: { inputTokens: 9, contextLimit: 8 } });
});

const failure = (status: number, error: unknown) => decodeError({ status, headers: {}, body: JSON.stringify(error) });
const rpc = (
  status: number,
  name: string,
  ...[message = "m", details = []]: readonly [string?, (readonly unknown[])?]
) => failure(status, { error: { code: status, message, status: name, details } });

test.each([
  [rpc(400, "INVALID_ARGUMENT"), "invalid_request"],
  [rpc(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), "upstream_auth"],
  [rpc(400, "INVALID_ARGUMENT", "m", [{ reason: "API_KEY_INVALID" }]), "upstream_auth"],
  [rpc(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "upstream_forbidden"],
  [rpc(403, "PERMISSION_DENIED"), "upstream_forbidden"],
  [rpc(404, "NOT_FOUND", "models/x is not found for API version v1beta"), "upstream_model_not_found"],
  [
    rpc(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8)."),
    "context_overflow",
  ],
  [rpc(400, "INVALID_ARGUMENT", "The prompt was blocked by safety settings"), "content_policy"],
  [rpc(429, "RESOURCE_EXHAUSTED"), "upstream_rate_limited"],
  [
    rpc(429, "RESOURCE_EXHAUSTED", "m", [{ violations: [{ quotaId: "RequestsPerDayPerProject-FreeTier" }] }]),
    "upstream_quota",
  ],
  [rpc(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "upstream_quota"],
  [rpc(500, "INTERNAL"), "upstream_error"],
  [rpc(503, "UNAVAILABLE"), "upstream_overloaded"],
  [rpc(504, "DEADLINE_EXCEEDED"), "upstream_timeout"],
  [failure(503, [{ error: { code: 503, message: "m", status: "UNAVAILABLE" } }]), "upstream_overloaded"],
  [decodeError({ status: 502, headers: {}, body: "<html>secret</html>" }), "upstream_error"],
  [decodeError({ status: 429, headers: { "retry-after": "2" }, body: "" }), "upstream_rate_limited"],
])("%s is %s", (error, code) => {
  expect(error.code).toBe(code);
  expect(error.message).not.toContain("secret");
});

test("the delay of RetryInfo, and long messages cut", () => {
  const delay = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.4s" }];
  const error = rpc(429, "RESOURCE_EXHAUSTED", "x".repeat(5000), delay);
  expect(error.detail).toMatchObject({ retryAfterMs: 34_400, upstreamStatus: 429, upstreamType: "RESOURCE_EXHAUSTED" });
  expect(error.message).toHaveLength(2000);
});
