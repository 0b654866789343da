import type { Dialect } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import { decodeError, encodeError, errorEvent, errorTail } from "./errors.ts";
import { isLandmark } from "./landmarks.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { KEEP_ALIVE } from "./wire.ts";

export type { GeminiQuirks, ThinkingLevel } from "./quirks.ts";

/** generateContent and streamGenerateContent: https://ai.google.dev/api/generate-content */
export const gemini = {
  id: "gemini",
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeStream,
  isLandmark,
  encodeStream,
  encodeError,
  errorEvent,
  errorTail,
  decodeError,
  keepAlive: KEEP_ALIVE,
} satisfies Dialect<GeminiQuirks>;
