import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { toSchemaSubset } from "../../json/schema-subset.ts";
import { reportOutputName } from "../shared/output-name.ts";
import { encodeModalities } from "./encode-modalities.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { unprefixed } from "./encode-tools.ts";
import { reasoningKind } from "./model-family.ts";
import { encodeThinking } from "./thinking.ts";
import { nonEmpty } from "./wire.ts";

export interface EncodedGeneration {
  readonly config?: JsonObject;
  /** What has to be asked in words, since the model does not take it as a field. */
  readonly instruction?: string;
}

const MAX_STOP_SEQUENCES = 5;

export function encodeGeneration(
  request: CanonicalRequest,
  extension: JsonObject,
  scope: EncodeScope,
): EncodedGeneration {
  const { sampling, output } = request;
  const { config, instruction } = encodeOutput(request, scope);
  const thinking = nonEmpty({
    ...encodeThinking(request.reasoning, scope.target, scope.losses),
    ...unprefixed("generationConfig.thinkingConfig.", extension),
  });
  const fields = compact({
    stopSequences: stopSequences(sampling.stopSequences, scope),
    ...(output === undefined ? {} : config),
    maxOutputTokens: maxOutputTokens(sampling.maxOutputTokens, scope),
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    seed: sampling.seed,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    thinkingConfig: thinking,
    ...encodeModalities(request, extension, scope),
  });
  return compact({ config: nonEmpty({ ...fields, ...unprefixed("generationConfig.", extension) }), instruction });
}

function stopSequences(
  sequences: readonly string[] | undefined,
  { losses }: EncodeScope,
): readonly string[] | undefined {
  if (sequences === undefined || sequences.length <= MAX_STOP_SEQUENCES) return sequences;
  losses.adapt("stop-sequences", `Gemini takes ${MAX_STOP_SEQUENCES} stop sequences; the others were left out.`);
  return sequences.slice(0, MAX_STOP_SEQUENCES);
}

/** Gemini rejects more than the model can write; Claude Code asks for 128,000 whatever the model. */
function maxOutputTokens(wanted: number | undefined, { target, losses }: EncodeScope): number | undefined {
  const limit = target.facts?.maxOutputTokens;
  if (wanted === undefined || limit === undefined || wanted <= limit) return wanted;
  losses.adapt("max-output-tokens", `${wanted} output tokens were brought down to the ${limit} of ${target.model}.`);
  return limit;
}

function encodeOutput(request: CanonicalRequest, scope: EncodeScope): { config: JsonObject; instruction?: string } {
  const { output } = request;
  if (output === undefined) return { config: {} };
  if (output.type === "text") return { config: { responseMimeType: "text/plain" } };
  reportOutputName(output, scope.losses);
  const kind = reasoningKind(scope.target);
  const combines = scope.target.quirks.toolsWithJsonOutput ?? (kind === "level" || kind === undefined);
  const hasTools = request.tools.some((tool) => tool.type === "function" || tool.webSearch !== undefined);
  if (hasTools && !combines) {
    scope.losses.adapt(
      "json-output-with-tools",
      `${scope.target.model} does not combine tools with JSON output; it was asked in words.`,
    );
    return { config: {}, instruction: inWords(output) };
  }
  return { config: { responseMimeType: "application/json", ...schemaField(output, scope) } };
}

function schemaField(output: OutputFormat, { target }: EncodeScope): JsonObject {
  if (output.type !== "json-schema") return {};
  const { schema, description } = output;
  const told = description === undefined || schema["description"] !== undefined ? schema : { description, ...schema };
  return target.quirks.jsonSchemaOutput === false
    ? { responseSchema: toSchemaSubset(told) }
    : { responseJsonSchema: told };
}

function inWords(output: OutputFormat): string {
  const ask = "When you give the final answer, write nothing but JSON";
  return output.type === "json-schema"
    ? `${ask} that matches this JSON Schema: ${JSON.stringify(output.schema)}`
    : `${ask}.`;
}
