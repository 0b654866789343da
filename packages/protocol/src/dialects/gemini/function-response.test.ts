import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import { decodeFunctionResponse, encodeFunctionResponse } from "./function-response.ts";

const encode = (response: JsonObject) => {
  const { text, isError, resultKey } = decodeFunctionResponse(response);
  const result = { type: "tool-result" as const, callId: "1", content: [{ type: "text" as const, text }] };
  return encodeFunctionResponse(isError === true ? { ...result, isError } : result, resultKey ?? "output");
};

test("text stands in its wrapper, an object is itself", () => {
  expect(decodeFunctionResponse({ output: "x" })).toEqual({ text: "x" });
  expect(decodeFunctionResponse({ error: "x" })).toEqual({ text: "x", isError: true });
  expect(decodeFunctionResponse({ output: { a: 1 } })).toEqual({ text: '{"output":{"a":1}}' });
  expect(decodeFunctionResponse(undefined)).toEqual({ text: "" });
});

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constant(null),
  fc.record({ error: fc.string() }),
  fc.array(fc.string()),
);

test("any response comes back as it was", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("output", "result", "error", "a"), value, { maxKeys: 3 }), (response) => {
      expect(encode(response)).toEqual(response);
    }),
  );
});

test("any text comes back as it was, but for the space in JSON", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.jsonValue().map((json) => JSON.stringify(json)),
      ),
      fc.boolean(),
      (text, isError) => {
        const content = [{ type: "text" as const, text }];
        const wire = encodeFunctionResponse(
          { type: "tool-result", callId: "1", content, ...(isError ? { isError } : {}) },
          "output",
        );
        const again = decodeFunctionResponse(wire);
        expect(again.isError ?? false).toBe(isError);
        if (!text.trim().startsWith("{")) expect(again.text).toBe(text);
      },
    ),
  );
});
