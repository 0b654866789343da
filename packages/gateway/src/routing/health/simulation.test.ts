import { type ErrorCode, GatewayError } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { defaultTimeouts } from "../../config/defaults.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import { nextAttempt, placeOf, type Tried } from "../next-attempt.ts";
import type { PlannedAttempt } from "../plan.ts";
import { createHealth, type Health } from "./health.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A server as the simulation has it: what share of what it is asked at a time fails, and how long an answer takes. */
interface Server {
  readonly name: string;
  readonly failing: (at: number) => number;
  readonly code?: ErrorCode;
}

interface Settings {
  readonly servers: readonly Server[];
  readonly perSecond: number;
  readonly forMs: number;
  /** Whether each request asks the servers in another order, as an even split does. */
  readonly split: boolean;
}

interface Asked {
  readonly at: number;
  readonly server: string;
  readonly answered: boolean;
}

interface Outcome {
  readonly requests: number;
  readonly answered: number;
  readonly attempts: readonly Asked[];
  readonly health: Health;
  readonly of: (server: string) => readonly Asked[];
}

const always = (share: number) => () => share;
const ATTEMPT_MS = 80;

/** A known sequence of numbers that look like chance (mulberry32). */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server as the plan of a request has it. */
function planned({ name }: Server): PlannedAttempt {
  const provider: ResolvedProvider = {
    id: name,
    name,
    builtIn: false,
    credentials: [],
    endpoints: {},
    operations: {},
    models: new Map(),
    anyModel: true,
    timeouts: {},
  };
  return {
    target: { provider, model: "m", timeouts: defaultTimeouts, reason: "" },
    endpoint: {
      dialect: "openai-chat",
      baseUrl: "http://server/v1",
      auth: { kind: "none" },
      quirks: {},
      paths: {},
      headers: new Map(),
      privateAllowed: false,
    },
    credential: { id: `${name}#1`, reveal: () => "", priority: 0, weight: 1 },
    lane: "passthrough",
  };
}

const RETRIES = { maxPerRequest: 4, budgetPercent: 20, budgetFloorPerSecond: 3 };

/** Requests in an even beat, each of which goes on as the gateway's own rule says. */
function simulate({ servers, perSecond, forMs, split }: Settings): Outcome {
  const health = createHealth({ retries: RETRIES, hedging: { budgetPercent: 5 } });
  const chance = chanceFrom(7);
  const plans = new Map(servers.map((server) => [planned(server), server] as const));
  const attempts: Asked[] = [];
  let answered = 0;
  let requests = 0;
  const clock = virtualClock();

  const attempt = (now: number, tried: readonly Tried[], given: readonly PlannedAttempt[]) => {
    const next = nextAttempt({
      planned: given,
      tried,
      settings: RETRIES,
      readiness: (place) => health.readiness(place, now),
      withdraw: () => health.budget.withdraw(now),
      spend: () => health.budget.spend(now),
      remainingMs: 60 * SECOND,
      chance,
    });
    if (next !== undefined) clock.at(now + next.waitMs, (begin) => ask(begin, next.attempt, { tried, given }));
  };
  const ask = (
    now: number,
    chosen: PlannedAttempt,
    { tried, given }: { readonly tried: readonly Tried[]; readonly given: readonly PlannedAttempt[] },
  ) => {
    const server = plans.get(chosen);
    if (server === undefined) return;
    const place = placeOf(chosen);
    health.started(place, now);
    clock.at(now + ATTEMPT_MS, (end) => {
      const fails = chance() < server.failing(now);
      attempts.push({ at: now, server: server.name, answered: !fails });
      if (!fails) {
        answered++;
        health.succeeded(place, { durationMs: ATTEMPT_MS }, end);
        return;
      }
      const error = new GatewayError(server.code ?? "upstream_overloaded", "x");
      health.failed(place, error, end);
      attempt(end, [...tried, { attempt: chosen, error }], given);
    });
  };

  for (let at = 0; at < forMs; at += SECOND / perSecond) {
    clock.at(at, (now) => {
      requests++;
      health.budget.deposit(now);
      attempt(now, [], split ? rotated([...plans.keys()], chance()) : [...plans.keys()]);
    });
  }
  clock.run();
  return { requests, answered, attempts, health, of: (server) => attempts.filter((asked) => asked.server === server) };
}

function rotated<T>(items: readonly T[], chance: number): readonly T[] {
  const from = Math.floor(chance * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
}

/** Runs what was planned in the order of its times. */
function virtualClock() {
  const planned: { at: number; run: (now: number) => void }[] = [];
  const later: { at: number; run: (now: number) => void }[] = [];
  let running = false;
  return {
    /** Arrivals are planned in order; what they cause is put where its time is. */
    at(at: number, run: (now: number) => void) {
      if (!running) planned.push({ at, run });
      else later.splice(later.findLastIndex((other) => other.at <= at) + 1, 0, { at, run });
    },
    run() {
      running = true;
      let [arrival, caused] = [0, 0];
      for (;;) {
        const one = planned[arrival];
        const other = later[caused];
        if (one === undefined && other === undefined) break;
        if (other === undefined || (one !== undefined && one.at <= other.at)) {
          arrival++;
          one?.run(one.at);
        } else {
          caused++;
          other.run(other.at);
        }
      }
    },
  };
}

const trio = (failing: Server["failing"]): readonly Server[] => [
  { name: "ill", failing },
  { name: "well", failing: always(0) },
  { name: "fine", failing: always(0) },
];

const gaps = (asked: readonly Asked[]) => asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0));

describe("one of three endpoints is ill", () => {
  test.each([true, false])(
    "it fails always: one probe an interval, and the intervals grow to 5 min (split: %s)",
    (split) => {
      const { of, answered, requests } = simulate({
        servers: trio(always(1)),
        perSecond: 20,
        forMs: 30 * MINUTE,
        split,
      });
      expect(answered).toBe(requests);
      const probes = of("ill").filter(({ at }) => at > 5 * SECOND);
      const wanted = [10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * SECOND);
      expect(probes.length).toBeGreaterThanOrEqual(8);
      gaps(probes).forEach((gap, index) => {
        const interval = wanted[index + 1] ?? 300 * SECOND;
        expect(gap).toBeGreaterThanOrEqual(interval);
        expect(gap).toBeLessThan(interval + SECOND);
      });
    },
  );

  test("it fails half of the time: it gets a small share of the traffic, and clients see nothing of it", () => {
    const { of, attempts, answered, requests } = simulate({
      servers: trio(always(0.5)),
      perSecond: 20,
      forMs: 30 * MINUTE,
      split: true,
    });
    expect(of("ill").length / attempts.length).toBeLessThan(0.03);
    expect(answered).toBe(requests);
  });

  test("it fails one time in twenty: that is no illness, and it keeps its third", () => {
    const { of, attempts, answered, requests, health } = simulate({
      servers: trio(always(0.05)),
      perSecond: 20,
      forMs: 30 * MINUTE,
      split: true,
    });
    const share = of("ill").length / attempts.length;
    expect(share).toBeGreaterThan(0.31);
    expect(share).toBeLessThan(0.36);
    expect(answered).toBe(requests);
    expect(Math.max(...gaps(of("ill")))).toBeLessThan(10 * SECOND);
    expect(health.snapshot(30 * MINUTE).endpoints.map(({ state }) => state)).toEqual(["closed", "closed", "closed"]);
  });

  test("it recovers: the next probe brings it back, also when it is everyone's first choice", () => {
    const failing = (at: number) => (at < 2 * MINUTE ? 1 : 0);
    for (const split of [true, false]) {
      const { of, health } = simulate({ servers: trio(failing), perSecond: 20, forMs: 10 * MINUTE, split });
      const after = of("ill").filter(({ at, answered }) => at >= 2 * MINUTE && answered);
      expect(after[0]?.at).toBeLessThan(4 * MINUTE);
      expect(after.length / (20 * 6 * 60)).toBeGreaterThan(split ? 0.3 : 0.95);
      expect(health.readiness(placeOf(planned({ name: "ill", failing })), 10 * MINUTE)).toEqual({ state: "ready" });
    }
  });

  test("it is asked once in a while only: failures in a row are enough", () => {
    const { of } = simulate({ servers: trio(always(1)), perSecond: 1 / 30, forMs: 30 * MINUTE, split: false });
    expect(of("ill").length).toBeLessThan(20);
  });
});

describe("every endpoint is ill", () => {
  const down: readonly Server[] = ["a", "b", "c"].map((name) => ({ name, failing: always(1) }));

  test("each request is still asked of somebody", () => {
    const { requests, attempts, answered } = simulate({ servers: down, perSecond: 20, forMs: 5 * MINUTE, split: true });
    expect(answered).toBe(0);
    expect(attempts.length).toBeGreaterThanOrEqual(requests);
  });

  test("and answered the moment that one is back", () => {
    const back = down.map((server) => ({ ...server, failing: (at: number) => (at < MINUTE ? 1 : 0) }));
    const { attempts } = simulate({ servers: back, perSecond: 20, forMs: 2 * MINUTE, split: true });
    const after = attempts.filter(({ at }) => at >= MINUTE);
    expect(after.length).toBeGreaterThan(1000);
    expect(after.every(({ answered }) => answered)).toBe(true);
  });

  test.each([1, 2, 3])("at 200 requests a second, further attempts at %i endpoints add a fifth at most", (count) => {
    const servers = down.slice(0, count);
    const { requests, attempts } = simulate({ servers, perSecond: 200, forMs: MINUTE, split: true });
    expect(attempts.length / requests).toBeLessThanOrEqual(1.2);
    expect(attempts.length / requests).toBeGreaterThan(count === 1 ? 0.99 : 1.15);
  });
});

test("a provider's only place is asked however ill it is", () => {
  const only: readonly Server[] = [{ name: "only", failing: always(1) }];
  const { requests, attempts } = simulate({ servers: only, perSecond: 5, forMs: 5 * MINUTE, split: false });
  expect(attempts.length).toBeGreaterThanOrEqual(requests);
});

test("rate limits and bad credentials never open a breaker", () => {
  for (const code of ["upstream_rate_limited", "upstream_auth", "upstream_quota"] as const) {
    const servers = trio(always(1)).map((server) => ({ ...server, code }));
    const { health } = simulate({ servers, perSecond: 20, forMs: MINUTE, split: true });
    expect(health.snapshot(MINUTE).endpoints.every(({ state }) => state === "closed")).toBe(true);
  }
});
