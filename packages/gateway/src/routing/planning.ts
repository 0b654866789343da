import type { Snapshot } from "../catalogue/snapshot.ts";
import type { Access } from "./access/access.ts";
import type { Thrift } from "./access/thrift.ts";
import type { Decision } from "./auto/decide.ts";
import type { Way } from "./follow-routers.ts";
import type { Health } from "./health/health.ts";
import type { Ranking } from "./rank.ts";
import type { Circumstances, RequestView } from "./request-view.ts";
import type { Pin, SessionMemory } from "./stickiness.ts";
import type { Rejection, Target } from "./target.ts";

export interface PlanTools extends Circumstances {
  readonly health: Pick<Health, "firstTokenMs" | "tokensPerSecond">;
  readonly sessions: SessionMemory;
}

/** Everything that one plan is made from. */
export interface Planning {
  readonly snapshot: Snapshot;
  readonly view: RequestView;
  readonly tools: PlanTools;
  /** Absent: nothing stands between the caller and any target. */
  readonly access: Access | undefined;
  /** Asked only where there is a choice. Undefined: what it costs is no concern. */
  readonly thrift: () => Thrift | undefined;
  readonly way: Way;
  readonly ranking: Ranking;
  /** The conversation's id in `SessionMemory`. */
  readonly session: () => string;
}

/** Targets on their way into a plan. */
export interface Draft {
  readonly targets: readonly Target[];
  readonly rejected: readonly Rejection[];
  readonly reasons: readonly string[];
  /** Who would go first if the cheapest did not. */
  readonly usual?: string;
  /** Of `auto`. */
  readonly decision?: Decision;
  readonly pin?: Pin;
}
