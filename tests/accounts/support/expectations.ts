import { expect } from "vitest";
import type { DatabaseReport } from "./database-away.ts";
import type { Standing } from "./kill-runs.ts";
import type { Reckoning } from "./reckoning.ts";
import { RATE_LIMIT, type RedisReport } from "./redis-away.ts";

export function expectBooksAgree({ problems, sums, others }: Reckoning & Standing): void {
  expect(problems).toEqual([]);
  for (const [teller, told] of Object.entries(others)) expect([teller, told]).toEqual([teller, sums]);
}

/** All but 200, 400, which is what the upstream has said, and these. */
function unexpected(statuses: Readonly<Record<string, number>>, expected: readonly string[]): object {
  const usual = ["200", "400", ...expected];
  return Object.fromEntries(Object.entries(statuses).filter(([status]) => !usual.includes(status)));
}

export function expectDatabaseUnmissed(report: DatabaseReport): void {
  expectBooksAgree(report);
  expect(unexpected(report.statuses, [])).toEqual({});
  expect(report.sums).toMatchObject({ unknown: 0 });
  expectAnswersMeanwhile(report);
}

export function expectAnswersMeanwhile({ refused, segments, counts }: DatabaseReport): void {
  expect(refused).toEqual({
    "a key that nobody knows": 503,
    "a key that was not used lately": 503,
    "a change of keys": 503,
    "a look at what was used": 503,
  });
  expect(counts["whole"]).toBeGreaterThan(100);
  expect(segments.ended).toBe(0);
}

export function expectRedisUnmissed(report: RedisReport): void {
  expectBooksAgree(report);
  expect(unexpected(report.free, [])).toEqual({});
  // Hard budgets are closed meanwhile; Anthropic's word for it is 529.
  expect(unexpected(report.money, ["503", "529"])).toEqual({});
  expect(report.refused).toEqual([503, 503, 529, 503]);
  // Each of the three replicas keeps to its third.
  expect(report.letIn).toEqual({ meanwhile: RATE_LIMIT, afterwards: RATE_LIMIT });
  expect(report.spent.redis).toBe(report.spent.ledger);
}
