import { createHash } from "node:crypto";
import type { CanonicalRequest } from "@signalbox/protocol";
import { instructionTokens, partsTokens, toolTokens } from "./prefix-tokens.ts";

/**
 * The APIs that document `prompt_cache_key` for their own: by it requests with one beginning come to one machine. Others ignore
 * or refuse it. At xAI's chat completions a header has its place.
 */
const TAKERS: Readonly<Record<string, readonly string[]>> = {
  // https://developers.openai.com/api/docs/guides/prompt-caching
  openai: ["openai-chat", "openai-responses"],
  // https://learn.microsoft.com/azure/foundry/openai/how-to/prompt-caching
  azure: ["openai-chat", "openai-responses"],
  // https://docs.x.ai/developers/advanced-api-usage/prompt-caching/maximizing-cache-hits
  xai: ["openai-responses"],
};

export const takesCacheKey = (provider: string, dialect: string): boolean =>
  TAKERS[provider]?.includes(dialect) === true;

/** The APIs that keep a prompt for a day where they are asked to, and where in the body they are. */
const KEEPERS: ReadonlySet<string> = new Set(["openai", "azure"]);

/** Models before them keep nothing that long; GPT-5.5 and those after it keep everything so. */
const KEEPS_ON_REQUEST =
  /^(?:gpt-5\.4|gpt-5\.3-codex|gpt-5\.2|gpt-5\.1(?:-codex(?:-max|-mini)?|-chat(?:-latest)?)?|gpt-5(?:-codex)?|gpt-4\.1)(?:-\d{4}-\d{2}-\d{2})?$/;

/** Whether `prompt_cache_retention: "24h"` says something there. https://learn.microsoft.com/azure/foundry/openai/how-to/prompt-caching */
export const keepsForADay = (provider: string, model: string): boolean =>
  KEEPERS.has(provider) && KEEPS_ON_REQUEST.test(model);

/** Nothing shorter is cached by those who cache of their own accord. */
const SHORTEST_CACHED = 1024;

/**
 * A key for all requests of a tenant to a model that begin alike: the same instructions and the same tools. 46 characters; OpenAI
 * takes 64. Undefined where there is no such beginning, or a prompt too short to be cached.
 */
export function derivedCacheKey(
  request: CanonicalRequest,
  { tenant, model }: { readonly tenant: string; readonly model: string },
): string | undefined {
  const instructions = request.instructions.filter(({ text }) => !text.startsWith("x-anthropic-billing-header:"));
  if (instructions.length + request.tools.length === 0 || promptTokens(request) < SHORTEST_CACHED) return undefined;
  const beginning = [
    tenant,
    model,
    ...instructions.map(({ text }) => text),
    ...request.tools.map(({ cache: _, ...tool }) => JSON.stringify(tool)),
  ];
  const hash = createHash("sha256");
  for (const piece of beginning) hash.update(`${piece.length}:${piece}`);
  return `sb-${hash.digest("base64url")}`;
}

function promptTokens({ instructions, tools, messages }: CanonicalRequest): number {
  const before = instructionTokens(instructions) + tools.reduce((sum, tool) => sum + toolTokens(tool), 0);
  if (before >= SHORTEST_CACHED) return before;
  return messages.reduce((sum, { content }) => sum + partsTokens(content), before);
}
