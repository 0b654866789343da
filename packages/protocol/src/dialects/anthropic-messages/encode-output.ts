import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat } from "../../ir/request.ts";
import { constrainedSchema } from "../shared/constrained-schema.ts";
import { reportOutputName } from "../shared/output-name.ts";
import type { EncodeContext } from "./encode-context.ts";

export interface EncodedOutput {
  /** `output_config.format`. */
  readonly format?: JsonObject;
  /** The earlier beta's top-level field. */
  readonly outputFormat?: JsonObject;
  /** What the system prompt must say, where the wire has no field for it. */
  readonly instruction?: string;
}

export function encodeOutput({ output }: CanonicalRequest, context: EncodeContext): EncodedOutput {
  const { losses, quirks } = context;
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
  if (quirks.structuredOutput === "instruct") {
    losses.adapt("structured-output", "The JSON schema of the answer was sent as an instruction.");
    return { instruction: schemaInstruction(output) };
  }
  const { description, schema } = output;
  reportOutputName(output, losses);
  const told = description === undefined || schema["description"] !== undefined ? schema : { description, ...schema };
  const format = { type: "json_schema", schema: constrainedSchema(told, losses) };
  return quirks.structuredOutput === "output-format" ? { outputFormat: format } : { format };
}

function schemaInstruction({ schema, description }: Extract<OutputFormat, { type: "json-schema" }>): string {
  const about = description === undefined ? "" : ` It is described as: ${description}`;
  return `Answer with one JSON value that conforms to this JSON Schema, and nothing else.${about}\n${JSON.stringify(schema)}`;
}
