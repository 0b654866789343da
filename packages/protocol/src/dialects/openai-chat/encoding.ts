import type { LossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import type { ReplayTarget } from "../shared/replay.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import type { ToolCallIds } from "./tool-call-ids.ts";

/** What the encoders of one request share. */
export interface Encoding {
  readonly request: CanonicalRequest;
  readonly target: ReplayTarget;
  readonly quirks: OpenAiChatQuirks;
  readonly losses: LossRecorder;
  readonly callId: ToolCallIds;
}
