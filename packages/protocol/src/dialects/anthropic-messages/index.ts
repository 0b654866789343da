import type { Dialect } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import { decodeError, encodeError, errorEvent } from "./errors.ts";
import { isLandmark } from "./landmarks.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

export { betasAt, betasWithout, fieldsUnknownAt, type HostBetas } from "./betas.ts";
export { type ClaudeHost, claudeHosts } from "./hosts.ts";
export type { AnthropicMessagesQuirks } from "./quirks.ts";

/** Anthropic's Messages API, stable and beta. https://platform.claude.com/docs/en/api/messages */
export const anthropicMessages = {
  id: DIALECT,
  decodeRequest,
  encodeResponse,
  encodeStream,
  encodeError,
  errorEvent,
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  encodeRequest,
  decodeResponse,
  decodeStream,
  isLandmark,
  decodeError,
} satisfies Dialect<AnthropicMessagesQuirks>;
