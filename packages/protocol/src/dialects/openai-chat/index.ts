import { SSE_COMMENT } from "../../sse/format.ts";
import type { Dialect } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import { decodeError, encodeError, errorEvent } from "./errors.ts";
import { isLandmark } from "./landmarks.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

export type { OpenAiChatQuirks } from "./quirks.ts";

/** OpenAI's chat completions and what compatible vendors add. https://platform.openai.com/docs/api-reference/chat */
export const openaiChat = {
  id: "openai-chat",
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeStream,
  isLandmark,
  encodeStream,
  encodeError,
  errorEvent,
  decodeError,
  keepAlive: SSE_COMMENT,
} satisfies Dialect<OpenAiChatQuirks>;
