import type { LossRecorder } from "../../ir/loss.ts";
import type { ToolCallPart } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import type { EncodeTarget, ModelFacts } from "../dialect.ts";
import type { ReplayTarget } from "../shared/replay.ts";
import { toolCallsById } from "../shared/tools.ts";
import type { OpenAiResponsesQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

/** What every part of the request encoder needs to know. */
export interface EncodeContext {
  readonly request: CanonicalRequest;
  readonly quirks: OpenAiResponsesQuirks;
  readonly facts: ModelFacts | undefined;
  readonly target: ReplayTarget;
  readonly losses: LossRecorder;
  readonly calls: ReadonlyMap<string, ToolCallPart>;
}

export function encodeContext(
  request: CanonicalRequest,
  target: EncodeTarget<OpenAiResponsesQuirks>,
  losses: LossRecorder,
): EncodeContext {
  return {
    request,
    quirks: target.quirks,
    facts: target.facts,
    target: { dialect: DIALECT, provider: target.provider, model: target.model },
    losses,
    calls: toolCallsById(request.messages),
  };
}
