import type { Spoken } from "../codecs.ts";
import { anthropicKit } from "./anthropic-messages.ts";
import { geminiKit } from "./gemini.ts";
import type { WireKit } from "./kit.ts";
import { chatKit } from "./openai-chat.ts";
import { responsesKit } from "./openai-responses.ts";

export const KITS: Readonly<Record<Spoken, WireKit>> = {
  "openai-chat": chatKit,
  "openai-responses": responsesKit,
  "anthropic-messages": anthropicKit,
  gemini: geminiKit,
};
