import type { ProviderDefinition } from "./define.ts";

export const nebius: ProviderDefinition = {
  id: "nebius",
  name: "Nebius Token Factory",
  docsUrl: "https://docs.tokenfactory.nebius.com/api-reference/introduction",
  checked: "2026-11-20",
  keyVariables: ["NEBIUS_API_KEY"],
  endpoints: { "openai-chat": { baseUrl: "https://api.tokenfactory.nebius.com/v1", quirks: { documentParts: false } } },
};
