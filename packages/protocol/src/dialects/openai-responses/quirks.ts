import type { ReasoningEffort } from "../../ir/request.ts";

/**
 * How a server that speaks the Responses API differs from OpenAI's own. Absent means "as OpenAI does".
 * https://platform.openai.com/docs/api-reference/responses/create · https://www.openresponses.org/specification
 */
export interface OpenAiResponsesQuirks {
  /**
   * `false`: no `include: ["reasoning.encrypted_content"]`, and encrypted reasoning is not sent back. LM Studio, Ollama,
   * vLLM. https://lmstudio.ai/docs/developer/openai-compat/responses
   */
  readonly encryptedReasoning?: boolean;
  /** `false`: `reasoning.summary` is refused. xAI. https://docs.x.ai/docs/guides/reasoning */
  readonly reasoningSummary?: boolean;
  /**
   * `true`: reasoning items are taken back with their full `content`, without encryption. vLLM with gpt-oss, LM Studio.
   * https://cookbook.openai.com/articles/gpt-oss/handle-raw-cot
   */
  readonly fullReasoningContent?: boolean;
  /**
   * The `reasoning.effort` values that are taken. xAI: low, medium, high, and none where the model can go without.
   * https://docs.x.ai/developers/model-capabilities/text/reasoning
   */
  readonly reasoningEfforts?: readonly (ReasoningEffort | "none")[];
  /**
   * `false`: models that reason refuse `temperature` and `top_p`. OpenAI, Azure.
   * https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning
   */
  readonly reasoningSampling?: boolean;
  /** The least `max_output_tokens` that is taken, 16 at OpenAI and Azure; elsewhere 1. https://platform.openai.com/docs/api-reference/responses/create */
  readonly minOutputTokens?: number;
  /** `false`: the role is `system`. xAI, LM Studio, Ollama. https://docs.x.ai/docs/guides/chat */
  readonly developerRole?: boolean;
  /** `false`: tools have no namespaces; their names are joined. Everyone but OpenAI. https://platform.openai.com/docs/guides/tools */
  readonly namespaceTools?: boolean;
  /** `false`: there are no free-text tools; they become functions. Everyone but OpenAI and Azure. https://platform.openai.com/docs/guides/function-calling#custom-tools */
  readonly customTools?: boolean;
  /** The types of hosted tools that are taken; absent: all. xAI. https://docs.x.ai/docs/guides/tools/overview */
  readonly hostedTools?: readonly string[];
  /**
   * Where the domains stand that a web search leaves out. xAI: `excluded_domains`; look-alikes: nowhere.
   * https://docs.x.ai/developers/tools/web-search https://developers.openai.com/api/docs/guides/tools-web-search
   */
  readonly searchExclusions?: "blocked_domains" | "excluded_domains" | "none";
  /** `false`: a tool's output takes no images; they follow in a user message. xAI, Ollama. https://docs.x.ai/docs/guides/function-calling */
  readonly imageInToolResult?: boolean;
  /** `false`: a tool's output takes no files; they follow in a user message. xAI, Ollama. https://docs.x.ai/docs/guides/function-calling */
  readonly fileInToolResult?: boolean;
  /**
   * What `store` is when the client asked for no state: `false` unless said otherwise. `omit`: the field is unknown.
   * Ollama. https://docs.ollama.com/api/openai-compatibility
   */
  readonly storeDefault?: boolean | "omit";
  /**
   * `true`: answers are kept there, to be read, deleted and named as `previous_response_id`. OpenAI, Azure, xAI. Only where it is
   * said: many servers take `store` and keep nothing, or not for long. https://docs.x.ai/developers/rest-api-reference/inference/chat
   */
  readonly keepsState?: boolean;
  /** `false`: `text.verbosity` is refused. Everyone but OpenAI's GPT-5 family. https://platform.openai.com/docs/guides/latest-model */
  readonly textVerbosity?: boolean;
  /** Where the end user's id goes: `user` before `safety_identifier` came. xAI. https://docs.x.ai/docs/api-reference */
  readonly endUserField?: "safety_identifier" | "user";
}
