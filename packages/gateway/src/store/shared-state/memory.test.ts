import { describe, expect, test } from "vitest";
import { expiryHeap } from "./expiry-heap.ts";
import { MemoryState } from "./memory.ts";

const start = Date.UTC(2026, 10, 21);

describe("what is remembered in process", () => {
  test("is bounded by who is busy, and not by how many ever were", async () => {
    const state = new MemoryState();
    let now = start;
    let largest = 0;
    for (let count = 0; count < 1_000_000; count++) {
      now += 10;
      const id = `request-${count}`;
      const rates = [{ bucket: `key-${count}`, limit: 10, windowMs: 60_000, amount: 1 }];
      state.hold({ id, now, expiresAt: now + 60_000, rates, concurrency: [{ bucket: id, limit: 1 }], budgets: [] });
      state.settle({ id, now, rates: [], costNano: 0 });
      largest = Math.max(largest, state.size);
    }
    // One request takes a tenth of a bucket: it is full again after 6 s, in which 600 others come.
    expect(largest).toBeLessThan(3_000);
  });

  test("forgets counters whose window is over", async () => {
    const state = new MemoryState();
    let now = start;
    let largest = 0;
    for (let count = 0; count < 20_000; count++) {
      now += 100;
      const counter = `session-${count}`;
      const expiresAt = now + 10_000;
      await state.fill([{ counter, expiresAt, read: async () => 0 }]);
      const budgets = [{ counter, limitNano: 10, amountNano: 1, expiresAt }];
      state.hold({ id: counter, now, expiresAt: now + 60_000, rates: [], concurrency: [], budgets });
      state.settle({ id: counter, now, rates: [], costNano: 1 });
      largest = Math.max(largest, state.size);
    }
    expect(largest).toBeLessThan(1_000);
  });

  test("forgets holds that nobody settles, when they expire", () => {
    const state = new MemoryState();
    for (let count = 0; count < 10_000; count++) {
      const now = start + count * 100;
      const concurrency = [{ bucket: "key", limit: 100 }];
      const answer = state.hold({ id: `r${count}`, now, expiresAt: now + 5_000, rates: [], concurrency, budgets: [] });
      expect(answer.outcome).toBe("held");
    }
    expect(state.size).toBe(51);
  });
});

test("a heap gives its members by when they expire, whichever are taken out in between", () => {
  const heap = expiryHeap<{ expiresAt: number; place: number }>();
  const members = Array.from({ length: 500 }, (_, index) => ({ expiresAt: (index * 7_919) % 500, place: -1 }));
  for (const member of members) heap.add(member);
  const gone = new Set(members.filter((_, index) => index % 3 === 0));
  for (const member of gone) heap.remove(member);
  const order: number[] = [];
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    order.push(first.expiresAt);
    heap.remove(first);
  }
  const expected = members.filter((member) => !gone.has(member)).map(({ expiresAt }) => expiresAt);
  expect(order).toEqual(expected.sort((a, b) => a - b));
});
