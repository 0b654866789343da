import {
  askableEngines,
  type CachePolicy,
  cacheMatches,
  type GuardrailPolicy,
  guardActions,
  LONGEST_TTL_SECONDS,
  type ModerationPolicy,
  type PiiPolicy,
  type PromptCachePolicy,
  piiKinds,
  type WebSearch,
  type WebSearchOptions,
} from "../features.ts";
import type { Router } from "../router.ts";
import { amount, filled, flag, list, whole, word } from "./codec.ts";
import { optional, record, required } from "./record.ts";

/** The bounds and the words are those of Inworld's two search modes; the engines are also those of the gateway. */
export const webSearch = record<WebSearch>({
  engine: optional("engine", word(askableEngines)),
  maxResults: optional("max_results", whole({ min: 1, max: 20 })),
  maxSteps: optional("max_steps", whole({ min: 1, max: 5 })),
});

export const webSearchOptions = record<WebSearchOptions>({
  searchContextSize: optional("search_context_size", word(["low", "medium", "high"])),
});

export const cache = record<CachePolicy>({
  enabled: optional("enabled", flag),
  ttlSeconds: optional("ttl_seconds", whole({ min: 1, max: LONGEST_TTL_SECONDS })),
  match: optional("match", word(cacheMatches)),
  toolCalls: optional("tool_calls", flag),
});

export const promptCache = record<PromptCachePolicy>({
  enabled: optional("enabled", flag),
  ttl: optional("ttl", word(["5m", "1h"])),
});

export const promptCompression = record<NonNullable<Router["promptCompression"]>>({
  enabled: optional("enabled", flag),
  aggressiveness: optional("aggressiveness", amount({ min: 0, max: 1 })),
});

export const switched = record<{ readonly enabled?: boolean }>({ enabled: optional("enabled", flag) });

const moderation = record<ModerationPolicy>({
  model: required("model", filled),
  input: optional("input", word(guardActions)),
  output: optional("output", word(guardActions)),
  categories: optional("categories", list(filled)),
  onFailure: optional("on_failure", word(["allow", "block"])),
});

const pii = record<PiiPolicy>({
  action: required("action", word(["off", "flag", "block", "redact"])),
  kinds: optional("kinds", list(word(piiKinds))),
});

export const guardrails = record<GuardrailPolicy>({
  moderation: optional("moderation", moderation),
  pii: optional("pii", pii),
});
