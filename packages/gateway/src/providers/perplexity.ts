import type { ProviderDefinition } from "./define.ts";
import { lookAlikeResponses } from "./look-alike.ts";

/** Chat Completions ended on 2026-09-27; the Agent API takes Responses requests. */
export const perplexity: ProviderDefinition = {
  id: "perplexity",
  name: "Perplexity",
  docsUrl: "https://docs.perplexity.ai/docs/grounded-llm/openai-compatibility",
  checked: "2026-11-20",
  keyVariables: ["PERPLEXITY_API_KEY", "PPLX_API_KEY"],
  endpoints: {
    "openai-responses": {
      baseUrl: "https://api.perplexity.ai/v1",
      quirks: { ...lookAlikeResponses, hostedTools: ["web_search"] },
    },
  },
};
