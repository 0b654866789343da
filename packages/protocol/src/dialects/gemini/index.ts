import { SSE_COMMENT } from "../../sse/format.ts";
import type { Dialect } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import { decodeError, encodeError, errorEvent } from "./errors.ts";
import type { GeminiQuirks } from "./quirks.ts";

export type { GeminiQuirks, ThinkingLevel } from "./quirks.ts";

/** generateContent and streamGenerateContent: https://ai.google.dev/api/generate-content */
export const gemini = {
  id: "gemini",
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeStream,
  encodeStream,
  encodeError,
  errorEvent,
  decodeError,
  /** A block of its own: Google's SDK loses a data line that shares a block with a comment. */
  keepAlive: SSE_COMMENT,
} satisfies Dialect<GeminiQuirks>;
