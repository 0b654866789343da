import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest, OutputFormat, Reasoning, Sampling, Tool } from "../../ir/request.ts";
import { arrayOf, compact, objectOf } from "../../json/read.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { withoutBillingHeader } from "../shared/billing-header.ts";
import { extensionsFor, featureName } from "../shared/extensions.ts";
import { reportForeignParts } from "../shared/foreign-fields.ts";
import { withSpokenWords } from "../shared/modalities.ts";
import { UNNAMED_OUTPUT } from "../shared/output-name.ts";
import { effortOf, nearestEffort } from "../shared/reasoning.ts";
import { isOwnSearch, withReadableSearches } from "../shared/searches.ts";
import { openaiRequestTier } from "../shared/service-tier.ts";
import { OPENAI_NAMES, withWireToolNames } from "../shared/tool-names.ts";
import { type EncodeContext, encodeContext } from "./encode-context.ts";
import { encodeInput, splitInstructions } from "./encode-messages.ts";
import { encodeModalities } from "./encode-modalities.ts";
import { encodeToolChoice, encodeTools, isOwnTool } from "./encode-tools.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";
import { asksForState } from "./server-state.ts";
import { takesSearch } from "./web-search.ts";
import { DIALECT, ENCRYPTED_REASONING, SEARCH_SOURCES } from "./wire.ts";

type Target = EncodeTarget<OpenAiResponsesQuirks>;

/**
 * A request of this dialect that was decoded comes back with the same meaning and these differences: texts are lists of
 * content, every message says `type`, the first leading system text is `instructions` and the others are developer
 * messages, items lose their `status` and log probabilities, images say their `detail`, tools say `strict`, and the
 * request says `store`; empty lists and nulls are left out.
 */
export function encodeRequest(canonical: CanonicalRequest, target: Target): EncodedRequest {
  const losses = lossRecorder();
  const flat = target.quirks.namespaceTools === false;
  const named = withWireToolNames(canonical, { rule: OPENAI_NAMES, flat }, losses);
  const place = { dialect: DIALECT, provider: target.provider, model: target.model } as const;
  const said = withSpokenWords(withoutBillingHeader(named, losses), losses);
  const request = withReadableSearches(said, (part) => isOwnSearch(part, place), losses);
  reportForeignParts(request, DIALECT, losses);
  const context = encodeContext(request, target, losses);
  const { include, reasoning, text, store, ...extension } = extensionsFor(DIALECT, request, losses);
  const { instructions, rest } = splitInstructions(request.instructions);
  const image = encodeModalities(context);
  const tools = [...encodeTools(context), ...image.tools];
  const body: JsonObject = compact({
    model: target.model,
    stream: request.stream ? true : undefined,
    instructions,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: encodeToolChoice(context) ?? image.choice,
    parallel_tool_calls: request.parallelToolCalls,
    reasoning: merged(encodeReasoningOptions(context, target), reasoning),
    text: merged(encodeText(context), text),
    include: encodeInclude(context, { target, others: arrayOf(include) }),
    store: encodeStore(context, store),
    ...encodeSampling(context, target),
    ...encodeIdentity(context),
    ...extension,
    input: encodeInput(rest, context),
  });
  return { body, ...losses.report() };
}

function merged(known: JsonObject, rest: JsonObject[string]): JsonObject | undefined {
  const all = { ...known, ...objectOf(rest) };
  return Object.keys(all).length === 0 ? undefined : all;
}

const UNSAYABLE = [
  "topK",
  "stopSequences",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const satisfies readonly (keyof Sampling)[];

function encodeSampling(context: EncodeContext, { facts }: Target): JsonObject {
  const { request, quirks, losses } = context;
  const { sampling } = request;
  for (const field of UNSAYABLE) {
    if (sampling[field] !== undefined) losses.drop(featureName(field), `'${field}' has no equivalent in ${DIALECT}.`);
  }
  const reasons = facts?.reasoning !== undefined && facts.reasoning !== "none" && request.reasoning?.mode !== "off";
  const refused = reasons && quirks.reasoningSampling === false;
  for (const field of ["temperature", "topP"] as const) {
    if (refused && sampling[field] !== undefined) {
      losses.drop(featureName(field), `Models that reason take no '${field}' there.`);
    }
  }
  return compact({
    max_output_tokens: encodeMaxOutput(context),
    temperature: refused ? undefined : sampling.temperature,
    top_p: refused ? undefined : sampling.topP,
  });
}

/** Clients ask for a single token to test a key or a model; OpenAI refuses fewer than 16. */
function encodeMaxOutput({ request, quirks, losses }: EncodeContext): number | undefined {
  const wanted = request.sampling.maxOutputTokens;
  const least = quirks.minOutputTokens ?? 16;
  if (wanted === undefined || wanted >= least) return wanted;
  losses.adapt(
    "max-output-tokens",
    `The limit of ${wanted} output tokens was raised to the least that is taken, ${least}.`,
  );
  return least;
}

function encodeIdentity({ request, quirks, losses }: EncodeContext): JsonObject {
  return compact({
    service_tier: openaiRequestTier(request.serviceTier, losses),
    metadata: request.metadata,
    [quirks.endUserField ?? "safety_identifier"]: request.endUser,
    prompt_cache_key: request.cacheKey,
  });
}

/** State is kept only for clients that ask for it; OpenAI's own default is to keep every answer for 30 days. */
function encodeStore({ request, quirks }: EncodeContext, asked: JsonObject[string]): boolean | undefined {
  if (typeof asked === "boolean") return asked;
  const standard = quirks.storeDefault ?? false;
  return standard === "omit" || asksForState(request) ? undefined : standard;
}

/**
 * Encrypted reasoning is also asked for on behalf of clients of other dialects, whose next turn could not be replayed
 * without it; but only of models known to reason, since the others refuse the request.
 */
function encodeInclude(
  context: EncodeContext,
  { target, others }: { readonly target: Target; readonly others: readonly JsonObject[string][] },
): JsonObject[string] {
  const { request, quirks, losses } = context;
  const { reasoning, extensions } = request;
  const facts = target.facts?.reasoning;
  const foreign = extensions?.[DIALECT] === undefined && reasoning?.mode !== "off";
  const wanted = reasoning?.encrypted ?? (foreign && facts !== undefined);
  const possible = quirks.encryptedReasoning !== false && facts !== "none";
  if (reasoning?.encrypted === true && !possible) {
    losses.drop("encrypted-reasoning", "The model gives no encrypted reasoning.");
  }
  const include = [
    ...others,
    ...(wanted && possible ? [ENCRYPTED_REASONING] : []),
    ...(asksForSources(context) ? [SEARCH_SOURCES] : []),
  ].filter((entry) => entry !== undefined);
  return include.length === 0 ? undefined : include;
}

/** Clients of other dialects are shown what a search found, which OpenAI tells on request only. */
function asksForSources({ request, quirks, facts }: EncodeContext): boolean {
  const isForeign = (tool: Tool) => tool.type === "hosted" && tool.webSearch !== undefined && !isOwnTool(tool);
  return quirks.hostedTools === undefined && takesSearch({ quirks, facts }) && request.tools.some(isForeign);
}

function encodeReasoningOptions(context: EncodeContext, { facts }: Target): JsonObject {
  const { reasoning } = context.request;
  if (reasoning === undefined) return {};
  if (facts?.reasoning === "none") {
    const asked = reasoning.mode !== "off" && (reasoning.mode !== undefined || effortOf(reasoning) !== undefined);
    if (asked) context.losses.drop("reasoning", "The model does not reason.");
    return {};
  }
  return compact({ effort: encodeEffort(reasoning, context), summary: encodeSummary(reasoning, context) });
}

function encodeEffort(reasoning: Reasoning, { quirks, losses }: EncodeContext): string | undefined {
  const taken = quirks.reasoningEfforts;
  const efforts = taken?.filter((effort) => effort !== "none");
  if (reasoning.mode === "off") {
    if (taken === undefined || taken.includes("none")) return "none";
    losses.adapt("reasoning-off", "The model always reasons; the least effort was asked for.");
    return nearestEffort("minimal", efforts ?? []);
  }
  const effort = effortOf(reasoning);
  if (effort === undefined) return undefined;
  if (reasoning.budgetTokens !== undefined) {
    losses.adapt("reasoning-budget", `A budget of ${reasoning.budgetTokens} tokens was sent as effort '${effort}'.`);
  }
  if (efforts === undefined || efforts.includes(effort)) return effort;
  if (efforts.length === 0) {
    losses.drop("reasoning-effort", "The model's effort cannot be chosen.");
    return undefined;
  }
  const nearest = nearestEffort(effort, efforts);
  losses.adapt("reasoning-effort", `Effort '${effort}' was sent as '${nearest}'.`);
  return nearest;
}

function encodeSummary({ summary }: Reasoning, { quirks, losses }: EncodeContext): string | undefined {
  if (summary === undefined || summary === "none") return undefined;
  if (quirks.reasoningSummary !== false) return summary;
  losses.drop("reasoning-summary", "The endpoint gives no summary of the reasoning.");
  return undefined;
}

function encodeText({ request, quirks, losses }: EncodeContext): JsonObject {
  const { verbosity, output } = request;
  const refused = verbosity !== undefined && quirks.textVerbosity === false;
  if (refused) losses.drop("verbosity", "The endpoint takes no verbosity.");
  return compact({
    format: output === undefined ? undefined : encodeFormat(output),
    verbosity: refused ? undefined : verbosity,
  });
}

/** The name is required here. */
export function encodeFormat(output: OutputFormat): JsonObject {
  switch (output.type) {
    case "text":
      return { type: "text" };
    case "json":
      return { type: "json_object" };
    case "json-schema": {
      const { name = UNNAMED_OUTPUT, description, strict, schema } = output;
      return compact({ type: "json_schema", name, description, strict, schema });
    }
  }
}
