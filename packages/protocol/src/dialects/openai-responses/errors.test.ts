import { describe, expect, test } from "vitest";
import { ERROR_CODES, GatewayError } from "../../ir/errors.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf } from "../../json/read.ts";
import { failureOf } from "./errors.ts";
import { openaiResponses } from "./index.ts";

test.each(ERROR_CODES)("%s has OpenAI's shape", (code) => {
  const error = new GatewayError(code, "what happened", { param: "input" });
  const { status, body } = openaiResponses.encodeError(error, { requestId: "r" });
  expect(status).toBe(error.status);
  expect(body).toEqual({
    error: {
      message: "what happened",
      type: expect.any(String),
      param: "input",
      code: code === "invalid_request" ? null : expect.any(String),
      ...(code === "rate_limited" || code === "budget_exceeded" ? { status_code: 429, id: "r" } : {}),
    },
  });
});

test("the words of limits and budgets", () => {
  const words = (error: GatewayError) => openaiResponses.encodeError(error, { requestId: "r" }).body["error"];
  const tokens = new GatewayError("rate_limited", "Slow.", { limit: { unit: "tokens", per: "minute" } });
  expect(words(tokens)).toMatchObject({ type: "tokens", code: "rate_limit_exceeded" });
  const requests = new GatewayError("rate_limited", "Slow.", { limit: { unit: "requests", per: "minute" } });
  expect(words(requests)).toMatchObject({ type: "rate_limit_error", code: "rate_limit_exceeded" });
  const spent = new GatewayError("budget_exceeded", "Spent.");
  expect(words(spent)).toMatchObject({ type: "insufficient_quota", code: "insufficient_quota" });
});

test("the event that the SDKs throw on", () => {
  const message = openaiResponses.errorEvent(new GatewayError("invalid_request", "no"), {
    requestId: "r",
    sequence: 4,
  });
  expect(message.event).toBe("error");
  expect(parseJsonObject(message.data)).toEqual({
    type: "error",
    sequence_number: 4,
    code: "invalid_request_error",
    message: "no",
    param: null,
  });
});

test.each([
  ["context_overflow", "context_length_exceeded"],
  ["upstream_quota", "insufficient_quota"],
  ["unsupported_feature", "invalid_prompt"],
  ["upstream_rate_limited", "rate_limit_exceeded"],
  ["upstream_error", "server_error"],
  ["upstream_overloaded", "server_error"],
] as const)("%s tells Codex whether to try again: %s", (code, word) => {
  expect(failureOf(new GatewayError(code, "m"))).toEqual({ code: word, message: "m" });
});

describe("decodeError", () => {
  const decode = (status: number, body: string, headers = {}) => openaiResponses.decodeError({ status, headers, body });
  const json = (error: object | string) => JSON.stringify({ error });

  test.each([
    [400, { code: "context_length_exceeded", message: "too long" }, "context_overflow"],
    [
      400,
      { message: "This model's maximum context length is 8192 tokens.", type: "invalid_request_error" },
      "context_overflow",
    ],
    [429, { code: "insufficient_quota", message: "pay" }, "upstream_quota"],
    [429, { code: "rate_limit_exceeded", type: "tokens", message: "slow" }, "upstream_rate_limited"],
    [404, { code: "model_not_found", message: "no" }, "upstream_model_not_found"],
    [
      404,
      { code: null, type: "invalid_request_error", param: "input", message: "Item with id 'rs_1' not found." },
      "invalid_request",
    ],
    [400, { code: "previous_response_not_found", message: "no" }, "invalid_request"],
    [400, { code: "invalid_prompt", message: "flagged" }, "content_policy"],
    [400, { code: "content_filter", message: "filtered" }, "content_policy"],
    [400, { code: "bio_policy", message: "no" }, "content_policy"],
    [401, { code: "invalid_api_key", message: "key" }, "upstream_auth"],
    [400, { code: null, type: "invalid_request_error", message: "Unsupported parameter" }, "invalid_request"],
    [503, { code: "server_is_overloaded", message: "later" }, "upstream_overloaded"],
    [500, { type: "server_error", message: "oops" }, "upstream_error"],
    [400, "plain words", "invalid_request"],
  ])("%i %j is %s", (status, error, code) => {
    const decoded = decode(status, json(error));
    expect(decoded.code).toBe(code);
    expect(decoded.message).toBe(typeof error === "string" ? error : error.message);
  });

  test("pages, empty bodies and foreign shapes", () => {
    expect(decode(502, "<html>secret proxy</html>")).toMatchObject({
      code: "upstream_error",
      message: "The upstream answered with status 502.",
    });
    expect(decode(504, "")).toMatchObject({ code: "upstream_timeout" });
    expect(decode(422, '{"detail":"field required"}')).toMatchObject({
      code: "unprocessable",
      message: "field required",
    });
    expect(decode(500, "x".repeat(9000)).message).toHaveLength(2000);
  });

  test("how long to wait, and the upstream's own words", () => {
    const body = json({ code: "rate_limit_exceeded", message: "slow" });
    expect(decode(429, body, { "retry-after": "2" }).detail).toEqual({
      upstreamStatus: 429,
      upstreamWords: true,
      upstreamType: "rate_limit_exceeded",
      retryAfterMs: 2000,
    });
  });

  test("an error of ours is read back as one of the same kind", () => {
    for (const code of [
      "context_overflow",
      "upstream_quota",
      "upstream_rate_limited",
      "upstream_overloaded",
    ] as const) {
      const { status, body } = openaiResponses.encodeError(new GatewayError(code, "m"), { requestId: "r" });
      expect(objectOf(body["error"])).toBeDefined();
      expect(decode(status, JSON.stringify(body)).code).toBe(code);
    }
  });
});
