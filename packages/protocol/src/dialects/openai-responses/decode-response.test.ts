import { expect, test } from "vitest";
import { openaiResponses } from "./index.ts";

const origin = { dialect: "openai-responses", provider: "openai" } as const;
const decode = (body: Parameters<typeof openaiResponses.decodeResponse>[0]) =>
  openaiResponses.decodeResponse(body, origin);

test("an answer's items become its parts", () => {
  const response = decode({
    id: "resp_1",
    object: "response",
    created_at: 3,
    model: "gpt-1",
    status: "completed",
    error: null,
    incomplete_details: null,
    tools: [],
    output: [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "E" },
      {
        type: "function_call",
        id: "fc_1",
        call_id: "c",
        name: "f",
        namespace: "n",
        arguments: '{"a": 1}',
        status: "completed",
      },
    ],
  });
  expect(response).toEqual({
    id: "resp_1",
    model: "gpt-1",
    createdAt: 3,
    parts: [
      { type: "reasoning", form: "redacted", text: "", id: "rs_1", opaque: { origin, data: "E", id: "rs_1" } },
      { type: "tool-call", id: "c", name: "f", namespace: "n", arguments: '{"a": 1}', itemId: "fc_1" },
    ],
    finishReason: { unified: "tool-calls", raw: "completed" },
  });
});

test.each([
  ["refusal", { status: "completed", output: [{ type: "message", content: [{ type: "refusal", refusal: "no" }] }] }],
  ["content-filter", { status: "incomplete", incomplete_details: { reason: "content_filter" }, output: [] }],
  ["length", { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [] }],
  ["other", { status: "incomplete", incomplete_details: { reason: "steered" }, output: [] }],
  ["other", { status: "queued", output: [] }],
  ["stop", { output: [] }],
])("finish reason %s", (unified, body) => {
  expect(decode(body).finishReason.unified).toBe(unified);
});

test("a failure with status 200 is thrown, and what is no response is refused", () => {
  const error = { code: "server_error", message: "broken" };
  expect(() => decode({ status: "failed", error, output: [] })).toThrow(
    expect.objectContaining({ code: "upstream_error", message: "broken" }),
  );
  expect(() => decode({ object: "chat.completion", choices: [] })).toThrow(
    expect.objectContaining({ code: "upstream_invalid_response" }),
  );
  expect(() => decode("hello")).toThrow(expect.objectContaining({ code: "upstream_invalid_response" }));
});
