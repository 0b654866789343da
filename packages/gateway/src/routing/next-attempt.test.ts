import { ERROR_CODES, ERROR_TABLE, type ErrorCode, type ErrorDetail, GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultTimeouts } from "../config/defaults.ts";
import type { Credential, ResolvedProvider } from "../providers/resolved.ts";
import type { Place, Readiness } from "./health/place.ts";
import { type Course, nextAttempt, type Tried } from "./next-attempt.ts";
import type { PlannedAttempt } from "./plan.ts";

const credential = (id: string): Credential => ({ id, reveal: () => "secret", priority: 0, weight: 1 });

function provider(id: string, contextTokens?: number): ResolvedProvider {
  const facts = contextTokens === undefined ? {} : { contextTokens };
  return {
    id,
    name: id,
    builtIn: false,
    credentials: [],
    endpoints: {},
    operations: {},
    models: new Map([["m", { id: "m", ...facts }]]),
    anyModel: true,
    timeouts: {},
  };
}

const targets = new Map<string, PlannedAttempt["target"]>();

/** `a#1`: provider a with its credential 1; `a@200000`: with a window. */
function planned(name: string): PlannedAttempt {
  const [, id = name, window, key] = /^([a-z]+)(?:@(\d+))?(?:#(\w+))?$/.exec(name) ?? [];
  const target = targets.get(`${id}@${window}`) ?? {
    provider: provider(id, window === undefined ? undefined : Number(window)),
    model: "m",
    timeouts: defaultTimeouts,
    reason: "",
  };
  targets.set(`${id}@${window}`, target);
  const endpoint = {
    dialect: "openai-chat" as const,
    baseUrl: "http://x/v1",
    auth: { kind: "none" as const },
    quirks: {},
    paths: {},
    headers: new Map(),
    privateAllowed: true,
  };
  return {
    target,
    endpoint,
    credential: key === undefined ? undefined : credential(`${id}#${key}`),
    lane: "passthrough",
  };
}

interface Setting extends Partial<Omit<Course, "planned" | "tried" | "readiness">> {
  readonly resting?: readonly string[];
  /** Their rate limits are nearly spent. */
  readonly scarce?: readonly string[];
}

function course(names: readonly string[], failures: readonly GatewayError[], setting: Setting = {}): Course {
  const all = names.map(planned);
  const { resting = [], scarce = [], ...rest } = setting;
  const tried: Tried[] = failures.flatMap((error, index) => {
    const attempt = all[index];
    return attempt === undefined ? [] : [{ attempt, error }];
  });
  const readiness = (place: Place): Readiness =>
    resting.includes(place.provider)
      ? { state: "resting", until: 1, why: "ill" }
      : { state: "ready", ...(scarce.includes(place.provider) ? { scarceUntil: 1 } : {}) };
  return {
    planned: all,
    tried,
    settings: { maxPerRequest: 4, budgetPercent: 20, budgetFloorPerSecond: 3 },
    readiness,
    withdraw: () => true,
    spend: () => undefined,
    remainingMs: 60_000,
    chance: () => 0.5,
    ...rest,
  };
}

const failure = (code: ErrorCode, detail: ErrorDetail = {}) => new GatewayError(code, "it failed", detail);

function nameOf(next: ReturnType<typeof nextAttempt>): string | undefined {
  if (next === undefined) return undefined;
  const { target, credential: used } = next.attempt;
  return used?.id ?? target.provider.id;
}

describe("the first attempt", () => {
  test("is the plan's best", () => {
    expect(nameOf(nextAttempt(course(["a", "b"], [])))).toBe("a");
  });

  test("passes over what rests", () => {
    expect(nameOf(nextAttempt(course(["a", "b"], [], { resting: ["a"] })))).toBe("b");
  });

  test("lets others go before one whose rate limit is nearly spent, which is no ban", () => {
    expect(nameOf(nextAttempt(course(["a", "b"], [], { scarce: ["a"] })))).toBe("b");
    expect(nameOf(nextAttempt(course(["a", "b"], [], { scarce: ["a"], resting: ["b"] })))).toBe("a");
  });

  test("is the best all the same when everything rests, without asking the budget", () => {
    const all = { resting: ["a", "b"], withdraw: () => false };
    expect(nameOf(nextAttempt(course(["a", "b"], [], all)))).toBe("a");
  });
});

describe("after a failure", () => {
  test("an attempt that the plan no longer allows is not made again", () => {
    const once = course(["a"], [failure("upstream_truncated")]);
    expect(nameOf(nextAttempt(once))).toBe("a");
    expect(nextAttempt({ ...once, planned: [] })).toBeUndefined();
  });

  test("no error of the request itself is followed by a second upstream call", () => {
    const requestScope = ERROR_CODES.filter(
      (code) => ERROR_TABLE[code].scope === "request" && code !== "unsupported_feature",
    );
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "a#1", "a#2", "b#1"), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.constantFrom(...requestScope), fc.boolean(), (planned, code, resting) => {
        const next = nextAttempt(course(planned, [failure(code)], resting ? { resting: ["a", "b", "c"] } : {}));
        expect(next).toBeUndefined();
      }),
    );
  });

  test("context overflow goes on to a window that is known to be larger, and nowhere else", () => {
    const overflow = [failure("context_overflow")];
    expect(nameOf(nextAttempt(course(["a@8000", "b@4000", "c@16000"], overflow)))).toBe("c");
    expect(nextAttempt(course(["a@8000", "b@8000"], overflow))).toBeUndefined();
    expect(nextAttempt(course(["a@8000", "b"], overflow))).toBeUndefined();
  });

  test("of the credential the next credential is asked, then the next target", () => {
    const names = ["a#1", "a#2", "b"];
    expect(nameOf(nextAttempt(course(names, [failure("upstream_rate_limited")])))).toBe("a#2");
    const twice = [failure("upstream_rate_limited"), failure("upstream_rate_limited")];
    expect(nameOf(nextAttempt(course(names, twice)))).toBe("b");
  });

  test("of the endpoint its other credentials are not asked: the next target is", () => {
    expect(nameOf(nextAttempt(course(["a#1", "a#2", "b"], [failure("upstream_error")])))).toBe("b");
  });

  test("of the endpoint, when nobody else is left, the same target is asked again after a wait", () => {
    const next = nextAttempt(course(["a"], [failure("upstream_overloaded")]));
    expect(nameOf(next)).toBe("a");
    expect(next?.waitMs).toBeGreaterThan(0);
  });

  test("a model that the upstream does not know is not asked for again there", () => {
    expect(nextAttempt(course(["a"], [failure("upstream_model_not_found")]))).toBeUndefined();
  });

  test("a place that is known to be ill is asked only within the budget", () => {
    const ill = { resting: ["b"], withdraw: () => false };
    expect(nextAttempt(course(["a", "b"], [failure("upstream_error")], ill))).toBeUndefined();
    expect(nameOf(nextAttempt(course(["a", "b"], [failure("upstream_error")], { resting: ["b"] })))).toBe("b");
  });

  test("nothing follows beyond the number of retries, nor beyond the deadline", () => {
    const names = ["a", "b", "c"];
    const one = { settings: { maxPerRequest: 1, budgetPercent: 20, budgetFloorPerSecond: 3 } };
    expect(nextAttempt(course(names, [failure("upstream_error"), failure("upstream_error")], one))).toBeUndefined();
    expect(nextAttempt(course(names, [failure("upstream_error")], { remainingMs: 0 }))).toBeUndefined();
  });

  test("a wait that the upstream asks for and that does not fit the deadline is not begun", () => {
    const patient = failure("upstream_overloaded", { retryAfterMs: 120_000 });
    expect(nextAttempt(course(["a"], [patient], { remainingMs: 5_000 }))).toBeUndefined();
  });
});
