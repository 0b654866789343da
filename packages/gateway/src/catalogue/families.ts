import type { ModelFacts } from "@signalbox/protocol";

/** What holds for every model whose name has this form. Checked 2026-11-20. */
export interface ModelFamily {
  readonly pattern: RegExp;
  /** The built-in provider that makes it; nobody, where its maker serves it nowhere. */
  readonly provider?: string;
  readonly facts: ModelFacts;
}

const k = 1_024;

/**
 * First match wins, so the special stands before the general. Sources:
 * - https://platform.claude.com/docs/en/about-claude/models/overview and …/build-with-claude/adaptive-thinking
 * - https://developers.openai.com/api/docs/models · https://ai.google.dev/gemini-api/docs/thinking
 * - https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/start/get-started-with-gemini-4
 * - https://api-docs.deepseek.com/guides/thinking_mode · https://docs.x.ai/developers/models
 * - https://docs.mistral.ai/capabilities/reasoning · https://docs.z.ai/guides/capabilities/thinking
 * - https://platform.kimi.ai/docs/models · https://platform.minimax.io/docs/api-reference/text-anthropic-api
 * - https://docs.cohere.com/docs/models
 *
 * Claude models since 4.6 refuse a last assistant message: https://platform.claude.com/docs/en/about-claude/models/migration-guide
 * So do Gemini 3.5 Flash-Lite, 3.6 Flash and all later ones: https://ai.google.dev/gemini-api/docs/latest-model
 *
 * `none` also stands for those that think, but reject being told whether and how much.
 */
export const modelFamilies: readonly ModelFamily[] = [
  openai(/^(text-embedding-(3|ada)|(omni|text)-moderation-|whisper-1$|tts-1|dall-e-|(davinci|babbage)-002)/, {}),
  google(/^(gemini-embedding|imagen)-/, {}),
  family("cohere", /^(embed|rerank)-(v\d|english|multilingual)/, {}),
  family("voyage", /^(voyage-|rerank-\d)/, {}),
  family("jina", /^jina-/, {}),

  claude(/^claude-sonnet-4[-.]6/, {
    contextTokens: 1_000_000,
    maxOutputTokens: 64_000,
    reasoning: "adaptive",
    prefill: false,
  }),
  claude(/^claude-(opus|sonnet|haiku)-4[-.][6-9]/, {
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    reasoning: "adaptive",
    prefill: false,
  }),
  claude(/^claude-opus-4[-.]5/, {
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    reasoning: "budget",
    prefill: true,
  }),
  claude(/^claude-(opus-4($|[-.@][01])|opus-4-2025|4-opus)/, {
    contextTokens: 200_000,
    maxOutputTokens: 32_000,
    reasoning: "budget",
    prefill: true,
  }),
  claude(/^claude-(sonnet|haiku)-4|^claude-4-sonnet/, {
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    reasoning: "budget",
    prefill: true,
  }),
  claude(/^claude-3[-.]7/, { contextTokens: 200_000, maxOutputTokens: 64_000, reasoning: "budget", prefill: true }),
  claude(/^claude-3[-.]5/, { contextTokens: 200_000, maxOutputTokens: 8_192, reasoning: "none", prefill: true }),
  claude(/^claude-(3|2|instant)/, { contextTokens: 200_000, maxOutputTokens: 4_096, reasoning: "none", prefill: true }),
  claude(/^claude-/, { contextTokens: 1_000_000, maxOutputTokens: 128_000, reasoning: "adaptive", prefill: false }),

  openai(/^gpt-oss-/, { contextTokens: 131_072, reasoning: "effort" }),
  openai(/^gpt-5(\.\d)?-chat/, { contextTokens: 128_000, maxOutputTokens: 16_384, reasoning: "none" }),
  openai(/^gpt-5($|-|\.[1-3])/, { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: "effort" }),
  openai(/^gpt-5\.4-(mini|nano)/, { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: "effort" }),
  openai(/^gpt-[5-9]/, { contextTokens: 1_050_000, maxOutputTokens: 128_000, reasoning: "effort" }),
  openai(/^(o1-mini|o1-preview)/, { contextTokens: 128_000, maxOutputTokens: 65_536, reasoning: "none" }),
  openai(/^o\d/, { contextTokens: 200_000, maxOutputTokens: 100_000, reasoning: "effort" }),
  openai(/^codex-/, { contextTokens: 200_000, maxOutputTokens: 100_000, reasoning: "effort" }),
  openai(/^gpt-4\.1/, { contextTokens: 1_047_576, maxOutputTokens: 32_768, reasoning: "none" }),
  openai(/^(gpt-4o|chatgpt-4o)/, { contextTokens: 128_000, maxOutputTokens: 16_384, reasoning: "none" }),
  openai(/^gpt-4-turbo/, { contextTokens: 128_000, maxOutputTokens: 4_096, reasoning: "none" }),
  openai(/^gpt-4($|-)/, { contextTokens: 8_192, maxOutputTokens: 8_192, reasoning: "none" }),
  openai(/^gpt-3\.5/, { contextTokens: 16_385, maxOutputTokens: 4_096, reasoning: "none" }),
  openai(/^chat-latest/, { contextTokens: 400_000, maxOutputTokens: 128_000, reasoning: "effort" }),
  openai(/^(gpt-|chatgpt-)/, {}),

  google(/^gemini-3(\.1)?-|^gemini-3\.5-flash(?!-lite)/, {
    contextTokens: k * k,
    maxOutputTokens: 65_536,
    reasoning: "level",
    prefill: true,
  }),
  google(/^gemini-(3|[4-9])/, { contextTokens: k * k, maxOutputTokens: 65_536, reasoning: "level", prefill: false }),
  google(/^gemini-2\.5/, { contextTokens: k * k, maxOutputTokens: 65_536, reasoning: "budget", prefill: true }),
  google(/^gemini-(2\.0|1)/, { contextTokens: k * k, maxOutputTokens: 8_192, reasoning: "none", prefill: true }),
  google(/^gemini-(flash|pro|flash-lite)-latest/, {
    contextTokens: k * k,
    maxOutputTokens: 65_536,
    reasoning: "level",
  }),
  google(/^gemini-/, {}),

  deepseek(/^deepseek-(v[4-9]|flash)/i, { contextTokens: 1_000_000, reasoning: "effort" }),
  deepseek(/^deepseek-(reasoner|chat|v3|r1)/i, { contextTokens: 128_000 }),
  deepseek(/^deepseek-/i, {}),

  xai(/^grok-.*non-reasoning/, { reasoning: "none" }),
  xai(/^grok-3-mini/, { contextTokens: 131_072, reasoning: "effort" }),
  xai(/^grok-(3|2)/, { contextTokens: 131_072, reasoning: "none" }),
  // https://docs.x.ai/developers/model-capabilities/text/reasoning
  xai(/^grok-4(-0709|-fast|-1-fast|$)|^grok-(code|build)/, { contextTokens: 256_000, reasoning: "none" }),
  xai(/^grok-4\.20-(?!multi)/, { contextTokens: 1_000_000, reasoning: "none" }),
  xai(/^grok-/, { reasoning: "effort" }),

  family("mistral", /^mistral-(small-(latest|4|26)|medium-(latest|3[-.]5|26))/, { reasoning: "effort" }),
  family("mistral", /^magistral-/, { contextTokens: 131_072, reasoning: "none" }),
  family("mistral", /^(open-)?(mistral|mixtral|ministral|codestral|devstral|pixtral)-/, { reasoning: "none" }),
  family("moonshot", /^kimi-k3/, { contextTokens: k * k, reasoning: "effort" }),
  family("moonshot", /^kimi-/, { contextTokens: 262_144 }),
  family("moonshot", /^moonshot-v1-/, { reasoning: "none" }),
  family("zai", /^glm-5\.[2-9]/i, { contextTokens: 1_000_000, reasoning: "effort" }),
  family("zai", /^glm-(5|4\.[6-9])/i, { contextTokens: 200_000 }),
  family("zai", /^glm-/i, { contextTokens: 128_000 }),
  family("minimax", /^minimax-m3/i, { contextTokens: 1_000_000, reasoning: "adaptive" }),
  family("minimax", /^minimax-/i, { contextTokens: 204_800 }),
  family("dashscope", /^(qwen|qwq-|qvq-)/i, {}),
  family("cohere", /^command-a-(reasoning|plus)/, { reasoning: "effort" }),
  family("cohere", /^(command|c4ai)-/, { reasoning: "none" }),
  { pattern: /^(meta-)?llama-?[234]/i, facts: { reasoning: "none" } },
];

/** The family of a bare model id. */
export function familyOf(model: string): ModelFamily | undefined {
  return modelFamilies.find(({ pattern }) => pattern.test(model));
}

function family(provider: string, pattern: RegExp, facts: ModelFacts): ModelFamily {
  return { provider, pattern, facts };
}

function claude(pattern: RegExp, facts: ModelFacts): ModelFamily {
  return family("anthropic", pattern, facts);
}

function openai(pattern: RegExp, facts: ModelFacts): ModelFamily {
  return family("openai", pattern, facts);
}

function google(pattern: RegExp, facts: ModelFacts): ModelFamily {
  return family("google-ai-studio", pattern, facts);
}

function deepseek(pattern: RegExp, facts: ModelFacts): ModelFamily {
  return family("deepseek", pattern, facts);
}

function xai(pattern: RegExp, facts: ModelFacts): ModelFamily {
  return family("xai", pattern, facts);
}
