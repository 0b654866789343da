import { expect, test } from "vitest";
import { bedrockConverse } from "./index.ts";

const decode = (status: number, type: string | undefined, message: string) =>
  bedrockConverse.decodeError({
    status,
    headers:
      type === undefined ? {} : { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
    body: JSON.stringify({ message }),
  });

test.each([
  [429, "ThrottlingException", "Too many requests, please wait before trying again.", "upstream_rate_limited"],
  [429, "ThrottlingException", "Too many tokens, please wait before trying again.", "upstream_rate_limited"],
  [429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", "upstream_quota"],
  [403, "ExpiredTokenException", "The security token included in the request is expired", "upstream_auth"],
  [403, "UnrecognizedClientException", "The security token included in the request is invalid.", "upstream_auth"],
  [403, "InvalidSignatureException", "The request signature we calculated does not match", "upstream_auth"],
  [403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.", "upstream_auth"],
  [
    403,
    "AccessDeniedException",
    "You don't have access to the model with the specified model ID.",
    "upstream_forbidden",
  ],
  [400, "ValidationException", "The provided model identifier is invalid.", "upstream_model_not_found"],
  [
    400,
    "ValidationException",
    "Invocation of model ID x with on-demand throughput isn’t supported.",
    "upstream_model_not_found",
  ],
  [400, "ValidationException", "Input is too long for requested model.", "context_overflow"],
  [
    400,
    "ValidationException",
    "The model returned the following errors: prompt is too long: 250000 tokens > 200000 maximum",
    "context_overflow",
  ],
  [400, "ValidationException", "A conversation must start with a user message.", "invalid_request"],
  [400, "ServiceQuotaExceededException", "Your request exceeds the service quota.", "upstream_quota"],
  [404, "ResourceNotFoundException", "Could not resolve the foundation model.", "upstream_model_not_found"],
  [408, "ModelTimeoutException", "Model timed out.", "upstream_timeout"],
  [424, "ModelErrorException", "The model failed.", "upstream_error"],
  [429, "ModelNotReadyException", "Model is getting ready.", "upstream_overloaded"],
  [500, "InternalServerException", "The system encountered an unexpected error.", "upstream_error"],
  [503, "ServiceUnavailableException", "Bedrock is unable to process your request.", "upstream_overloaded"],
  [503, undefined, "Service Unavailable", "upstream_overloaded"],
])("%i %s: %s", (...[status, type, message, code]) => {
  const error = decode(status, type, message);
  expect(error).toMatchObject({ code, message, detail: { upstreamStatus: status } });
  expect(error.detail.upstreamType).toBe(type);
});

test("the type may stand in the body, under a namespace", () => {
  const body = '{"__type":"com.amazon.coral.service#UnrecognizedClientException","Message":"No."}';
  expect(bedrockConverse.decodeError({ status: 400, headers: {}, body })).toMatchObject({
    code: "upstream_auth",
    message: "No.",
  });
});

test("markup is not shown to a client", () => {
  const error = bedrockConverse.decodeError({ status: 502, headers: {}, body: "<html>oops</html>" });
  expect(error.message).toBe("The upstream answered with status 502.");
});
