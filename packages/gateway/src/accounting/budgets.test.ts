import { describe, expect, test } from "vitest";
import type { ClientKey } from "../config/settings.ts";
import { budgetExceeded, budgetPressure, openBudget, type PlannedBudget, windowAt } from "./budgets.ts";

const key: ClientKey = {
  id: "k1",
  name: "ci",
  hash: "",
  team: "research",
  policies: [],
  credentials: [],
  metadata: {},
  disabled: false,
};

const planned = (parts: Partial<PlannedBudget>): PlannedBudget => ({
  scope: "key",
  window: "day",
  limitNano: 10_000_000_000,
  softNano: 8_000_000_000,
  ...parts,
});

describe("a budget's window", () => {
  test.each([
    ["day", "2026-11-21T23:59:59.999Z", "day:2026-11-21", "2026-11-22T00:00:00.000Z"],
    ["day", "2026-11-22T00:00:00.000Z", "day:2026-11-22", "2026-11-23T00:00:00.000Z"],
    ["week", "2026-11-22T23:59:59.999Z", "week:2026-11-16", "2026-11-23T00:00:00.000Z"],
    ["week", "2026-11-23T00:00:00.000Z", "week:2026-11-23", "2026-11-30T00:00:00.000Z"],
    ["week", "2027-01-01T12:00:00.000Z", "week:2026-12-28", "2027-01-04T00:00:00.000Z"],
    ["month", "2026-12-31T23:59:59.999Z", "month:2026-12", "2027-01-01T00:00:00.000Z"],
    ["month", "2028-02-29T12:00:00.000Z", "month:2028-02", "2028-03-01T00:00:00.000Z"],
  ] as const)("%s at %s is %s until %s", (...row) => {
    const [window, now, name, until] = row;
    expect(windowAt(window, Date.parse(now))).toMatchObject({ name, until: Date.parse(until) });
  });

  test("without an end counts from the beginning", () => {
    expect(windowAt("total", Date.now())).toEqual({ name: "total", since: 0 });
  });

  test("is found again when an older time is asked after a newer one", () => {
    windowAt("day", Date.parse("2026-11-22T00:00:00Z"));
    expect(windowAt("day", Date.parse("2026-11-21T00:00:00Z")).name).toBe("day:2026-11-21");
  });
});

describe("whose budget it is", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");

  test("the caller's own key, team or organization, and none where there is none", () => {
    expect(openBudget(planned({ scope: "key" }), { key }, now)).toMatchObject({
      counter: "key:k1:day:2026-11-21",
      owner: { kind: "key", id: "k1" },
      since: Date.parse("2026-11-21T00:00:00Z"),
    });
    expect(openBudget(planned({ scope: "team" }), { key }, now)?.counter).toBe("team:research:day:2026-11-21");
    expect(openBudget(planned({ scope: "org" }), { key }, now)).toBeUndefined();
  });

  test("a conversation's or a sub-agent's only where the client names one", () => {
    expect(openBudget(planned({ scope: "session" }), { key }, now)).toBeUndefined();
    expect(openBudget(planned({ scope: "agent" }), { key, session: "s" }, now)).toBeUndefined();
    expect(openBudget(planned({ scope: "agent" }), { key, session: "s", agent: "a" }, now)?.owner).toEqual({
      kind: "agent",
      id: "k1",
      session: "s",
      agent: "a",
    });
  });

  test("no two conversations or sub-agents share a counter, however they are called", () => {
    const counter = (session: string, agent: string) =>
      openBudget(planned({ scope: "agent" }), { key, session, agent }, now)?.counter;
    expect(counter("a:1:b", "c")).not.toBe(counter("a", "b:1:c"));
    expect(counter("1:a", "")).not.toBe(counter("", "1:a"));
  });

  test("a conversation's counter is forgotten a day after its last use, and not only when the month is over", () => {
    const open = openBudget(planned({ scope: "session", window: "month" }), { key, session: "s" }, now);
    expect(open?.expiresAt).toBe(now + 86_400_000);
    expect(open?.renewsAt).toBe(Date.parse("2026-12-01T00:00:00Z"));
  });
});

describe("what is told of a budget", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const open = (parts: Partial<PlannedBudget>) => {
    const one = openBudget(planned(parts), { key }, now);
    if (one === undefined) throw new Error("it does not apply");
    return one;
  };

  test("names the budget, the window, the owner and when it renews", () => {
    const error = budgetExceeded({ open: open({}), amountNano: 1, spentNano: 10_000_000_000 });
    expect(error).toMatchObject({
      code: "budget_exceeded",
      message: "The daily budget of this API key ($10) is used up. It renews on 2026-11-22 at 00:00 UTC.",
    });
  });

  test("tells what the request may cost, and nothing of what others spent", () => {
    const team = open({ scope: "team", window: "total", limitNano: 2_500_000_000 });
    expect(budgetExceeded({ open: team, amountNano: 400_000_000, spentNano: 2_400_000_000 }).message).toBe(
      "The total budget of team 'research' ($2.5) has too little left for this request, which may cost up to $0.4. It does not renew.",
    );
  });

  test("tells how far it is used", () => {
    expect(budgetPressure(open({ scope: "team" }), 8_399_999_999)).toBe(
      "the daily budget of team 'research' is used to 83 %",
    );
  });
});
