import { anthropicMessages, gemini, openaiChat, openaiResponses } from "@signalbox/protocol";
import { providerDefinitions } from "../../packages/gateway/src/providers/index.ts";
import { type Codec, codecOf, type Spoken } from "../protocol/codecs.ts";

/** The recordings' names of providers, where the gateway's differ. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  "vercel-gateway": "vercel",
  "local-openai-compat": "llama-cpp",
  alibaba: "dashscope",
  gemini: "google-ai-studio",
  "open-responses": "lm-studio",
};

/** The gateway's id of a recorded provider. */
export function providerId(provider: string): string {
  return OWN_NAMES[provider] ?? provider;
}

/** A dialect with the quirks that the gateway ships for the recorded provider. */
export function codecFor(dialect: Spoken, provider: string): Codec {
  const id = providerId(provider);
  const endpoints = providerDefinitions.find((definition) => definition.id === id)?.endpoints;
  switch (dialect) {
    case "openai-chat":
      return codecOf(openaiChat, endpoints?.[dialect]?.quirks ?? {});
    case "openai-responses":
      return codecOf(openaiResponses, endpoints?.[dialect]?.quirks ?? {});
    case "anthropic-messages":
      return codecOf(anthropicMessages, endpoints?.[dialect]?.quirks ?? {});
    case "gemini":
      return codecOf(gemini, endpoints?.[dialect]?.quirks ?? {});
  }
}
