import { GatewayError } from "@signalbox/protocol";
import type { BudgetScope, BudgetWindow } from "../config/access.ts";
import { formatDollars } from "../config/money.ts";
import type { ClientKey } from "../config/settings.ts";
import type { SpendOwner } from "../store/ledger/ledger-rows.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday. */
const THURSDAY = 3;
/** Counters of what does not end soon are forgotten so long after their last use, and read from the ledger again. */
const IDLE_DAYS = { total: 7, conversation: 1 } as const;

/** Of one budget, or of several of the same scope and window: then the strictest. */
export interface PlannedBudget {
  readonly scope: BudgetScope;
  readonly window: BudgetWindow;
  readonly limitNano: number;
  /** From this sum on routers save. */
  readonly softNano: number;
}

/** Who is spending, as far as the client says. */
export interface Spender {
  readonly key: ClientKey;
  readonly session?: string;
  readonly agent?: string;
}

/** One owner's budget in the window that is now. */
export interface OpenBudget {
  readonly budget: PlannedBudget;
  readonly owner: SpendOwner;
  readonly counter: string;
  /** Since when the ledger's rows count. */
  readonly since: number;
  /** Absent: it never renews. */
  readonly renewsAt?: number;
  readonly expiresAt: number;
}

/** Undefined where nobody is named whose spending could be added up: a key without a team, a call without a conversation. */
export function openBudget(budget: PlannedBudget, spender: Spender, now: number): OpenBudget | undefined {
  if (budget.scope === "session" || budget.scope === "agent") return computeOpen(budget, spender, now);
  const last = lastOpen.get(budget);
  if (last?.key === spender.key && now >= last.from && now < last.until) return last.open;
  const open = computeOpen(budget, spender, now);
  const from = Math.floor(now / HOUR_MS) * HOUR_MS;
  lastOpen.set(budget, { key: spender.key, open, from, until: from + HOUR_MS });
  return open;
}

/** All windows begin and end with an hour; and nearly every request is in the same one as the one before it. */
const lastOpen = new WeakMap<
  PlannedBudget,
  { readonly key: ClientKey; readonly open: OpenBudget | undefined; readonly from: number; readonly until: number }
>();

function computeOpen(budget: PlannedBudget, spender: Spender, now: number): OpenBudget | undefined {
  const owner = spendOwner(budget.scope, spender);
  if (owner === undefined) return undefined;
  const span = windowAt(budget.window, now);
  const expiresAt = Math.min(span.until ?? Number.POSITIVE_INFINITY, idleUntil(budget.scope, now, span.until));
  const counter = `${ownerName(owner)}:${span.name}`;
  const renews = span.until === undefined ? {} : { renewsAt: span.until };
  return { budget, owner, counter, since: span.since, ...renews, expiresAt };
}

export interface Span {
  readonly name: string;
  readonly since: number;
  readonly until?: number;
}

/** Days, weeks from Monday and months, of UTC. */
export function windowAt(window: BudgetWindow, now: number): Span {
  const last = lastSpans.get(window);
  if (last !== undefined && now >= last.since && (last.until === undefined || now < last.until)) return last;
  const span = computeSpan(window, now);
  lastSpans.set(window, span);
  return span;
}

/** Dates are slow to write, and nearly every request is in the same window as the one before it. */
const lastSpans = new Map<BudgetWindow, Span>();

function computeSpan(window: BudgetWindow, now: number): Span {
  const today = Math.floor(now / DAY_MS);
  switch (window) {
    case "day":
      return { name: `day:${isoDay(today * DAY_MS)}`, since: today * DAY_MS, until: (today + 1) * DAY_MS };
    case "week": {
      const monday = today - ((today + THURSDAY) % 7);
      return { name: `week:${isoDay(monday * DAY_MS)}`, since: monday * DAY_MS, until: (monday + 7) * DAY_MS };
    }
    case "month": {
      const date = new Date(now);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      const since = Date.UTC(year, month, 1);
      return { name: `month:${isoDay(since).slice(0, 7)}`, since, until: Date.UTC(year, month + 1, 1) };
    }
    case "total":
      return { name: "total", since: 0 };
  }
}

export interface Overspent {
  readonly open: OpenBudget;
  readonly amountNano: number;
  readonly spentNano: number;
}

/** Sums of a team or an organisation are not told: a key reads of itself only. */
export function budgetExceeded({ open, amountNano, spentNano }: Overspent): GatewayError {
  const { budget, renewsAt } = open;
  const name = `The ${windowWords[budget.window]} budget of ${ownerWords(open.owner)} ($${formatDollars(budget.limitNano)})`;
  const why =
    spentNano >= budget.limitNano
      ? "is used up."
      : `has too little left for this request, which may cost up to $${formatDollars(amountNano)}.`;
  const renewal = renewsAt === undefined ? "It does not renew." : `It renews on ${isoDay(renewsAt)} at 00:00 UTC.`;
  return new GatewayError("budget_exceeded", `${name} ${why} ${renewal}`, {
    limit: { unit: "dollars", per: budget.window },
  });
}

/** `the daily budget of team 'research' is used to 83 %`. */
export function budgetPressure({ budget, owner }: OpenBudget, usedNano: number): string {
  const percent = budget.limitNano === 0 ? 100 : Math.floor((usedNano * 100) / budget.limitNano);
  return `the ${windowWords[budget.window]} budget of ${ownerWords(owner)} is used to ${percent} %`;
}

const windowWords: Readonly<Record<BudgetWindow, string>> = {
  day: "daily",
  week: "weekly",
  month: "monthly",
  total: "total",
};

function ownerWords({ kind, id }: SpendOwner): string {
  switch (kind) {
    case "key":
      return "this API key";
    case "team":
      return `team '${id}'`;
    case "org":
      return `organization '${id}'`;
    case "session":
      return "this conversation";
    case "agent":
      return "this sub-agent";
  }
}

function spendOwner(scope: BudgetScope, { key, session, agent }: Spender): SpendOwner | undefined {
  switch (scope) {
    case "key":
      return { kind: "key", id: key.id };
    case "team":
      return key.team === undefined ? undefined : { kind: "team", id: key.team };
    case "org":
      return key.org === undefined ? undefined : { kind: "org", id: key.org };
    case "session":
      return session === undefined ? undefined : { kind: "session", id: key.id, session };
    case "agent":
      if (agent === undefined) return undefined;
      return { kind: "agent", id: key.id, agent, ...(session === undefined ? {} : { session }) };
  }
}

/** What a client calls its conversations may hold anything: its length stands before it, so that no two names are the same. */
function ownerName({ kind, id, session = "", agent }: SpendOwner): string {
  if (kind !== "session" && kind !== "agent") return `${kind}:${id}`;
  const conversation = `${kind}:${id}:${session.length}:${session}`;
  return agent === undefined ? conversation : `${conversation}:${agent.length}:${agent}`;
}

function idleUntil(scope: BudgetScope, now: number, until: number | undefined): number {
  const hour = Math.ceil(now / HOUR_MS) * HOUR_MS;
  if (scope === "session" || scope === "agent") return hour + IDLE_DAYS.conversation * DAY_MS;
  return until ?? hour + IDLE_DAYS.total * DAY_MS;
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
