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
import type { OpenAiResponsesQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

export type { OpenAiResponsesQuirks } from "./quirks.ts";
export { serverStateFeatures } from "./server-state.ts";

/** OpenAI's Responses API, as Codex, the openai SDKs and @ai-sdk/openai speak it. */
export const openaiResponses = {
  id: DIALECT,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeStream,
  isLandmark,
  encodeStream,
  decodeError,
  encodeError,
  errorEvent,
  keepAlive: SSE_COMMENT,
} satisfies Dialect<OpenAiResponsesQuirks>;
