import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { arrayOf, compact } from "../../json/read.ts";
import type { EncodedRequest, EncodeTarget } from "../dialect.ts";
import { withoutBillingHeader } from "../shared/billing-header.ts";
import { extensionsFor } from "../shared/extensions.ts";
import { reportForeignParts } from "../shared/foreign-fields.ts";
import { withoutImageTool, withSpokenWords } from "../shared/modalities.ts";
import { withReadableSearches } from "../shared/searches.ts";
import { GEMINI_NAMES, withWireToolNames } from "../shared/tool-names.ts";
import { encodeContents } from "./encode-contents.ts";
import { encodeGeneration } from "./encode-generation.ts";
import { encodePart } from "./encode-parts.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { encodeToolConfig, encodeTools } from "./encode-tools.ts";
import type { GeminiQuirks } from "./quirks.ts";

export function encodeRequest(canonical: CanonicalRequest, target: EncodeTarget<GeminiQuirks>): EncodedRequest {
  const losses = lossRecorder();
  const readable = withReadableSearches(withoutBillingHeader(canonical, losses), () => false, losses);
  const said = withSpokenWords(withoutImageTool(readable, losses), losses);
  const request = withWireToolNames(said, { rule: GEMINI_NAMES }, losses);
  const place = { dialect: "gemini", provider: target.provider, model: target.model } as const;
  const scope: EncodeScope = { target, place, losses };
  const extension = extensionsFor("gemini", request, losses);
  reportForeignParts(request, "gemini", losses);
  reportUnsaid(request, scope);
  const generation = encodeGeneration(request, extension, scope);
  const system = [
    ...request.instructions.flatMap((part) => encodePart(part, scope)),
    ...(generation.instruction === undefined ? [] : [{ text: generation.instruction }]),
    ...arrayOf(extension["systemInstruction.parts"]),
  ];
  const contents = encodeContents(request.messages, scope);
  const alone = contents.length === 0 && system.length > 0;
  if (alone) losses.adapt("system-only", "Gemini needs a user's content; the instructions were sent as one.");
  const body: JsonObject = compact({
    systemInstruction: system.length === 0 || alone ? undefined : { parts: system },
    tools: encodeTools(request, scope),
    toolConfig: encodeToolConfig(request, extension, scope),
    ...topLevel(extension),
    ...serviceTier(request, scope),
    generationConfig: generation.config,
    contents: alone ? [{ role: "user", parts: system }] : contents,
  });
  return { body, ...losses.report() };
}

const topLevel = (extension: JsonObject): Record<string, JsonValue | undefined> =>
  Object.fromEntries(Object.entries(extension).filter(([key]) => !key.includes(".")));

/** `auto` and the standard tier, under each vendor's name, are what Gemini does anyway. https://ai.google.dev/gemini-api/docs/optimization */
function serviceTier({ serviceTier: tier }: CanonicalRequest, { losses }: EncodeScope): JsonObject {
  if (tier === undefined || STANDARD_TIERS.has(tier)) return {};
  if (tier === "standard_only") {
    losses.adapt("service-tier", "Anthropic's 'standard_only' is what Gemini does unless told otherwise.");
    return {};
  }
  if (tier === "flex" || tier === "priority") return { serviceTier: tier };
  losses.drop("service-tier", `Gemini has no service tier '${tier}'.`);
  return {};
}

const STANDARD_TIERS = new Set(["auto", "default", "standard"]);

function reportUnsaid(request: CanonicalRequest, { losses }: EncodeScope): void {
  if (request.parallelToolCalls === false) {
    losses.drop("parallel-tool-calls", "Gemini cannot be told to call one function at a time.");
  }
  if (request.verbosity !== undefined) losses.drop("verbosity", "Gemini has no verbosity.");
  if (request.endUser !== undefined) losses.drop("end-user", "Gemini takes no id of the end user.");
  if (request.cacheKey !== undefined) losses.drop("prompt-cache-key", "Gemini routes to its cache by itself.");
  if (request.metadata !== undefined) losses.drop("metadata", "Gemini takes no metadata.");
}
