import {
  type CanonicalRequest,
  compact,
  type JsonObject,
  type LossReport,
  type Message,
  type Part,
  type Reasoning,
  type TextPart,
  type ToolResultPart,
} from "@signalbox/protocol";
import type { MessageTemplate, ReasoningSettings, RouterDefaults, TextGeneration, Variant } from "../config/router.ts";
import type { RoutingPreferences } from "./preferences.ts";
import type { RequestOverrides } from "./target.ts";
import { renderTemplate } from "./templates.ts";

export interface Overridden extends LossReport {
  readonly request: CanonicalRequest;
}

/**
 * What a variant and the request's own routing fields lay over the request; undefined when that is nothing, so that its bytes
 * may pass as they are. A variant's fields stand over those of the router's defaults, and its templates replace theirs.
 */
export function mergeOverrides(
  defaults: RouterDefaults | undefined,
  variant: Variant | undefined,
  preferences: RoutingPreferences,
): RequestOverrides | undefined {
  const templates = variant?.templates ?? defaults?.templates ?? [];
  const { reasoning, promptVariables } = preferences;
  const { webSearch, webSearchOptions } = searchOf(variant, preferences);
  const given = defaults?.generation ?? variant?.generation ?? reasoning ?? webSearch ?? webSearchOptions;
  if (given === undefined && templates.length === 0) return undefined;
  const generation = { ...defaults?.generation, ...variant?.generation };
  const filled = templates.length > 0;
  const merged = compact({
    generation: isEmpty(generation) ? undefined : generation,
    templates: filled ? templates : undefined,
    promptVariables: filled && !isEmpty(promptVariables) ? promptVariables : undefined,
    reasoning: reasoning === undefined || isEmpty(reasoning) ? undefined : reasoning,
    templateCompression: filled ? variant?.compression : undefined,
    webSearch,
    webSearchOptions,
  });
  return isEmpty(merged) ? undefined : merged;
}

/** The two exclude each other, so whoever says one of them has said that it is not the other. */
function searchOf(
  variant: Variant | undefined,
  preferences: RoutingPreferences,
): Pick<RequestOverrides, "webSearch" | "webSearchOptions"> {
  const says = ({ webSearch, webSearchOptions }: Pick<RequestOverrides, "webSearch" | "webSearchOptions">) =>
    webSearch !== undefined || webSearchOptions !== undefined;
  const isSaid = preferences.noWebSearch === true || says(preferences);
  const { webSearch, webSearchOptions } = isSaid ? preferences : (variant ?? {});
  return compact({ webSearch, webSearchOptions });
}

const isEmpty = (object: object): boolean => Object.values(object).every((value) => value === undefined);

/**
 * The request as its target shall get it. What a router says stands over what the client said: a variant's settings are what is
 * compared and paid for. Only the request's own `reasoning` among the routing fields stands over that of the router. Templates
 * stand before the request's messages. Throws `invalid_request` for a template whose variable has no value.
 */
export function applyOverrides(request: CanonicalRequest, overrides: RequestOverrides): Overridden {
  const { generation = {}, promptVariables = {}, templateCompression } = overrides;
  const templates = withOwnCompression(overrides.templates ?? [], templateCompression);
  const reasoning = [generation.reasoning, overrides.reasoning].reduce(withReasoning, request.reasoning);
  const extensions = withWireFields(request.extensions, generation);
  return {
    request: compact({
      ...request,
      ...withTemplates(request, templates, promptVariables),
      sampling: { ...request.sampling, ...samplingOf(generation) },
      reasoning,
      extensions,
    }),
    dropped: [],
    adapted: [],
  };
}

/** A variant's compression is for those of its templates that say nothing else. */
function withOwnCompression(
  templates: readonly MessageTemplate[],
  compression: RequestOverrides["templateCompression"],
): readonly MessageTemplate[] {
  return compression === undefined ? templates : templates.map((template) => ({ compression, ...template }));
}

function samplingOf(generation: TextGeneration): CanonicalRequest["sampling"] {
  const { maxOutputTokens, temperature, topP, frequencyPenalty, presencePenalty, stopSequences, seed } = generation;
  return compact({ maxOutputTokens, temperature, topP, frequencyPenalty, presencePenalty, stopSequences, seed });
}

/** Effort and budget are one wish in two ways: whoever says one of them has said both. */
function withReasoning(below: Reasoning | undefined, settings: ReasoningSettings | undefined): Reasoning | undefined {
  if (settings === undefined) return below;
  const { effort, maxTokens, exclude } = settings;
  const { mode, effort: effortBelow, budgetTokens, summary, ...rest } = below ?? {};
  const amount =
    effort === undefined && maxTokens === undefined
      ? { mode, effort: effortBelow, budgetTokens }
      : { ...(effort === "none" ? { mode: "off" as const } : { effort }), budgetTokens: maxTokens };
  const shown = exclude === true ? "none" : exclude === false && summary === "none" ? undefined : summary;
  const reasoning = compact({ ...rest, ...amount, summary: shown });
  return isEmpty(reasoning) ? undefined : reasoning;
}

/** The IR has no words for these two; chat completions has, and every other dialect reports that it cannot say them. */
function withWireFields(
  extensions: CanonicalRequest["extensions"],
  { repetitionPenalty, logitBias }: TextGeneration,
): CanonicalRequest["extensions"] {
  const fields: JsonObject = compact({
    repetition_penalty: repetitionPenalty,
    logit_bias:
      logitBias === undefined
        ? undefined
        : Object.fromEntries(logitBias.map(({ tokenId, biasValue }) => [tokenId, biasValue])),
  });
  if (isEmpty(fields)) return extensions;
  return { ...extensions, "openai-chat": { ...extensions?.["openai-chat"], ...fields } };
}

/** Leading system templates are the first instructions, all others stand before the first message. */
function withTemplates(
  request: CanonicalRequest,
  templates: readonly MessageTemplate[],
  variables: Readonly<Record<string, string>>,
): Pick<CanonicalRequest, "instructions" | "messages"> {
  const turn = templates.findIndex(({ role }) => role !== "system" && role !== "developer");
  const lead = turn < 0 ? templates : templates.slice(0, turn);
  const instructions = lead.flatMap((template) => textsOf(template, variables));
  const messages = templates
    .slice(lead.length)
    .map((template) => messageOf(template, textsOf(template, variables)))
    .filter(({ content }) => content.length > 0);
  return {
    instructions: [...instructions, ...request.instructions],
    messages: [...joinResults(messages, templates), ...request.messages],
  };
}

function textsOf(
  { content, contentItems = [], compression }: MessageTemplate,
  variables: Readonly<Record<string, string>>,
): readonly TextPart[] {
  return [...(content === undefined ? [] : [content]), ...contentItems.map(({ text }) => text)]
    .map((text) => renderTemplate(text, variables))
    .flatMap((text): TextPart[] => (text === "" ? [] : [compact({ type: "text", text, compression })]));
}

function messageOf({ role, toolCalls = [], toolCallId }: MessageTemplate, texts: readonly TextPart[]): Message {
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", content: texts };
    case "user":
      return { role: "user", content: texts };
    case "assistant": {
      const calls = toolCalls.map(({ id, name, args }): Part => ({ type: "tool-call", id, name, arguments: args }));
      return { role: "assistant", content: [...texts, ...calls] };
    }
    case "tool":
      return { role: "tool", content: [{ type: "tool-result", callId: toolCallId ?? "", content: texts }] };
  }
}

/** Results that follow one another are one message, and each is told the name of its tool, which Gemini needs. */
function joinResults(messages: readonly Message[], templates: readonly MessageTemplate[]): readonly Message[] {
  const names = new Map(
    templates.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)),
  );
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role !== "tool") {
      joined.push(message);
      continue;
    }
    const content = message.content.map((part) => (part.type === "tool-result" ? named(part, names) : part));
    if (last?.role !== "tool") joined.push({ role: "tool", content });
    else joined[joined.length - 1] = { role: "tool", content: [...last.content, ...content] };
  }
  return joined;
}

function named(part: ToolResultPart, names: ReadonlyMap<string, string>): ToolResultPart {
  return compact({ ...part, name: names.get(part.callId) });
}
