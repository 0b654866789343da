import { anthropicMessages, type Dialect, gemini, openaiChat, openaiResponses } from "@signalbox/protocol";
import type { EndpointDialect, QuirksByDialect } from "../config/quirks.ts";

type Dialects = { readonly [D in EndpointDialect]: Dialect<QuirksByDialect[D]> };

const DIALECTS: Dialects = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  gemini,
};

export function dialectOf<D extends EndpointDialect>(id: D): Dialects[D] {
  return DIALECTS[id];
}
