import type { JsonObject } from "../../ir/json.ts";
import { type LossRecorder, lossRecorder } from "../../ir/loss.ts";
import type { CacheBreakpoint } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { compact, objectOf, objectsOf } from "../../json/read.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { withoutBillingHeader } from "../shared/billing-header.ts";
import { extensionsFor } from "../shared/extensions.ts";
import { reportForeignParts } from "../shared/foreign-fields.ts";
import { onlyText, withSpokenWords } from "../shared/modalities.ts";
import { withReadableSearches } from "../shared/searches.ts";
import { OPENAI_NAMES, withWireToolNames } from "../shared/tool-names.ts";
import { type EncodeContext, encodeContext } from "./encode-context.ts";
import { calledTools, encodeMessages } from "./encode-messages.ts";
import { CLAUDE_FIELDS, encodeModelFields, type ModelFields } from "./encode-model-fields.ts";
import { encodeOutput } from "./encode-output.ts";
import { encodeText } from "./encode-parts.ts";
import { encodeTools, objectSchema } from "./encode-tools.ts";
import { familyOf } from "./model-family.ts";
import type { BedrockConverseQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

/** The model and whether to stream stand in the path. */
export function encodeRequest(given: CanonicalRequest, target: EncodeTarget<BedrockConverseQuirks>): EncodedRequest {
  const losses = lossRecorder();
  const readable = withReadableSearches(withoutBillingHeader(given, losses), () => false, losses);
  const billed = withSpokenWords(withMessages(readable, losses), losses);
  const automatic = automaticCache(billed);
  // The API's names of tools are those of OpenAI's. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
  const request = withWireToolNames(billed, { rule: OPENAI_NAMES }, losses);
  const context = encodeContext(target, losses, automatic !== undefined);
  const own = ownFields(request, context);
  // Tools, system, messages: the order of the prompt, in which cache breakpoints are handed out.
  const tools = encodeTools(request, context);
  const output = encodeOutput(request.output, context);
  const system = encodeSystem(request, output.instruction, context);
  const messages = withLastPoint(encodeMessages(request.messages, context), automatic, context);
  const fields = encodeModelFields(request, { messages, tools }, context);
  reportForeignParts(request, DIALECT, losses);
  reportUnsayable(request, losses);
  const body: JsonObject = compact({
    ...own,
    messages,
    system: system.length === 0 ? undefined : system,
    inferenceConfig: merged(fields.inferenceConfig, own["inferenceConfig"]),
    toolConfig: toolConfig({ tools: tools.tools, fields, messages }, context),
    additionalModelRequestFields: merged(fields.additionalModelRequestFields, own["additionalModelRequestFields"]),
    additionalModelResponseFieldPaths:
      own["additionalModelResponseFieldPaths"] ?? fields.additionalModelResponseFieldPaths,
    outputConfig: merged(
      output.textFormat === undefined && fields.effort === undefined
        ? undefined
        : compact({ textFormat: output.textFormat, effort: fields.effort }),
      own["outputConfig"],
    ),
    requestMetadata: requestMetadata(request, losses),
    serviceTier: serviceTier(request, losses) ?? own["serviceTier"],
  });
  return { body, ...losses.report() };
}

/** At least one message is required: a prompt of instructions only becomes the user's. */
function withMessages(request: CanonicalRequest, losses: LossRecorder): CanonicalRequest {
  if (request.messages.length > 0 || request.instructions.length === 0) return request;
  losses.adapt("instructions-only", "Instructions without any message were sent as a user message.");
  return { ...request, instructions: [], messages: [{ role: "user", content: request.instructions }] };
}

/** The Messages API's top-level `cache_control`: the end of the prompt is to be cached. */
function automaticCache(request: CanonicalRequest): CacheBreakpoint | undefined {
  const control = objectOf(request.extensions?.["anthropic-messages"]?.["cache_control"]);
  if (control === undefined) return undefined;
  const { ttl } = control;
  return ttl === "1h" || ttl === "5m" ? { ttl } : {};
}

function withLastPoint(
  messages: readonly JsonObject[],
  automatic: CacheBreakpoint | undefined,
  { points, losses }: EncodeContext,
): readonly JsonObject[] {
  const last = messages.at(-1);
  const content = objectsOf(last?.["content"]);
  if (automatic === undefined || last === undefined || content.at(-1)?.["cachePoint"] !== undefined) return messages;
  const point = points.last(automatic);
  if (point.length > 0) losses.adapt("cache-control", "The automatic cache breakpoint was put behind the last block.");
  return [...messages.slice(0, -1), { ...last, content: [...content, ...point] }];
}

function encodeSystem(request: CanonicalRequest, instruction: string | undefined, context: EncodeContext) {
  const blocks = request.instructions.flatMap((part) => encodeText(part, context));
  return instruction === undefined ? blocks : [...blocks, { text: instruction }];
}

/** The top-level fields that only this dialect can say (`guardrailConfig`, `performanceConfig`, `promptVariables`). */
function ownFields(request: CanonicalRequest, { losses, target }: EncodeContext): JsonObject {
  const messages = request.extensions?.["anthropic-messages"];
  if (messages === undefined) return extensionsFor(DIALECT, request, losses);
  const said = familyOf(target) === "claude" ? CLAUDE_FIELDS : new Set<string>();
  const unsaid = Object.entries(messages).filter(([field]) => field !== "cache_control" && !said.has(field));
  const extensions = { ...request.extensions, "anthropic-messages": Object.fromEntries(unsaid) };
  return extensionsFor(DIALECT, { ...request, extensions }, losses);
}

interface ToolParts {
  readonly tools: readonly JsonObject[];
  readonly fields: ModelFields;
  readonly messages: readonly JsonObject[];
}

/** "The toolConfig field must be defined when using toolUse and toolResult content blocks." */
function toolConfig({ tools, fields, messages }: ToolParts, { losses }: EncodeContext): JsonObject | undefined {
  if (tools.length > 0) return compact({ tools, toolChoice: fields.toolChoice });
  const called = calledTools(messages);
  if (called.length === 0) return undefined;
  losses.adapt(
    "tools",
    "The tools that the conversation has called were declared, since its calls cannot stand alone.",
  );
  return { tools: called.map((name) => ({ toolSpec: { name, inputSchema: { json: objectSchema(undefined) } } })) };
}

function merged(one: JsonObject | undefined, other: JsonObject[string]): JsonObject | undefined {
  const more = objectOf(other);
  return one === undefined ? more : { ...one, ...more };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
function serviceTier({ serviceTier: tier }: CanonicalRequest, losses: LossRecorder): JsonObject | undefined {
  switch (tier) {
    case undefined:
    case "auto":
      return undefined;
    case "default":
    case "flex":
    case "priority":
    case "reserved":
      return { type: tier };
    case "standard_only":
      losses.adapt("service-tier", "Service tier 'standard_only' was sent as 'default'.");
      return { type: "default" };
    default:
      losses.drop("service-tier", `Service tier '${tier}' has no equivalent.`);
      return undefined;
  }
}

/** At most 16 pairs of short plain text, for the account's invocation logs. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const METADATA_TEXT = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}$/;

function requestMetadata({ metadata }: CanonicalRequest, losses: LossRecorder): JsonObject | undefined {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return undefined;
  const fits = ([key, value]: readonly [string, JsonObject[string]]) =>
    key !== "" && METADATA_TEXT.test(key) && typeof value === "string" && METADATA_TEXT.test(value);
  if (entries.length <= 16 && entries.every(fits)) return Object.fromEntries(entries);
  losses.drop("metadata", "Metadata of other than a few short plain texts cannot be sent.");
  return undefined;
}

function reportUnsayable(request: CanonicalRequest, losses: LossRecorder): void {
  onlyText(request, losses);
  if (request.verbosity !== undefined) losses.drop("verbosity", "The Converse API has no verbosity.");
  if (request.cacheKey !== undefined) losses.drop("prompt-cache-key", "The Converse API has no prompt cache key.");
  if (request.endUser !== undefined)
    losses.drop("end-user", "The Converse API is not told of the person behind a request.");
}
