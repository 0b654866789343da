import type { ProviderDefinition } from "./define.ts";
import { lookAlike } from "./look-alike.ts";

export const deepinfra: ProviderDefinition = {
  id: "deepinfra",
  name: "DeepInfra",
  docsUrl: "https://docs.deepinfra.com/chat/overview",
  checked: "2026-11-20",
  keyVariables: ["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
  endpoints: {
    "openai-chat": { baseUrl: "https://api.deepinfra.com/v1/openai", quirks: { documentParts: false } },
    // https://docs.deepinfra.com/integrations/anthropic
    "anthropic-messages": {
      baseUrl: "https://api.deepinfra.com/anthropic",
      quirks: lookAlike,
      // unconfirmed
      auth: { kind: "bearer" },
    },
  },
};
