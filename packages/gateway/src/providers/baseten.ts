import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

export const baseten: ProviderDefinition = {
  id: "baseten",
  name: "Baseten",
  docsUrl: "https://docs.baseten.co/quickstart",
  checked: "2026-11-20",
  keyVariables: ["BASETEN_API_KEY"],
  endpoints: {
    "openai-chat": {
      baseUrl: "https://inference.baseten.co/v1",
      quirks: { unsupportedFields: ["prompt_cache_key"], documentParts: false },
    },
    "anthropic-messages": { baseUrl: "https://inference.baseten.co", quirks: lookAlike, auth: { kind: "bearer" } },
  },
};
