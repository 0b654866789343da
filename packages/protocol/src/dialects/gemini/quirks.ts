/** Gemini 3's `thinkingLevel`, in the wire's own spelling. https://ai.google.dev/gemini-api/docs/thinking#thinking-levels */
export type ThinkingLevel = "MINIMAL" | "LOW" | "MEDIUM" | "HIGH";

/** Where an endpoint deviates from the Gemini API as ai.google.dev documents it. Every field is optional. */
export interface GeminiQuirks {
  /**
   * Function declarations take any JSON Schema in `parametersJsonSchema` (default true). False: look-alikes and old
   * Vertex regions that know `parameters` only, in Gemini's own Schema subset.
   * https://ai.google.dev/api/caching#FunctionDeclaration
   */
  readonly jsonSchemaTools?: boolean;
  /**
   * The answer's schema goes into `responseJsonSchema` (default true). False: `responseSchema` in Gemini's own subset.
   * https://ai.google.dev/gemini-api/docs/structured-output
   */
  readonly jsonSchemaOutput?: boolean;
  /**
   * `functionCall.id` and `functionResponse.id` are accepted (default true). False: older Vertex AI versions, which
   * answer 400 `Unknown name "id"`.
   * https://ai.google.dev/api/caching#FunctionCall
   */
  readonly functionCallIds?: boolean;
  /**
   * Images and documents may stand in `functionResponse.parts`. Default: models with thinking levels (Gemini 3); others
   * get them in the same turn, after the results.
   * https://ai.google.dev/gemini-api/docs/function-calling#multimodal
   */
  readonly toolResultMedia?: boolean;
  /**
   * `fileData.fileUri` takes any public http(s) URL, not only Files API, Cloud Storage and YouTube addresses (default
   * true). False: Gemini 2.0 and look-alikes.
   * https://ai.google.dev/gemini-api/docs/file-input-methods#external-urls
   */
  readonly urlMedia?: boolean;
  /**
   * Function tools may be combined with a JSON answer format. Default: all but models known to be older than Gemini 3,
   * which answer 400 `Function calling with a response mime type … is unsupported`: their schema goes into the
   * instructions.
   * https://ai.google.dev/gemini-api/docs/structured-output#structured_outputs_with_tools
   */
  readonly toolsWithJsonOutput?: boolean;
  /**
   * Calls of the current turn that other models made get Google's documented placeholder signature. Default: models
   * with thinking levels (Gemini 3), which reject such calls without one.
   * https://ai.google.dev/gemini-api/docs/thought-signatures
   */
  readonly skipSignatureSentinel?: boolean;
  /**
   * The levels that the model takes. Default: LOW, MEDIUM and HIGH, and MINIMAL for Gemini Flash before 3.7; the first
   * Gemini 3 Pro knows no MEDIUM.
   * https://ai.google.dev/gemini-api/docs/thinking#thinking-levels
   */
  readonly thinkingLevels?: readonly ThinkingLevel[];
  /**
   * `googleSearch.excludeDomains` is accepted (default false). Vertex AI.
   * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/grounding/grounding-with-google-search
   */
  readonly searchExclusions?: boolean;
  /**
   * `thinkingConfig.includeThoughts` is accepted (default true). False: look-alikes that reject it.
   * https://ai.google.dev/gemini-api/docs/thinking#summaries
   */
  readonly includeThoughts?: boolean;
}
