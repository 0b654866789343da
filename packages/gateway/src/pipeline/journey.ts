import type { Tried } from "../routing/next-attempt.ts";
import type { PlannedAttempt } from "../routing/plan.ts";
import type { Assembly } from "./attempt-context.ts";
import type { Continuation } from "./continuation.ts";
import type { Parties } from "./parties.ts";
import type { Race } from "./race.ts";

/** One request on its way through its plan. */
export interface Journey extends Parties {
  readonly planned: readonly PlannedAttempt[];
  readonly race: Race;
  readonly tried: Tried[];
  /** Absent: nothing stands between the upstream's answer and the client. */
  readonly assembly: Assembly | undefined;
  /** Absent: an answer whose stream is cut has failed. */
  readonly continuation: Continuation | undefined;
  /** On the clock of `performance.now()`. */
  readonly deadlineAt: number;
}
