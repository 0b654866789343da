import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { CanonicalRequest, OutputFormat, Reasoning, Tool, ToolChoice } from "../../ir/request.ts";
import { compact, readArray, readBoolean, readNumber, readObject, readString, stringOf } from "../../json/read.ts";
import type { DecodeContext } from "../dialect.ts";
import { isImageTool } from "../shared/modalities.ts";
import { decodeInput } from "./decode-messages.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { ratioOfSize } from "./encode-modalities.ts";
import { DIALECT, ENCRYPTED_REASONING, leftovers } from "./wire.ts";

const KNOWN = new Set([
  "model",
  "stream",
  "instructions",
  "input",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "reasoning",
  "include",
  "text",
  "safety_identifier",
  "user",
  "prompt_cache_key",
  "service_tier",
  "metadata",
]);

export function decodeRequest(body: JsonObject, context: DecodeContext): CanonicalRequest {
  const model = readString(body["model"], "model") ?? context.model;
  if (model === undefined) throw invalidRequest("'model' is required.", "model");
  const instructions = readString(body["instructions"], "instructions");
  const input = decodeInput(body["input"]);
  const { reasoning, text, extension } = decodeNested(body);
  const safetyIdentifier = readString(body["safety_identifier"], "safety_identifier");
  const user = readString(body["user"], "user");
  const tools = decodeTools(body["tools"]);
  const toolChoice = decodeToolChoice(body["tool_choice"]);
  const fields = {
    ...leftovers(body, KNOWN),
    ...extension,
    ...(safetyIdentifier === undefined || user === undefined ? {} : { user }),
  };
  return compact({
    model,
    stream: readBoolean(body["stream"], "stream") ?? context.stream ?? false,
    instructions: [
      ...(instructions === undefined ? [] : [{ type: "text", text: instructions } as const]),
      ...input.instructions,
    ],
    messages: input.messages,
    tools,
    toolChoice,
    ...decodePicture(tools, toolChoice),
    parallelToolCalls: readBoolean(body["parallel_tool_calls"], "parallel_tool_calls"),
    sampling: compact({
      maxOutputTokens: readNumber(body["max_output_tokens"], "max_output_tokens"),
      temperature: readNumber(body["temperature"], "temperature"),
      topP: readNumber(body["top_p"], "top_p"),
    }),
    reasoning,
    output: text.output,
    verbosity: text.verbosity,
    endUser: safetyIdentifier ?? user,
    cacheKey: readString(body["prompt_cache_key"], "prompt_cache_key"),
    serviceTier: readString(body["service_tier"], "service_tier"),
    metadata: readObject(body["metadata"], "metadata"),
    extensions: Object.keys(fields).length === 0 ? undefined : { [DIALECT]: fields },
  });
}

/** Who makes the model use the tool that draws asks for a picture. Who only offers it does not. */
function decodePicture(
  tools: readonly Tool[],
  choice: ToolChoice | undefined,
): Pick<CanonicalRequest, "modalities" | "imageOutput"> {
  if (choice?.type !== "hosted" || !isImageTool(choice)) return {};
  const tool = tools.find((candidate) => candidate.type === "hosted" && isImageTool(candidate));
  const size = tool?.type === "hosted" ? stringOf(tool.definition["size"]) : undefined;
  const aspectRatio = ratioOfSize(size);
  return compact({
    modalities: ["text", "image"] as const,
    imageOutput: aspectRatio === undefined ? undefined : { aspectRatio },
  });
}

interface Nested {
  readonly reasoning: Reasoning | undefined;
  readonly text: DecodedText;
  /** What of `reasoning`, `text` and `include` the IR has no word for. */
  readonly extension: JsonObject;
}

function decodeNested(body: JsonObject): Nested {
  const include = readArray(body["include"], "include") ?? [];
  const reasoning = decodeReasoning(readObject(body["reasoning"], "reasoning") ?? {});
  const text = decodeText(readObject(body["text"], "text") ?? {});
  const encrypted = include.includes(ENCRYPTED_REASONING);
  const included = include.filter((entry) => entry !== ENCRYPTED_REASONING);
  const known = encrypted ? { ...reasoning.reasoning, encrypted } : reasoning.reasoning;
  return {
    reasoning: Object.keys(known).length === 0 ? undefined : known,
    text,
    extension: compact({
      include: included.length === 0 ? undefined : included,
      reasoning: reasoning.rest,
      text: text.rest,
    }),
  };
}

const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
const SUMMARIES = ["auto", "concise", "detailed", "none"] as const;

/** `effort: none` switches thinking off. `generate_summary` is the older name of `summary`. Words of the future are carried. */
function decodeReasoning(wire: JsonObject): { readonly reasoning: Reasoning; readonly rest: JsonObject | undefined } {
  const { effort, summary, generate_summary: older, ...rest } = wire;
  const knownEffort = EFFORTS.find((word) => word === effort);
  const knownSummary = SUMMARIES.find((word) => word === (summary ?? older));
  const off = effort === "none";
  return {
    reasoning: compact({ mode: off ? "off" : undefined, effort: knownEffort, summary: knownSummary }),
    rest: leftovers(
      compact({
        ...rest,
        effort: knownEffort === undefined && !off ? effort : undefined,
        summary: knownSummary === undefined ? (summary ?? older) : undefined,
      }),
      new Set(),
    ),
  };
}

interface DecodedText {
  readonly output: OutputFormat | undefined;
  readonly verbosity: CanonicalRequest["verbosity"];
  readonly rest: JsonObject | undefined;
}

const VERBOSITIES = ["low", "medium", "high"] as const;

function decodeText(wire: JsonObject): DecodedText {
  const { format, verbosity, ...rest } = wire;
  const output = decodeFormat(format);
  const known = VERBOSITIES.find((word) => word === verbosity);
  return {
    output,
    verbosity: known,
    rest: leftovers(
      compact({
        ...rest,
        format: output === undefined ? format : undefined,
        verbosity: known === undefined ? verbosity : undefined,
      }),
      new Set(),
    ),
  };
}

function decodeFormat(wire: JsonValue | undefined): OutputFormat | undefined {
  const format = readObject(wire, "text.format");
  switch (format?.["type"]) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json" };
    case "json_schema":
      return compact({
        type: "json-schema",
        schema: readObject(format["schema"], "text.format.schema") ?? {},
        name: readString(format["name"], "text.format.name"),
        description: readString(format["description"], "text.format.description"),
        strict: readBoolean(format["strict"], "text.format.strict"),
      });
    default:
      return undefined;
  }
}
