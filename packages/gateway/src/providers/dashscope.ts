import type { ProviderDefinition } from "./define.ts";
import { lookAlike, lookAlikeResponses } from "./look-alike.ts";

/** The international edition (Singapore). Beijing is at dashscope.aliyuncs.com; newer workspaces have a host of their own. */
export const dashscope: ProviderDefinition = {
  id: "dashscope",
  aliases: ["alibaba", "qwen"],
  name: "Alibaba Cloud Model Studio",
  docsUrl: "https://www.alibabacloud.com/help/en/model-studio/use-qwen-by-calling-api",
  checked: "2026-11-20",
  keyVariables: ["DASHSCOPE_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
      quirks: {
        topK: true,
        reasoningRequest: "enable_thinking",
        reasoningReplay: "reasoning_content",
        assistantPrefix: "partial",
        cacheControl: true,
        documentParts: false,
        videoParts: true,
        toolResultMedia: true,
      },
    },
    "openai-responses": {
      baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
      quirks: lookAlikeResponses,
    },
    "anthropic-messages": { baseUrl: "https://dashscope-intl.aliyuncs.com/apps/anthropic", quirks: lookAlike },
  },
};
