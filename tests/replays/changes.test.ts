import { simulateConversation } from "@signalbox/simulator";
import { describe, expect, test } from "vitest";
import { type Bill, type ReplayWish, replay } from "../../bench/savings/replay.ts";

/** Compression that is switched on and off, processes that end and processes that take turns, while a conversation goes on. */

const conversations = [simulateConversation({ persona: "coding agent", seed: 11, messages: 80 })];
const REQUESTS = conversations[0]?.requests.length ?? 0;
const HALF = Math.floor(REQUESTS / 2);
const vendors = ["anthropic", "openai"] as const;

type Changes = Pick<ReplayWish, "level"> & Partial<Pick<ReplayWish, "process" | "shared">>;

function run(kind: (typeof vendors)[number], changes: Changes): Bill & { readonly texts: readonly string[] } {
  const texts: string[] = [];
  const watch: ReplayWish["watch"] = ({ blocks }) => void texts.push(blocks.map(({ text }) => text).join("\n"));
  return { ...replay({ conversations, kind, cache: kind === "anthropic", client: "plain", watch, ...changes }), texts };
}

/** By how much the sum was above that of the same without compression, at most. */
const excess = ({ sums }: Bill, plain: Bill): number =>
  sums.reduce((most, sum, at) => Math.max(most, sum - (plain.sums[at] ?? 0)), 0);

describe.each(vendors)("at %s", (kind) => {
  const plain = run(kind, { level: () => undefined });
  const compressed = run(kind, { level: () => 0.3 });

  test("switched on halfway, it goes on as it was and saves from there on", () => {
    const changed = run(kind, { level: (request) => (request < HALF ? undefined : 0.3) });
    expect(changed.texts[HALF]?.startsWith(plain.texts[HALF - 1] ?? "-")).toBe(true);
    expect(excess(changed, plain)).toBe(0);
    expect(changed.nano).toBeLessThan(plain.nano);
  });

  test("raised halfway, it goes on as it was", () => {
    const changed = run(kind, { level: (request) => (request < HALF ? 0 : 0.7) });
    expect(excess(changed, plain)).toBe(0);
  });

  test("a process that ends halfway changes nothing of what is sent", () => {
    const restarted = run(kind, { level: () => 0.3, process: (request) => (request < HALF ? 0 : 1) });
    expect(restarted.texts).toEqual(compressed.texts);
    expect(excess(restarted, plain)).toBe(0);
  });

  test.each([true, false])("nor do two that take turns (state shared: %s)", (shared) => {
    const turns = run(kind, { level: () => 0.3, process: (request) => request % 2, shared });
    expect(turns.texts).toEqual(compressed.texts);
    expect(excess(turns, plain)).toBe(0);
  });

  test.each([
    ["switched on with a restart", { process: (request: number) => (request < HALF ? 0 : 1) }],
    ["switched on where processes share their state", { process: (request: number) => request % 2, shared: true }],
  ])("%s, one prompt is paid for anew, and no more", (_, more) => {
    const changed = run(kind, { level: (request) => (request < HALF ? undefined : 0.3), ...more });
    const once = anew(changed, HALF);
    expect(excess(changed, plain)).toBeGreaterThan(0);
    expect(excess(changed, plain)).toBeLessThanOrEqual(once);
  });

  test("switched off halfway, one prompt is paid for anew at most, and no more", () => {
    const changed = run(kind, { level: (request) => (request < HALF ? 0.3 : undefined) });
    expect(excess(changed, plain)).toBeLessThanOrEqual(anew(changed, HALF));
    expect(changed.nano - (changed.sums[HALF] ?? 0)).toBeLessThanOrEqual(plain.nano - (plain.sums[HALF] ?? 0));
  });
});

/** What the request at which something changed has cost. */
const anew = ({ sums }: Bill, at: number): number => (sums[at] ?? 0) - (sums[at - 1] ?? 0);
