import { type CanonicalRequest, type CanonicalResponse, objectOf, type Part, type Usage } from "@signalbox/protocol";

/** Why an answer is not kept. */
export type Unkept =
  | "not finished"
  | "empty"
  | "tool calls"
  | "a refusal"
  | "media that its maker keeps"
  | "a tool of the provider"
  | "log probabilities"
  | "too large";

/** Undefined: it may be given again. Only what came to its own end and says all of itself in parts may. */
export function whyNotKept(response: CanonicalResponse, policy: { readonly toolCalls: boolean }): Unkept | undefined {
  const { parts, finishReason, usage } = response;
  const callsTools = finishReason.unified === "tool-calls" || parts.some(({ type }) => type === "tool-call");
  if (callsTools && !policy.toolCalls) return "tool calls";
  if (finishReason.unified !== "stop" && finishReason.unified !== "tool-calls") return "not finished";
  if (!parts.some(saysSomething)) return "empty";
  if (usesHostedTools(usage)) return "a tool of the provider";
  if (hasLogprobs(response)) return "log probabilities";
  for (const part of parts) {
    const why = whyNotPart(part);
    if (why !== undefined) return why;
  }
  return undefined;
}

function saysSomething(part: Part): boolean {
  return (part.type === "text" && part.text !== "") || part.type === "media" || part.type === "tool-call";
}

/** What a search found was true then, and a container was the request's own. */
function usesHostedTools({ webSearches = 0, searchUnits = 0, otherCharges = 0 }: Usage = {}): boolean {
  return webSearches + searchUnits + otherCharges > 0;
}

/** They stand on the pieces of one answer, and a stream has them where they came. */
function hasLogprobs({ extensions }: CanonicalResponse): boolean {
  return extensions !== undefined && /"(?:top_)?log_?prob|"choices":/i.test(JSON.stringify(extensions));
}

function whyNotPart(part: Part): Unkept | undefined {
  switch (part.type) {
    case "text":
      // Some models search the web unasked, and say nothing of it in their usage.
      return part.citations?.some(({ kind }) => kind === "url") === true ? "a tool of the provider" : undefined;
    case "reasoning":
    case "tool-call":
      return undefined;
    case "refusal":
      return "a refusal";
    case "media":
      // OpenAI's sounds are named in the next turn, and expire. What stands at a URL may be another thing by then.
      return part.id === undefined && part.source.type === "base64" ? undefined : "media that its maker keeps";
    case "tool-result":
    case "web-search":
    case "unknown":
      return "a tool of the provider";
  }
}

/** Something in the request is not said by the request alone, so that the same words may ask for something else tomorrow. */
export function asksBeyondItself({ tools, toolChoice, messages }: CanonicalRequest): boolean {
  if (toolChoice?.type === "hosted" || tools.some(({ type }) => type === "hosted")) return true;
  return messages.some(({ content }) => content.some(pointsElsewhere));
}

function pointsElsewhere(part: Part): boolean {
  if (part.type === "tool-result") return part.content.some(pointsElsewhere);
  if (part.type !== "media") return false;
  const { source } = part;
  if (source.type === "parts") return source.parts.some(pointsElsewhere);
  return source.type === "url" || source.type === "file";
}

/**
 * The answer without what is of this one: each replay has ids and a time of its own. Items of a reasoning model of OpenAI keep theirs,
 * since its thinking is taken back only with the very items that follow it.
 */
export function asTemplate({ id: _, createdAt: _at, usage, parts, ...rest }: CanonicalResponse): CanonicalResponse {
  const isLinked = parts.some((part) => part.type === "reasoning" && (part.id ?? part.opaque?.id) !== undefined);
  const { raw: _raw, ...counts } = usage ?? {};
  return {
    ...rest,
    parts: isLinked ? parts : parts.map(withoutId),
    ...(usage === undefined ? {} : { usage: counts }),
  };
}

function withoutId(part: Part): Part {
  if (part.type === "text" && part.id !== undefined) {
    const { id: _, ...rest } = part;
    return rest;
  }
  if (part.type === "tool-call" && part.itemId !== undefined) {
    const { itemId: _, ...rest } = part;
    return rest;
  }
  return part;
}

/** The answer as it is given again at `now` (Unix seconds): every count that was told is told as none. */
export function replayed(response: CanonicalResponse, now: number): CanonicalResponse {
  const { serviceTier, raw: _, ...counts } = response.usage ?? {};
  const zeros = Object.fromEntries(Object.keys(counts).map((kind) => [kind, 0]));
  const usage = { inputTokens: 0, outputTokens: 0, ...zeros, ...(serviceTier === undefined ? {} : { serviceTier }) };
  return { ...response, ...timed(response, now), usage };
}

/** OpenAI says of its responses when they were done, too. */
function timed({ extensions }: CanonicalResponse, now: number): Pick<CanonicalResponse, "extensions"> {
  const own = objectOf(extensions?.["openai-responses"]);
  if (typeof own?.["completed_at"] !== "number") return {};
  return { extensions: { ...extensions, "openai-responses": { ...own, completed_at: now } } };
}
