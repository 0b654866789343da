import type { Spoken, Upstream } from "../codecs.ts";
import { anthropicKit } from "./anthropic-messages.ts";
import { converseKit } from "./bedrock-converse.ts";
import { geminiKit } from "./gemini.ts";
import type { UpstreamKit, WireKit } from "./kit.ts";
import { chatKit } from "./openai-chat.ts";
import { responsesKit } from "./openai-responses.ts";

export const KITS: Readonly<Record<Spoken, WireKit>> = {
  "openai-chat": chatKit,
  "openai-responses": responsesKit,
  "anthropic-messages": anthropicKit,
  gemini: geminiKit,
};

export const UPSTREAM_KITS: Readonly<Record<Upstream, UpstreamKit>> = { ...KITS, "bedrock-converse": converseKit };
