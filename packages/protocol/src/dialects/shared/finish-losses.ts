import type { FinishReason } from "../../ir/finish-reason.ts";
import type { LossRecorder } from "../../ir/loss.ts";

/** Endings that not every dialect has a word for. */
const RARE: ReadonlySet<FinishReason["unified"]> = new Set(["pause", "error", "other"]);

/** Records an ending that the client is told in another word, and a stop sequence that it is not told at all. */
export function reportFinish(reason: FinishReason, told: string, losses: LossRecorder): void {
  const { unified, raw, stopSequence } = reason;
  if (stopSequence !== undefined) losses.drop("stop-sequence", "Which stop sequence was hit cannot be told.");
  if (RARE.has(unified) && raw !== undefined && raw !== told) {
    losses.adapt("finish-reason", `The answer ended with '${raw}', which was told as '${told}'.`);
  }
}
