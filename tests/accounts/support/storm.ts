import { setTimeout as pause } from "node:timers/promises";
import type { Simulator } from "@signalbox/simulator";
import { expect } from "vitest";
import { type Answer, type Ask, ask, DIALECTS, type Dialect } from "./asking.ts";

/** What one answer costs, and the most that it may: 100 tokens at ten dollars a million. */
export const UNIT_NANO = 1_000_000;
export const UNIT_DOLLARS = 0.001;
const CHARACTERS = 400;

export interface Storm {
  /** Every prompt of it begins with it. */
  readonly name: string;
  readonly urls: readonly string[];
  readonly keys: readonly string[];
  readonly calls?: number;
  /** Of the conversations, in turn; absent: every call is one. */
  readonly sessions?: readonly string[];
  /** How much of the longest answer is written. */
  readonly share?: number;
  readonly latencyMs?: number;
  /** Who is told that it cannot be said now asks again, up to so many times. */
  readonly patience?: number;
}

export interface Called {
  readonly dialect: Dialect;
  readonly session: string;
  readonly answer: Answer;
}

export interface Outcome {
  readonly answered: readonly Called[];
  readonly refused: readonly Called[];
}

/** All at once, in every dialect, streamed and whole, from every key to every replica. */
export async function storm({ name, urls, keys, calls = 200, sessions = [], ...said }: Storm): Promise<Outcome> {
  const { share = 1, latencyMs = 200, patience = 20 } = said;
  const wanted = `[[say ${"x".repeat(CHARACTERS * share)}]] [[fault latency=${latencyMs}]]`;
  const called = await Promise.all(
    Array.from({ length: calls }, async (_, at): Promise<Called> => {
      const dialect = turn(DIALECTS, at);
      const one = `${name}-${at}`;
      const session = sessions.length === 0 ? one : turn(sessions, at >> 3);
      const answer = await askPatiently(patience, turn(urls, at), {
        dialect,
        key: turn(keys, at >> 1),
        model: "exact/m",
        text: `${one} ${wanted}`,
        stream: (at >> 2) % 2 === 1,
        session,
      });
      return { dialect, session, answer };
    }),
  );
  return {
    answered: called.filter(({ answer }) => answer.status === 200),
    refused: called.filter(({ answer }) => answer.status !== 200),
  };
}

async function askPatiently(patience: number, url: string, asked: Ask): Promise<Answer> {
  for (let left = patience; ; left--) {
    const answer = await ask(url, asked);
    if (left <= 0 || (answer.status !== 503 && answer.status !== 529)) return answer;
    await pause(250);
  }
}

function turn<T>(list: readonly T[], at: number): T {
  const one = list[at % list.length];
  if (one === undefined) throw new Error("There is nothing to choose from.");
  return one;
}

/** The calls of that storm that have reached the simulator. */
export const callsOf = ({ journal }: Simulator, name: string) =>
  journal.entries.filter(({ text }) => text.startsWith(`${name}-`));

/** As each vendor says that the money is used up, so that no SDK asks again. */
export function expectOutOfMoney({ dialect, answer }: Called): void {
  const { status, headers, text } = answer;
  const body: unknown = JSON.parse(text);
  expect(headers["x-should-retry"]).toBe("false");
  expect(headers["retry-after"]).toBeUndefined();
  switch (dialect) {
    case "openai-chat":
    case "openai-responses":
      expect([status, body]).toMatchObject([
        429,
        { error: { type: "insufficient_quota", code: "insufficient_quota" } },
      ]);
      return;
    case "anthropic-messages":
      expect([status, body]).toMatchObject([402, { type: "error", error: { type: "billing_error" } }]);
      return;
    case "gemini":
      expect([status, body]).toMatchObject([429, { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }]);
      return;
  }
}
