import type { DialectId, Opaque, Origin } from "../../ir/origin.ts";

/** Where a request is being encoded to. */
export interface ReplayTarget {
  readonly dialect: DialectId;
  readonly provider: string;
  readonly model: string;
}

/**
 * Whether an opaque value may be shown to this target: same dialect, and same provider where the value tells its own.
 * A client that speaks the dialect itself replays values without a provider; those go to whoever speaks the dialect,
 * as they would without a gateway. The model may differ: vendors accept or ignore their own values across models.
 */
export function isReplayable(opaque: Opaque, target: ReplayTarget): boolean {
  return sameHouse(opaque.origin, target);
}

/** The same rule for unknown parts and provider file ids. */
export function sameHouse(origin: Origin, target: ReplayTarget): boolean {
  return origin.dialect === target.dialect && (origin.provider === undefined || origin.provider === target.provider);
}
