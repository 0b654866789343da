import { expect, test } from "vitest";
import { withoutPrefix } from "./prefixes.ts";

test.each([
  ["/v1/models", "/v1/models"],
  ["/api/v1/models?limit=1", "/v1/models?limit=1"],
  ["/openai/v1/responses", "/v1/responses"],
  ["/anthropic/v1/messages", "/v1/messages"],
  ["/genai/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"],
  ["/api", "/"],
  ["/api?x=1", "/?x=1"],
  ["/api/api/v1/models", "/api/v1/models"],
  ["/apis/v1/models", "/apis/v1/models"],
  ["/v1/api/models", "/v1/api/models"],
  ["/API/v1/models", "/API/v1/models"],
  ["http://other.example/api/v1/models", "http://other.example/api/v1/models"],
  ["*", "*"],
  ["", ""],
])("%s is the route %s", (target, route) => {
  expect(withoutPrefix(target)).toBe(route);
});
