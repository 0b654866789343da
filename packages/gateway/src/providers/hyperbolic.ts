import type { ProviderDefinition } from "./define.ts";

export const hyperbolic: ProviderDefinition = {
  id: "hyperbolic",
  name: "Hyperbolic",
  docsUrl: "https://docs.hyperbolic.ai",
  checked: "2026-11-20",
  keyVariables: ["HYPERBOLIC_API_KEY"],
  endpoints: { "openai-chat": { baseUrl: "https://api.hyperbolic.xyz/v1", quirks: { documentParts: false } } },
};
