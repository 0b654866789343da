import type { CanonicalRequest, Loss } from "@signalbox/protocol";
import type { PlannedAttempt } from "../routing/plan.ts";

export interface Reworked {
  readonly request: CanonicalRequest;
  readonly dropped?: readonly Loss[];
  readonly adapted?: readonly Loss[];
}

/** What one of the gateway's own features changes in a request on its way to one target, after the router's own overrides. */
export type Rework = (asked: CanonicalRequest, planned: PlannedAttempt) => Reworked;

/** One after the other, as they stand. */
export function rework(
  reworks: readonly Rework[],
  asked: CanonicalRequest,
  planned: PlannedAttempt,
): Required<Reworked> {
  const dropped: Loss[] = [];
  const adapted: Loss[] = [];
  let request = asked;
  for (const change of reworks) {
    const changed = change(request, planned);
    request = changed.request;
    dropped.push(...(changed.dropped ?? []));
    adapted.push(...(changed.adapted ?? []));
  }
  return { request, dropped, adapted };
}
