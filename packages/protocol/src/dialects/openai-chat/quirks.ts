import type { ReasoningEffort } from "../../ir/request.ts";

/**
 * How an endpoint differs from the others that speak chat completions. Every field is optional. What is absent takes the
 * choice that fails least on a compatible server of which nothing is known, so that a server of one's own needs none;
 * OpenAI's own endpoint sets those that say "OpenAI". Each quirk is implemented in the one file that its comment names.
 */
export interface OpenAiChatQuirks {
  // encode-sampling.ts

  /**
   * The field of the output limit; default `max_tokens`. OpenAI, Azure: `max_completion_tokens`, since their reasoning
   * models reject the other. https://platform.openai.com/docs/api-reference/chat/create
   */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** The greatest number of stop sequences. OpenAI: 4. https://platform.openai.com/docs/api-reference/chat/create */
  readonly stopLimit?: number;
  /**
   * `top_k` is understood; default false. OpenRouter, vLLM, SGLang, Together, Fireworks, DashScope.
   * https://openrouter.ai/docs/api-reference/parameters
   */
  readonly topK?: boolean;
  /** The field of the seed; default `seed`. Mistral: `random_seed`. https://docs.mistral.ai/api/ */
  readonly seedField?: "seed" | "random_seed";

  // encode-request.ts

  /**
   * The field of the end user's id; default `user`. OpenAI: `safety_identifier`, which takes 64 characters at most; a
   * longer id is sent as `user`. https://platform.openai.com/docs/guides/safety-best-practices
   */
  readonly endUserField?: "user" | "safety_identifier";
  /** `stream_options.include_usage` is understood; default true. Mistral: false, it always sends usage. https://docs.mistral.ai/api/ */
  readonly streamUsage?: boolean;
  /**
   * The most that `response_format` can say; default `json_schema`. DeepSeek, Z.ai: `json_object`, then the schema is
   * said in the instructions. https://api-docs.deepseek.com/guides/json_mode
   */
  readonly jsonSchema?: "json_schema" | "json_object";
  /**
   * Top-level fields that the server rejects; they are left out and reported. Mistral: `user`, `store`, `metadata`, …;
   * Groq: `logprobs`, `logit_bias`, `top_logprobs`. https://console.groq.com/docs/openai
   */
  readonly unsupportedFields?: readonly string[];

  // encode-modalities.ts

  /**
   * How pictures are asked for; default `none`: the endpoint makes none, as OpenAI's own. `modalities`: by that field with
   * `image` in it; then answers have `images`, and earlier answers are told with theirs. Vercel AI Gateway.
   * `image_config`: also how they are to be. OpenRouter.
   * https://openrouter.ai/docs/guides/overview/multimodal/image-generation
   * https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/image-generation
   */
  readonly imageOutput?: "none" | "modalities" | "image_config";
  /**
   * `modalities` with `audio` in it, and `audio`, are understood; default true. Google's compatible endpoint: false.
   * https://ai.google.dev/gemini-api/docs/openai
   */
  readonly audioOutput?: boolean;

  // encode-reasoning.ts

  /**
   * How thinking is asked for; default `reasoning_effort` (OpenAI, Groq, xAI, Mistral, vLLM).
   * `reasoning`: OpenRouter's object of effort, max_tokens, exclude and enabled, also Vercel AI Gateway's.
   * https://openrouter.ai/docs/use-cases/reasoning-tokens
   * `thinking`: `thinking.type`, with `reasoning_effort` beside it where `efforts` names some. DeepSeek, Z.ai, Moonshot.
   * https://docs.z.ai/guides/capabilities/thinking-mode https://api-docs.deepseek.com/guides/thinking_mode
   * `enable_thinking`: with `thinking_budget`. DashScope (Qwen), SiliconFlow.
   * https://www.alibabacloud.com/help/en/model-studio/deep-thinking
   * `chat_template_kwargs`: vLLM and SGLang. https://docs.vllm.ai/en/latest/features/reasoning_outputs.html
   * `none`: it cannot be asked for. Perplexity.
   */
  readonly reasoningRequest?:
    | "reasoning_effort"
    | "reasoning"
    | "thinking"
    | "enable_thinking"
    | "chat_template_kwargs"
    | "none";
  /**
   * The efforts that the endpoint takes, `none` among them where thinking can be switched off by effort; default all.
   * Another is replaced by the nearest. xAI: `low`, `medium`, `high`, and `none` where the model can go without.
   * https://docs.x.ai/developers/model-capabilities/text/reasoning
   */
  readonly efforts?: readonly (ReasoningEffort | "none")[];

  // encode-assistant.ts

  /**
   * Where the endpoint's own earlier thinking is sent back; default `none`. DeepSeek, Moonshot, Z.ai, DashScope:
   * `reasoning_content` (DeepSeek answers 400 without it in tool loops). OpenRouter, Vercel: `reasoning_details`.
   * vLLM with gpt-oss, Groq: `reasoning`. Mistral: `thinking`, chunks inside `content`.
   * https://api-docs.deepseek.com/guides/thinking_mode https://docs.mistral.ai/capabilities/reasoning/
   */
  readonly reasoningReplay?: "reasoning_content" | "reasoning" | "reasoning_details" | "thinking" | "none";
  /**
   * How a last assistant message is marked as the beginning of the answer; default: it is not, and whether the model goes on
   * from there is not known. Mistral, DeepSeek beta: `prefix`. Moonshot, DashScope: `partial`. llama.cpp needs no mark:
   * `plain`. vLLM, SGLang: `continue_final_message`, beside the messages.
   * https://api-docs.deepseek.com/guides/chat_prefix_completion
   * https://docs.vllm.ai/en/latest/serving/openai_compatible_server/
   */
  readonly assistantPrefix?: "plain" | "prefix" | "partial" | "continue_final_message";

  // encode-content.ts

  /**
   * OpenRouter's `cache_control` on content parts, tool calls and tools is understood; absent: nobody has said, and it is not written.
   * OpenRouter, Vercel AI Gateway, DashScope; not Google. https://openrouter.ai/docs/features/prompt-caching
   */
  readonly cacheControl?: boolean;
  /** OpenAI's `prompt_cache_breakpoint` on content parts is understood; default false. OpenAI. https://platform.openai.com/docs/guides/prompt-caching */
  readonly promptCacheBreakpoint?: boolean;
  /** Content is text in a string; default false. Arrays of text are joined, media are left out and reported. DeepSeek, Cerebras. */
  readonly stringContentOnly?: boolean;
  /** `file` parts with data or a file id are understood; default true. Groq, DeepSeek, Mistral, vLLM: false. */
  readonly documentParts?: boolean;
  /** A `file` part's `file_data` may be a URL; default false. OpenRouter. https://openrouter.ai/docs/features/multimodal/pdfs */
  readonly documentUrls?: boolean;
  /** `video_url` parts are understood; default false. OpenRouter, DashScope, vLLM. https://openrouter.ai/docs/features/multimodal/videos */
  readonly videoParts?: boolean;

  // encode-messages.ts

  /** The role of instructions; default `system`. OpenAI's reasoning models: `developer`. https://model-spec.openai.com */
  readonly systemRole?: "system" | "developer";
  /** What becomes of a system message after the first turn; default `keep`. Servers whose chat template wants it first: `user`. */
  readonly midConversationSystem?: "keep" | "user";
  /**
   * Tool messages may hold images and files; default false, then these follow in a user message, since OpenAI allows text
   * only. OpenRouter, DashScope. https://platform.openai.com/docs/api-reference/chat/create
   */
  readonly toolResultMedia?: boolean;
  /** Tool messages carry the tool's `name`; default false. Mistral, Moonshot. https://docs.mistral.ai/api/ */
  readonly toolResultName?: boolean;

  // tool-call-ids.ts

  /** The greatest length of a tool call's id; longer ones are mapped. OpenAI, Azure: 40. Mistral: 9. */
  readonly toolCallIdMaxLength?: number;
  /** Ids are exactly `toolCallIdMaxLength` letters and digits; default false. Mistral. https://docs.mistral.ai/api/ */
  readonly toolCallIdAlphanumeric?: boolean;

  // encode-tools.ts

  /** `strict` of a function is understood; default true. Mistral's and DeepSeek's stable endpoints: false. https://api-docs.deepseek.com/guides/function_calling */
  readonly strictTools?: boolean;
  /** `parallel_tool_calls` is understood; default true. Cerebras models, Perplexity: false. */
  readonly parallelToolCalls?: boolean;
  /** Custom (free text) tools are understood; default false, then they become functions of one string. OpenAI. */
  readonly customTools?: boolean;
  /**
   * How a search of the web is asked for; absent: there is none. `search-models`: by `web_search_options`, at models that have
   * `-search` in their names (OpenAI). `web_search_options`: at every model. `openrouter:web_search`: by a tool of this type.
   * `groq`: by Groq's tool at GPT-OSS, and at its systems by `search_settings`. web-search.ts
   * https://developers.openai.com/api/docs/guides/tools-web-search https://openrouter.ai/docs/guides/features/server-tools/web-search
   */
  readonly webSearch?: "search-models" | "web_search_options" | "openrouter:web_search" | "groq";
  /** `tool_choice` of type `allowed_tools` is understood; default false, then the other tools are left out. OpenAI. */
  readonly allowedTools?: boolean;
  /** The word that says a tool must be called; default `required`. Mistral: `any`. https://docs.mistral.ai/capabilities/function_calling/ */
  readonly requiredToolChoice?: "required" | "any";
}
