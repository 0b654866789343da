import type { LossRecorder } from "../../ir/loss.ts";
import type { EncodeTarget } from "../dialect.ts";
import type { ReplayTarget } from "../shared/replay.ts";
import type { GeminiQuirks } from "./quirks.ts";

/** What every part of a request's encoder needs to know. */
export interface EncodeScope {
  readonly target: EncodeTarget<GeminiQuirks>;
  readonly place: ReplayTarget;
  readonly losses: LossRecorder;
}
