import type { JsonObject } from "../../ir/json.ts";
import type { OutputFormat } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { constrainedSchema } from "../shared/constrained-schema.ts";
import type { EncodeContext } from "./encode-context.ts";
import { takesSchemas } from "./model-family.ts";

export interface EncodedOutput {
  /** `outputConfig.textFormat`. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputFormat.html */
  readonly textFormat?: JsonObject;
  /** What the system prompt must say, where the model has no field for it. */
  readonly instruction?: string;
}

export function encodeOutput(output: OutputFormat | undefined, { losses, target }: EncodeContext): EncodedOutput {
  switch (output?.type) {
    case undefined:
    case "text":
      return {};
    case "json":
      losses.adapt("json-mode", "JSON mode was sent as an instruction.");
      return { instruction: "Answer with one valid JSON object and nothing else." };
    case "json-schema":
      break;
  }
  const place = target.quirks.structuredOutput ?? (takesSchemas(target) ? "output-config" : "instruct");
  const { name, description, schema } = output;
  if (place === "instruct") {
    losses.adapt("structured-output", "The JSON schema of the answer was sent as an instruction.");
    const about = description === undefined ? "" : ` It is described as: ${description}`;
    return {
      instruction: `Answer with one JSON value that conforms to this JSON Schema, and nothing else.${about}\n${JSON.stringify(schema)}`,
    };
  }
  // The schema is JSON within a string there.
  const jsonSchema = compact({ schema: JSON.stringify(constrainedSchema(schema, losses)), name, description });
  return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}
