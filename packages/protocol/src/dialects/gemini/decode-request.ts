import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat, Sampling } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { compact, otherFields, readNumber, readString, stringOf } from "../../json/read.ts";
import { fromSchemaSubset } from "../../json/schema-from-subset.ts";
import type { DecodeContext } from "../dialect.ts";
import { decodeContents } from "./decode-contents.ts";
import { type DecodedModalities, decodeModalities } from "./decode-modalities.ts";
import { decodeInstructions, decodeToolConfig, decodeTools, jsonSchemaOf, prefixed } from "./decode-tools.ts";
import { decodeThinking } from "./thinking.ts";
import { fieldsOf, listOf, nonEmpty, readMessage } from "./wire.ts";

const OWN_FIELDS = new Set([
  "model",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "serviceTier",
]);

/** The tiers that other vendors know under the same name. https://ai.google.dev/gemini-api/docs/optimization */
const SHARED_TIERS = new Set(["flex", "priority"]);

export function decodeRequest(body: JsonObject, context: DecodeContext): CanonicalRequest {
  const fields = fieldsOf(body);
  const model = context.model ?? readString(fields["model"], "model")?.replace(/^models\//, "");
  if (model === undefined) throw invalidRequest("The model is missing from the path.", "model");
  if (fields["contents"] === undefined) throw invalidRequest("'contents' is missing.", "contents");
  const generation = decodeGeneration(fields["generationConfig"]);
  const choice = decodeToolConfig(fields["toolConfig"]);
  const system = decodeInstructions(fields["systemInstruction"]);
  const tier = readString(fields["serviceTier"], "serviceTier");
  const shared = tier !== undefined && SHARED_TIERS.has(tier);
  const extension = nonEmpty({
    ...otherFields(fields, OWN_FIELDS),
    ...(tier === undefined || shared ? {} : { serviceTier: tier }),
    ...system.extension,
    ...choice.extension,
    ...generation.extension,
  });
  return {
    model,
    stream: context.stream ?? false,
    instructions: system.instructions,
    messages: decodeContents(fields["contents"]),
    tools: decodeTools(fields["tools"]),
    ...compact({ toolChoice: choice.toolChoice }),
    sampling: generation.sampling,
    ...compact({
      reasoning: generation.reasoning,
      output: generation.output,
      ...generation.modalities,
      serviceTier: shared ? tier : undefined,
      extensions: extension === undefined ? undefined : { gemini: extension },
    }),
  };
}

interface DecodedGeneration extends Pick<CanonicalRequest, "sampling" | "reasoning" | "output"> {
  readonly modalities: DecodedModalities["known"];
  readonly extension: JsonObject;
}

const PATH = "generationConfig";
const NUMBERS = [
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const;

/** https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
function decodeGeneration(value: JsonValue | undefined): DecodedGeneration {
  const config = readMessage(value, PATH) ?? {};
  const thinking = decodeThinking(config["thinkingConfig"]);
  const { output, used } = decodeOutput(config);
  const modalities = decodeModalities(config);
  const known = new Set<string>([...NUMBERS, "stopSequences", "thinkingConfig", ...used, ...modalities.used]);
  return {
    sampling: decodeSampling(config),
    ...compact({ reasoning: thinking.reasoning, output }),
    modalities: modalities.known,
    extension: {
      ...modalities.rest,
      ...prefixed(`${PATH}.thinkingConfig.`, thinking.rest),
      ...prefixed(`${PATH}.`, otherFields(config, known)),
    },
  };
}

function decodeSampling(config: JsonObject): Sampling {
  const numbers = NUMBERS.map((key) => [key, readNumber(config[key], `${PATH}.${key}`)] as const);
  const stop = config["stopSequences"];
  const stopSequences = listOf(stop).map((sequence, at) => readString(sequence, `${PATH}.stopSequences[${at}]`) ?? "");
  return {
    ...Object.fromEntries(numbers.filter(([, number]) => number !== undefined)),
    ...(stop === undefined ? {} : { stopSequences }),
  };
}

interface DecodedOutput {
  readonly output?: OutputFormat;
  readonly used: readonly string[];
}

const SCHEMA_FIELDS = ["responseJsonSchema", "_responseJsonSchema", "responseSchema"];

function decodeOutput(config: JsonObject): DecodedOutput {
  const type = stringOf(config["responseMimeType"]);
  if (type === "text/plain") return { output: { type: "text" }, used: ["responseMimeType"] };
  if (type !== "application/json") return { used: [] };
  const field = SCHEMA_FIELDS.find((key) => isObject(config[key]));
  const schema = field === undefined ? undefined : config[field];
  if (field === undefined || !isObject(schema)) return { output: { type: "json" }, used: ["responseMimeType"] };
  return {
    output: {
      type: "json-schema",
      schema: field === "responseSchema" ? fromSchemaSubset(schema) : jsonSchemaOf(schema),
    },
    used: ["responseMimeType", field],
  };
}
