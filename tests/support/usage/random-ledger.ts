import fc from "fast-check";
import { uuidV7 } from "../../../packages/gateway/src/config/uuid.ts";
import {
  type AttemptRow,
  type CacheStatus,
  cacheStatuses,
  type LedgerEntry,
  type RequestState,
  type Savings,
  type Settlement,
  type TokenCounts,
} from "../../../packages/gateway/src/store/ledger/ledger-rows.ts";

const count = fc.oneof(fc.constant(undefined), fc.nat(5_000_000));

const usage: fc.Arbitrary<TokenCounts | undefined> = fc.option(
  fc
    .record({
      inputTokens: count,
      cacheReadTokens: count,
      cacheWrite5mTokens: count,
      cacheWrite1hTokens: count,
      outputTokens: count,
      reasoningTokens: count,
      webSearches: count,
    })
    .map((counts) => Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined))),
  { nil: undefined },
);

/** 100,000 dollars and less. */
const dear = fc.integer({ min: 0, max: 100_000_000_000_000 });

const name = (...names: readonly [string, ...string[]]) => fc.constantFrom(...names);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const attempt: fc.Arbitrary<AttemptRow> = fc
  .record({
    provider: name("openai", "anthropic", "lab"),
    model: name("gpt-5", "claude-sonnet-4-5", '=cmd|" /C calc"!A0'),
    usage,
    cost: fc.oneof(fc.constant("unpriced" as const), fc.constant(undefined), dear),
    durationMs: fc.nat(60_000),
    firstTokenMs: maybe(fc.nat(10_000)),
    error: maybe(name("overloaded", "rate_limited")),
  })
  .map(({ cost, usage: used, firstTokenMs, error, ...rest }) => ({
    ...rest,
    dialect: "openai-chat",
    lane: "passthrough",
    startedAfterMs: 1,
    ...(used === undefined ? {} : { usage: used }),
    ...(typeof cost === "number" ? { costNano: cost, price: "test:1" } : {}),
    ...(cost === "unpriced" ? { unpriced: true } : {}),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    ...(error === undefined ? {} : { error }),
  }));

/** Features may also cost more than they save. */
const saving = maybe(fc.integer({ min: -50_000_000_000_000, max: 50_000_000_000_000 }));

const savings: fc.Arbitrary<Savings> = fc
  .record({
    cacheNano: saving,
    compressionNano: saving,
    routingNano: saving,
    unpriced: fc.constantFrom(true, undefined),
  })
  .map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)));

const states: readonly [RequestState, ...RequestState[]] = [
  "settled",
  "settled",
  "failed",
  "cancelled",
  "unknown",
  "admitted",
];

/** A request that was admitted so many milliseconds after a time which is chosen later. */
export interface DraftRequest {
  readonly afterMs: number;
  readonly entryAt: (at: number) => LedgerEntry;
}

export interface DraftOptions {
  readonly spanMs: number;
}

export function draftRequest({ spanMs }: DraftOptions): fc.Arbitrary<DraftRequest> {
  return fc
    .record({
      // Midnights and their neighbours are where ranges go wrong.
      afterMs: fc.oneof(
        fc.nat(spanMs - 1),
        fc
          .tuple(fc.nat(spanMs / 86_400_000 - 1), fc.constantFrom(0, 1, 86_399_999))
          .map(([day, ms]) => day * 86_400_000 + ms),
      ),
      key: name("local", "config:ci", "4f0000000001"),
      team: maybe(name("team_a", "team_b")),
      org: maybe(name("org_a", "org_b")),
      router: maybe(name("support", "auto")),
      session: maybe(name("s1", "s2", "@s")),
      state: fc.constantFrom(...states),
      attempts: fc.array(attempt, { maxLength: 3 }),
      reservedNano: dear,
      answers: fc.nat(2),
      durationMs: fc.nat(60_000),
      firstTokenMs: maybe(fc.nat(10_000)),
      unpriced: fc.boolean(),
      cache: maybe(fc.constantFrom(...cacheStatuses)),
      savings: maybe(savings),
    })
    .map((drawn) => ({ afterMs: drawn.afterMs, entryAt: (at) => toEntry(drawn, at) }));
}

interface Drawn {
  readonly key: string;
  readonly team: string | undefined;
  readonly org: string | undefined;
  readonly router: string | undefined;
  readonly session: string | undefined;
  readonly state: RequestState;
  readonly attempts: readonly AttemptRow[];
  readonly reservedNano: number;
  readonly answers: number;
  readonly durationMs: number;
  readonly firstTokenMs: number | undefined;
  readonly unpriced: boolean;
  readonly cache: CacheStatus | undefined;
  readonly savings: Savings | undefined;
}

function toEntry(drawn: Drawn, at: number): LedgerEntry {
  const { key, team, org, router, session, reservedNano } = drawn;
  const admission = {
    id: uuidV7(at),
    at,
    key,
    ...(team === undefined ? {} : { team }),
    ...(org === undefined ? {} : { org }),
    ...(router === undefined ? {} : { router }),
    ...(session === undefined ? {} : { session }),
    dialect: "openai-chat",
    operation: "generate",
    model: "fast",
    stream: false,
    reservedNano,
  } as const;
  if (drawn.state === "admitted") return { admission };
  return { admission, settlement: settlementOf(admission.id, drawn, drawn.state) };
}

function settlementOf(id: string, drawn: Drawn, state: Settlement["state"]): Settlement {
  const attempts = state === "unknown" ? [] : drawn.attempts;
  const { firstTokenMs } = drawn;
  return {
    id,
    state,
    status: state === "settled" ? 200 : 503,
    attempts,
    ...(drawn.answers < attempts.length ? { answeredBy: drawn.answers } : {}),
    costNano: 0,
    unpriced: state !== "unknown" && drawn.unpriced,
    durationMs: drawn.durationMs,
    ...(firstTokenMs === undefined || state === "unknown" ? {} : { firstTokenMs }),
    overheadMs: 1,
    dropped: [],
    ...(state === "unknown" ? {} : keptOf(drawn)),
  };
}

function keptOf({ cache, savings: saved }: Drawn): Pick<Settlement, "cache" | "answeredFrom" | "savings"> {
  const isHit = cache?.startsWith("hit-") === true;
  return {
    ...(cache === undefined ? {} : { cache }),
    ...(isHit ? { answeredFrom: { provider: "lab", model: "gpt-5" } } : {}),
    ...(saved === undefined ? {} : { savings: saved }),
  };
}
