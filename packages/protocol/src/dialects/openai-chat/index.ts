import { invalidRequest } from "../../ir/errors.ts";
import { SSE_COMMENT } from "../../sse/format.ts";
import type { Dialect } from "../dialect.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

export type { OpenAiChatQuirks } from "./quirks.ts";

const soon = (): never => {
  throw invalidRequest("not written yet");
};

/** OpenAI's chat completions and what compatible vendors add. https://platform.openai.com/docs/api-reference/chat */
export const openaiChat = {
  id: "openai-chat",
  decodeRequest: soon,
  encodeRequest: soon,
  decodeResponse: soon,
  encodeResponse: soon,
  decodeStream: soon,
  encodeStream: soon,
  encodeError: soon,
  errorEvent: soon,
  decodeError: soon,
  keepAlive: SSE_COMMENT,
} satisfies Dialect<OpenAiChatQuirks>;
