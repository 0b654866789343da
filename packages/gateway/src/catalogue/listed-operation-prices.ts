import type { PriceRow } from "./price-row.ts";

/** What is billed by the piece alone has no price of tokens. */
const noTokens = { input: 0, output: 0 } as const;

const embedding = (input: number) => ({ input, output: 0 });

/** https://developers.openai.com/api/docs/models/gpt-image-2.6-sunburst; 2 and 2.5 cost the same by https://apidog.com/blog/gpt-image-2-5-api/ */
const gptImage2 = {
  input: 5,
  output: 30,
  cacheRead: 1.25,
  imageInput: 8,
  imageCacheRead: 2,
  imageOutput: 30,
} as const;

/**
 * Prices of what models do beside conversations, by table, with the page that says them. They stand before the data that we ship.
 * Checked 2026-11-21. A price that depends on the size or the quality of a picture (DALL·E) is none that a count of pictures tells:
 * such models are unpriced. So are those that are left out here.
 */
export const listedOperationPrices: Readonly<Record<string, readonly PriceRow[]>> = {
  openai: [
    // https://developers.openai.com/api/docs/models/text-embedding-3-large.md, with the price of -small beside it
    { ids: ["text-embedding-3-small"], contextTokens: 8_192, ...embedding(0.02) },
    { ids: ["text-embedding-3-large"], contextTokens: 8_192, ...embedding(0.13) },
    // https://zilliz.com/ai-models/text-embedding-ada-002 and https://docs.praison.ai/docs/embeddings/providers/openai
    { ids: ["text-embedding-ada-002"], contextTokens: 8_192, ...embedding(0.1) },
    // https://developers.openai.com/api/docs/models/whisper-1
    { ids: ["whisper-1"], ...noTokens, perAudioMinute: 0.006, on: "openai" },
    // https://www.developersdigest.tech/blog/whisper-1-gpt-4o-transcribe-deprecation
    { ids: ["gpt-transcribe"], ...noTokens, perAudioMinute: 0.0045, on: "openai" },
    // https://developers.openai.com/api/docs/models/tts-1 and …/tts-1-hd.md
    { ids: ["tts-1"], ...noTokens, perMillionCharacters: 15 },
    { ids: ["tts-1-hd"], ...noTokens, perMillionCharacters: 30 },
    // https://developers.openai.com/api/docs/models/omni-moderation-latest: "free models"
    { ids: ["omni-moderation", "omni-moderation-latest"], ...noTokens, on: "openai" },
    {
      ids: ["gpt-image-2.6-sunburst", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare", "gpt-image-2"],
      ...gptImage2,
    },
    // https://developers.openai.com/api/docs/models/gpt-image-1
    {
      ids: ["gpt-image-1"],
      input: 5,
      output: 40,
      cacheRead: 1.25,
      imageInput: 10,
      imageCacheRead: 2.5,
      imageOutput: 40,
    },
    // https://developers.openai.com/api/docs/models/gpt-image-1-mini
    {
      ids: ["gpt-image-1-mini"],
      input: 2,
      output: 8,
      cacheRead: 0.2,
      imageInput: 2.5,
      imageCacheRead: 0.25,
      imageOutput: 8,
    },
  ],
  google: [
    // https://developers.googleblog.com/en/gemini-embedding-available-gemini-api/
    { ids: ["gemini-embedding-001"], contextTokens: 2_048, ...embedding(0.15) },
    // https://ai.google.dev/gemini-api/docs/pricing, as https://github.com/api-evangelist/gemini has it (text), and pictures by
    // https://zilliz.com/ai-faq/what-are-the-cost-implications-of-google-embedding-2. Sound and films have prices of their own.
    { ids: ["gemini-embedding-2", "gemini-embedding-2-preview"], ...embedding(0.2), imageInput: 0.45 },
    // https://ai.google.dev/gemini-api/docs/pricing, as https://discuss.ai.google.dev/t/issue-with-url-context-tooling/101173 quotes it
    { ids: ["imagen-4.0-fast-generate-001"], ...noTokens, perImage: 0.02 },
    { ids: ["imagen-4.0-generate-001"], ...noTokens, perImage: 0.04 },
    { ids: ["imagen-4.0-ultra-generate-001"], ...noTokens, perImage: 0.06 },
  ],
  mistral: [
    // https://opencode.ai/data/mistral/mistral-embed.md
    { ids: ["mistral-embed"], contextTokens: 8_192, ...embedding(0.1) },
    // https://openrouter.ai/mistralai/codestral-embed-2505/api
    { ids: ["codestral-embed", "codestral-embed-2505"], contextTokens: 8_192, ...embedding(0.15) },
    // https://docs.mistral.ai/models/voxtral-mini-transcribe-25-07
    { ids: ["voxtral-mini-transcribe-2507"], ...noTokens, perAudioMinute: 0.002 },
  ],
  cohere: [
    // https://cohere.com/pricing, as https://developer.puter.com/tutorials/cohere-api-pricing/ has it
    { ids: ["embed-v4.0"], contextTokens: 128_000, ...embedding(0.12), imageInput: 0.47 },
    { ids: ["rerank-v4.0-fast"], ...noTokens, perThousandSearchUnits: 2 },
    { ids: ["rerank-v4.0-pro"], ...noTokens, perThousandSearchUnits: 2.5 },
    // https://openrouter.ai/models/cohere/rerank-5-fast-20261028 and https://www.getmaxim.ai/bifrost/llm-cost-calculator/provider/cohere
    { ids: ["rerank-v5.0-fast"], contextTokens: 32_768, ...embedding(0.02) },
    { ids: ["rerank-v5.0-pro"], contextTokens: 32_768, ...embedding(0.05) },
  ],
  voyage: [
    // https://www.mongodb.com/docs/vector-search/crud-embeddings/automated-embedding/models.md
    { ids: ["voyage-4-lite"], contextTokens: 32_000, ...embedding(0.02) },
    { ids: ["voyage-4"], contextTokens: 32_000, ...embedding(0.06) },
    { ids: ["voyage-4-large"], contextTokens: 32_000, ...embedding(0.12) },
    { ids: ["voyage-code-4"], ...embedding(0.12) },
    { ids: ["voyage-code-3"], ...embedding(0.18) },
    // https://www.getmaxim.ai/bifrost/model-library/provider/voyage
    { ids: ["voyage-3-large"], contextTokens: 32_000, ...embedding(0.18) },
    { ids: ["rerank-3", "rerank-2.5"], contextTokens: 32_000, ...embedding(0.05) },
    { ids: ["rerank-3-lite", "rerank-2.5-lite"], contextTokens: 32_000, ...embedding(0.02) },
  ],
  groq: [
    // https://console.groq.com/docs/model/whisper-large-v3-turbo, by the hour
    { ids: ["whisper-large-v3-turbo"], ...noTokens, perAudioMinute: 0.04 / 60 },
  ],
};
