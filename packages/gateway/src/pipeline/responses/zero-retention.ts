import type { OwnedPolicy } from "../../config/access.ts";

/** The owners of a key may want that nothing is kept of it, in whatever form. */
export function keepsNothing(policies: readonly OwnedPolicy[]): boolean {
  return policies.some(({ policy }) => policy.privacy?.zeroRetention === true);
}
