import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { type LossRecorder, lossRecorder } from "../../ir/loss.ts";
import type { SearchPart } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { arrayOf, compact, objectOf, stringOf } from "../../json/read.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { withoutBillingHeader } from "../shared/billing-header.ts";
import { extensionsFor, featureName } from "../shared/extensions.ts";
import { reportForeignParts } from "../shared/foreign-fields.ts";
import { onlyText, withSpokenWords } from "../shared/modalities.ts";
import { isOwnSearch, withReadableSearches } from "../shared/searches.ts";
import { ANTHROPIC_NAMES, withWireToolNames } from "../shared/tool-names.ts";
import { betasOf, placeBetas } from "./betas.ts";
import { automaticCache } from "./cache-breakpoints.ts";
import { type EncodeContext, encodeContext } from "./encode-context.ts";
import { encodeMessages } from "./encode-messages.ts";
import { encodeOutput } from "./encode-output.ts";
import { contentOf, encodeParts } from "./encode-parts.ts";
import { encodeReasoning } from "./encode-reasoning.ts";
import { encodeSampling, maxTokensOf } from "./encode-sampling.ts";
import { encodeTools, forcesCall } from "./encode-tools.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

export function encodeRequest(given: CanonicalRequest, target: EncodeTarget<AnthropicMessagesQuirks>): EncodedRequest {
  const losses = lossRecorder();
  const billed = target.quirks.billingHeader === "drop" ? withoutBillingHeader(given, losses) : given;
  const { provider, model, quirks } = target;
  const isOwn = (part: SearchPart) =>
    quirks.serverTools !== "drop" && isOwnSearch(part, { dialect: DIALECT, provider, model });
  const readable = withReadableSearches(withMessages(billed, losses), isOwn, losses);
  const said = withSpokenWords(readable, losses);
  const request = withWireToolNames(said, { rule: ANTHROPIC_NAMES }, losses);
  const context = encodeContext(request, target, losses);
  const fields = ownFields(request, context);
  // Tools, system, messages: the order of the prompt, in which cache breakpoints are handed out.
  const { tools, tool_choice } = encodeTools(request, context);
  const output = encodeOutput(request, context);
  const system = encodeSystem(request, output.instruction, context);
  const automatic = automaticCache(fields.cacheControl, encodeMessages(request.messages, context), [
    target.quirks,
    losses,
  ]);
  const { messages } = automatic;
  const maxTokens = maxTokensOf(request, context);
  const around = { forced: forcesCall(tool_choice), messages, maxTokens };
  const { thinking, effort } = encodeReasoning(request, around, context);
  const thinks = thinking !== undefined && thinking["type"] !== "disabled";
  reportForeignParts(request, DIALECT, losses);
  reportUnsayable(request, losses);

  const body: JsonObject = compact({
    model: target.model,
    max_tokens: maxTokens,
    ...(automatic.control === undefined ? {} : { cache_control: automatic.control }),
    ...fields.rest,
    metadata: nonEmpty({ ...fields.metadata, user_id: request.endUser }),
    output_config: nonEmpty({ ...fields.outputConfig, effort, format: output.format }),
    output_format: output.outputFormat ?? fields.outputFormat,
    service_tier: serviceTier(request, losses) ?? fields.serviceTier,
    ...encodeSampling(request, thinks, context),
    stream: request.stream ? true : undefined,
    system,
    thinking,
    tool_choice,
    tools,
    messages,
  });
  const placed = placeBetas(betasOf(body), target.quirks);
  return compact({ body: withBetas(body, placed.anthropic_beta), headers: placed.headers, ...losses.report() });
}

/** Bedrock's list of betas beside those that the client's body already names. */
function withBetas(body: JsonObject, betas: readonly JsonValue[] | undefined): JsonObject {
  if (betas === undefined) return body;
  const { anthropic_beta: named, ...rest } = body;
  return { anthropic_beta: [...new Set([...arrayOf(named), ...betas])], ...rest };
}

/** At least one message is required: a prompt of instructions only becomes the user's. */
function withMessages(request: CanonicalRequest, losses: LossRecorder): CanonicalRequest {
  if (request.messages.length > 0 || request.instructions.length === 0) return request;
  losses.adapt("instructions-only", "Instructions without any message were sent as a user message.");
  return { ...request, instructions: [], messages: [{ role: "user", content: request.instructions }] };
}

function encodeSystem(request: CanonicalRequest, instruction: string | undefined, context: EncodeContext) {
  const blocks = encodeParts(request.instructions, context);
  const all = instruction === undefined ? blocks : [...blocks, { type: "text", text: instruction }];
  return all.length === 0 ? undefined : contentOf(all);
}

interface OwnFields {
  readonly cacheControl?: JsonObject;
  readonly metadata?: JsonObject;
  readonly outputConfig?: JsonObject;
  readonly outputFormat?: JsonObject;
  readonly serviceTier?: string;
  readonly rest: JsonObject;
}

/** The top-level fields that only this dialect can say; those that the IR shares go where the rest of them is said. */
function ownFields(request: CanonicalRequest, { losses, quirks }: EncodeContext): OwnFields {
  const { cache_control, thinking: _, ...fields } = extensionsFor(DIALECT, request, losses);
  const cacheControl = objectOf(cache_control);
  if (quirks.extraFields === "drop") {
    dropAll(fields, losses);
    return compact({ cacheControl, rest: {} });
  }
  const { metadata, output_config, output_format, service_tier, ...rest } = fields;
  return compact({
    cacheControl,
    metadata: objectOf(metadata),
    outputConfig: objectOf(output_config),
    outputFormat: objectOf(output_format),
    serviceTier: stringOf(service_tier),
    rest,
  });
}

function dropAll(fields: JsonObject, losses: LossRecorder): void {
  for (const field of Object.keys(fields)) {
    losses.drop(featureName(field), `'${field}' is not taken by this endpoint.`);
  }
}

function nonEmpty(fields: JsonObject): JsonObject | undefined {
  const kept = compact(fields);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** https://platform.claude.com/docs/en/api/service-tiers. `auto` is priority capacity where there is some. */
function serviceTier({ serviceTier: tier }: CanonicalRequest, losses: LossRecorder): string | undefined {
  switch (tier) {
    case undefined:
    case "auto":
    case "standard_only":
      return tier;
    case "priority":
      losses.adapt("service-tier", "Service tier 'priority' was sent as 'auto'.");
      return "auto";
    case "default":
      losses.adapt("service-tier", "Service tier 'default' was sent as 'standard_only'.");
      return "standard_only";
    default:
      losses.drop("service-tier", `Service tier '${tier}' has no equivalent.`);
      return undefined;
  }
}

function reportUnsayable(request: CanonicalRequest, losses: LossRecorder): void {
  onlyText(request, losses);
  if (request.verbosity !== undefined) losses.drop("verbosity", "The Messages API has no verbosity.");
  if (request.cacheKey !== undefined) losses.drop("prompt-cache-key", "The Messages API has no prompt cache key.");
  if (request.metadata !== undefined) losses.drop("metadata", "The Messages API has no metadata but the user's id.");
}
