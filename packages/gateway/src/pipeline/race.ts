import { GatewayError } from "@signalbox/protocol";
import { AttemptFailure } from "./failure.ts";

/** Who may answer the client, where two attempts run at once: the first that has content. */
export interface Race {
  /** Whether an attempt has claimed the client. */
  readonly isDecided: () => boolean;
  readonly enter: (lose: (reason: GatewayError) => void) => Runner;
}

export interface Runner {
  /** Before the first byte of an answer. Throws AttemptFailure when another attempt answers already. */
  readonly claim: () => void;
  readonly hasClaimed: () => boolean;
  /** The client was told nothing of it after all: another may claim it. */
  readonly giveUp: () => void;
  /** Out of the race, answered or not. */
  readonly leave: () => void;
}

export function startRace(): Race {
  let winner: symbol | undefined;
  const others = new Map<symbol, (reason: GatewayError) => void>();
  return {
    isDecided: () => winner !== undefined,
    enter(lose) {
      const runner = Symbol("runner");
      others.set(runner, lose);
      return {
        claim() {
          if (winner === runner) return;
          if (winner !== undefined) throw new AttemptFailure(lost());
          winner = runner;
          others.delete(runner);
          for (const tell of others.values()) tell(lost());
        },
        hasClaimed: () => winner === runner,
        giveUp() {
          if (winner === runner) winner = undefined;
        },
        leave: () => others.delete(runner),
      };
    },
  };
}

function lost(): GatewayError {
  return new GatewayError("client_closed", "Another attempt answered first.");
}
