import type { JsonObject } from "@signalbox/protocol";
import type { SurfaceDialect } from "./quirks.ts";
import type { Secret } from "./secret.ts";

/** What a key may do beside asking models, weakest first. A key without a role asks models, and reads of itself only. */
export const roles = ["viewer", "editor", "admin", "owner"] as const;

export type Role = (typeof roles)[number];

export const rateWindows = ["minute", "hour", "5h", "day", "7d"] as const;

export type RateWindow = (typeof rateWindows)[number];

export const RATE_WINDOW_MS: Readonly<Record<RateWindow, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  "5h": 18_000_000,
  day: 86_400_000,
  "7d": 604_800_000,
};

/** A bucket of this size that refills evenly over its window. */
export interface RateLimit {
  readonly unit: "requests" | "tokens";
  readonly per: RateWindow;
  readonly limit: number;
}

export const budgetWindows = ["day", "week", "month", "total"] as const;

/** Of the UTC calendar; weeks begin on Monday. */
export type BudgetWindow = (typeof budgetWindows)[number];

export const budgetScopes = ["org", "team", "key", "session", "agent"] as const;

/** Whose spending is added up: `session` and `agent` are one conversation, or one sub-agent in it, of one key. */
export type BudgetScope = (typeof budgetScopes)[number];

export interface Budget {
  readonly per: BudgetScope;
  readonly window: BudgetWindow;
  readonly limitNano: number;
  /** From this share of the limit on, routers move to their cheapest variant. */
  readonly softPercent: number;
}

/** Enforced where routes are planned, and shown by `explain`. */
export interface Privacy {
  /** Requests and answers are kept, encrypted, for so long; absent: not at all. */
  readonly retainBodiesHours?: number;
  readonly blockedProviders?: readonly string[];
  /** Only providers that are declared to be in one of these. */
  readonly regions?: readonly string[];
  /** Only providers that are declared to keep nothing. */
  readonly zeroRetention?: boolean;
}

/**
 * What one owner (a key, its team, its organisation) allows and limits. Absent means that this owner says nothing of it. Of several
 * owners all count: lists are met by each, limits and budgets hold side by side.
 */
export interface AccessPolicy {
  /** Names that may be asked for, and targets that may answer; `*` stands for any text. */
  readonly models?: readonly string[];
  /** Routers that may be asked for, wherever they lead. */
  readonly routers?: readonly string[];
  readonly providers?: readonly string[];
  readonly surfaces?: readonly SurfaceDialect[];
  /** Addresses of clients, in CIDR notation; denied ones are refused even where they are allowed. */
  readonly allowCidrs?: readonly string[];
  readonly denyCidrs?: readonly string[];
  readonly limits?: readonly RateLimit[];
  /** Requests at one time. */
  readonly concurrency?: number;
  readonly budgets?: readonly Budget[];
  readonly privacy?: Privacy;
}

export type OwnerKind = "key" | "team" | "org";

export interface OwnedPolicy {
  readonly kind: OwnerKind;
  readonly id: string;
  readonly policy: AccessPolicy;
}

/** A provider's account that belongs to a key, a team, an organisation or a group, and not to the configuration. */
export interface OwnCredential {
  readonly id: string;
  readonly provider: string;
  readonly secret: Secret;
  readonly priority: number;
  readonly weight: number;
}

/** A way out that a group binds its keys to: an account of the configuration by its id or name, or one of the group's own. */
export interface GroupChannel {
  readonly provider: string;
  readonly credential: string;
  readonly priority: number;
  readonly weight: number;
}

/** Keys of a group reach its channels only, and see only the models of their providers. https://torouter.ai/docs */
export interface KeyGroup {
  readonly id: string;
  readonly name: string;
  readonly channels: readonly GroupChannel[];
  readonly models?: readonly string[];
}

/** What conditions see of a key, under its own names. */
export type KeyMetadata = JsonObject;
