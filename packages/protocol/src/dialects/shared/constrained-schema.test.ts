import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import { constrainedSchema } from "./constrained-schema.ts";

function constrained(schema: JsonObject) {
  const losses = lossRecorder();
  return { schema: constrainedSchema(schema, losses), adapted: losses.report().adapted };
}

test("what is taken stays as it is, and is not reported", () => {
  const schema = {
    type: "object",
    properties: {
      at: { type: "string", format: "date-time" },
      tags: { type: "array", items: { type: "string", pattern: "^[a-z]+$" }, minItems: 1 },
      either: { anyOf: [{ type: "null" }, { $ref: "#/$defs/n" }] },
      minimum: { type: "string", enum: ["a"] },
    },
    required: ["at"],
    additionalProperties: false,
    $defs: { n: { type: "number", default: 1 } },
  };
  expect(constrained(schema)).toEqual({ schema, adapted: [] });
});

test("constraints that are rejected are told in the description", () => {
  const { schema, adapted } = constrained({
    type: "object",
    properties: {
      n: { type: "integer", description: "A count.", minimum: 1, maximum: 9 },
      s: { type: "string", maxLength: 5, format: "phone", pattern: "(?=x)x" },
      l: { type: "array", items: { type: "number", multipleOf: 2 }, minItems: 3 },
    },
    additionalProperties: { type: "string" },
  });
  expect(schema).toEqual({
    type: "object",
    properties: {
      n: { type: "integer", description: "A count.\nminimum: 1. maximum: 9." },
      s: { type: "string", description: 'maxLength: 5. format: "phone". pattern: "(?=x)x".' },
      l: {
        type: "array",
        items: { type: "number", description: "multipleOf: 2." },
        description: "minItems: 3.",
      },
    },
    description: 'additionalProperties: {"type":"string"}.',
    additionalProperties: false,
  });
  expect(adapted).toEqual([
    { feature: "structured-output", detail: expect.stringContaining("minimum, maximum, maxLength, format, pattern") },
  ]);
});

test("alternatives have one word, and open objects are closed", () => {
  const { schema, adapted } = constrained({ oneOf: [{ type: "object", additionalProperties: true }] });
  expect(schema).toEqual({ anyOf: [{ type: "object", additionalProperties: false }] });
  expect(adapted).toMatchObject([{ feature: "structured-output" }]);
});
