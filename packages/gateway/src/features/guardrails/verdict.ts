import type { ErrorCode, JsonObject } from "@signalbox/protocol";
import type { PiiKind } from "../../config/features.ts";

/** What a guard found, and what became of it. It holds no text. */
export interface Verdict {
  readonly guard: "moderation" | "pii";
  readonly where: "input" | "output";
  readonly action: "flag" | "block" | "redact";
  readonly flagged: boolean;
  /** Of the judge, with how many of the judged pieces fall under each. */
  readonly categories?: Readonly<Record<string, number>>;
  /** How many different values of each. */
  readonly kinds?: Readonly<Partial<Record<PiiKind, number>>>;
  /** Who judged, or should have. */
  readonly model?: string;
  /** Nobody could judge it, and why. */
  readonly failed?: ErrorCode;
}

export function toldVerdict({ guard, where, action, flagged, categories, kinds, model, failed }: Verdict): JsonObject {
  return {
    guard,
    where,
    action,
    flagged,
    ...(categories === undefined ? {} : { categories }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(model === undefined ? {} : { model }),
    ...(failed === undefined ? {} : { failed }),
  };
}

const DONE: Readonly<Record<Verdict["action"], string>> = { flag: "flagged", block: "blocked", redact: "redacted" };

/** In a line: `moderation-input=ok,pii-input=redacted(email:2;ip:1)`. */
export function verdictLine(verdicts: readonly Verdict[]): string {
  return verdicts.map((verdict) => `${verdict.guard}-${verdict.where}=${outcomeOf(verdict)}`).join(",");
}

function outcomeOf({ action, flagged, categories, kinds, failed }: Verdict): string {
  if (failed !== undefined) return "unjudged";
  if (!flagged) return "ok";
  const found = Object.entries({ ...categories, ...kinds }).map(([name, count]) => `${name}:${count}`);
  return found.length === 0 ? DONE[action] : `${DONE[action]}(${found.join(";")})`;
}
