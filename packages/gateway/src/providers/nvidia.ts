import type { ProviderDefinition } from "./define.ts";

/** The hosted catalogue. A NIM container of one's own speaks what vLLM speaks. */
export const nvidia: ProviderDefinition = {
  id: "nvidia",
  aliases: ["nvidia-nim"],
  name: "NVIDIA NIM",
  docsUrl: "https://docs.api.nvidia.com/nim/reference/llm-apis",
  checked: "2026-11-20",
  keyVariables: ["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://integrate.api.nvidia.com/v1",
      quirks: { unsupportedFields: ["prompt_cache_key"], documentParts: false },
    },
  },
};
