import type {
  AnswerPlace,
  AttemptRow,
  LedgerEntry,
  Settlement,
} from "../../../packages/gateway/src/store/ledger/ledger-rows.ts";
import type {
  UsageDimension,
  UsageGroup,
  UsageQuery,
  UsageSums,
} from "../../../packages/gateway/src/store/usage/usage-query.ts";

type Sums = { -readonly [K in keyof UsageSums]: UsageSums[K] };

interface Fact {
  readonly of: Readonly<Record<UsageDimension | "state", string>>;
  readonly add: (sums: Sums) => void;
}

/** What the store should answer, added up one entry after the other. */
export function naiveSeries(
  entries: readonly LedgerEntry[],
  { from, to, scope = {}, filters = {}, groupBy }: Omit<UsageQuery, "limit">,
): readonly UsageGroup[] {
  const groups = new Map<string, { readonly of: UsageGroup["of"]; readonly sums: Sums }>();
  for (const { of, add } of entries.filter(({ admission: { at } }) => at >= from && at < to).flatMap(factsOf)) {
    const outside = (["org", "team", "key"] as const).some(
      (name) => scope[name] !== undefined && scope[name] !== of[name],
    );
    const left = Object.entries(filters).some(
      ([name, values]) => !values.some((value: string) => value === new Map(Object.entries(of)).get(name)),
    );
    if (outside || left) continue;
    const place = Object.fromEntries(groupBy.map((dimension) => [dimension, of[dimension]]));
    const name = JSON.stringify(groupBy.map((dimension) => of[dimension]));
    const group = groups.get(name) ?? { of: place, sums: zeros() };
    groups.set(name, group);
    add(group.sums);
  }
  return [...groups.values()].map(({ of, sums }) => ({ of, ...sums }));
}

export function naiveTotals(entries: readonly LedgerEntry[], query: Omit<UsageQuery, "limit" | "groupBy">): UsageSums {
  const [all] = naiveSeries(entries, { ...query, groupBy: [] });
  const { of: _none, ...sums } = all ?? { of: {}, ...zeros() };
  return sums;
}

function factsOf({ admission, settlement }: LedgerEntry): readonly Fact[] {
  if (settlement === undefined) return [];
  const { state, attempts, answeredBy, answeredFrom, firstTokenMs } = settlement;
  const time = new Date(admission.at).toISOString();
  const owner = {
    key: admission.key,
    team: admission.team ?? "",
    org: admission.org ?? "",
    router: admission.router ?? "",
    session: admission.session ?? "",
    state,
    day: time.slice(0, 10),
    hour: `${time.slice(0, 13)}:00:00Z`,
  };
  const place = (attempt: AnswerPlace | undefined) => ({
    provider: attempt?.provider ?? "",
    model: attempt?.model ?? "",
  });
  const request: Fact = {
    of: { ...owner, ...place(answeredFrom ?? (answeredBy === undefined ? undefined : attempts[answeredBy])) },
    add: (sums) => {
      sums.requests += 1;
      if (state !== "settled") sums[state] += 1;
      if (state === "unknown") sums.costNano += BigInt(admission.reservedNano);
      else sums.durationMs += settlement.durationMs;
      if (settlement.unpriced || attempts.some(({ unpriced }) => unpriced === true)) sums.unpriced += 1;
      sums.firstTokenMs += firstTokenMs ?? 0;
      sums.firstTokens += firstTokenMs === undefined ? 0 : 1;
      if (state !== "unknown") addSavings(sums, settlement);
    },
  };
  return [
    request,
    ...attempts.map((attempt): Fact => ({ of: { ...owner, ...place(attempt) }, add: addAttempt(attempt) })),
  ];
}

function addSavings(sums: Sums, { cache, savings = {} }: Settlement): void {
  if (cache === "miss") sums.cacheMisses += 1;
  if (cache !== undefined && cache !== "miss" && cache !== "bypass") sums.cacheHits += 1;
  sums.savedCacheNano += BigInt(savings.cacheNano ?? 0);
  sums.savedCompressionNano += BigInt(savings.compressionNano ?? 0);
  sums.savedRoutingNano += BigInt(savings.routingNano ?? 0);
  if (savings.unpriced === true) sums.savingsUnpriced += 1;
}

const addAttempt =
  ({ usage = {}, costNano = 0 }: AttemptRow) =>
  (sums: Sums): void => {
    sums.attempts += 1;
    sums.costNano += BigInt(costNano);
    sums.inputTokens += usage.inputTokens ?? 0;
    sums.cacheReadTokens += usage.cacheReadTokens ?? 0;
    sums.cacheWriteTokens += (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
    sums.outputTokens += usage.outputTokens ?? 0;
    sums.reasoningTokens += usage.reasoningTokens ?? 0;
  };

function zeros(): Sums {
  return {
    requests: 0,
    failed: 0,
    cancelled: 0,
    unknown: 0,
    unpriced: 0,
    attempts: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costNano: 0n,
    durationMs: 0,
    firstTokenMs: 0,
    firstTokens: 0,
    cacheHits: 0,
    cacheMisses: 0,
    savedCacheNano: 0n,
    savedCompressionNano: 0n,
    savedRoutingNano: 0n,
    savingsUnpriced: 0,
  };
}
