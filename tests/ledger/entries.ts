import { randomBytes } from "node:crypto";
import type {
  Admission,
  AttemptRow,
  LedgerEntry,
  Settlement,
} from "../../packages/gateway/src/store/ledger/ledger-rows.ts";

/** 2026-11-21T12:00:00Z */
export const NOON = 1_795_262_400_000;

/** A UUIDv7 of that time. https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
export function idAt(time: number, random: string = randomBytes(10).toString("hex")): string {
  const hex = time.toString(16).padStart(12, "0");
  const [a, b, c] = [random.slice(0, 3), random.slice(3, 6), random.slice(6, 18)];
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${a}-8${b}-${c.padEnd(12, "0")}`;
}

export function admission(fields: Partial<Admission> = {}): Admission {
  const at = fields.at ?? NOON;
  return {
    id: idAt(at),
    at,
    key: "config:ci",
    dialect: "openai-chat",
    operation: "generate",
    model: "fast",
    stream: true,
    reservedNano: 5_000,
    ...fields,
  };
}

export function attempt(fields: Partial<AttemptRow> = {}): AttemptRow {
  return {
    provider: "openai",
    model: "gpt-5-mini",
    dialect: "openai-chat",
    lane: "passthrough",
    startedAfterMs: 2,
    durationMs: 500,
    usage: { inputTokens: 100, outputTokens: 20 },
    costNano: 1_234,
    price: "openai/gpt-5-mini@1",
    ...fields,
  };
}

/** Answered by the last of its attempts. */
export function settlement(id: string, fields: Partial<Settlement> = {}): Settlement {
  const attempts = fields.attempts ?? [attempt()];
  return {
    id,
    state: "settled",
    status: 200,
    ...(attempts.length === 0 ? {} : { answeredBy: attempts.length - 1 }),
    attempts,
    costNano: attempts.reduce((sum, { costNano = 0 }) => sum + costNano, 0),
    unpriced: attempts.some(({ unpriced }) => unpriced === true),
    durationMs: 510,
    overheadMs: 3,
    dropped: [],
    ...fields,
  };
}

export function settled(fields: Partial<Admission> = {}, end: Partial<Settlement> = {}): LedgerEntry {
  const admitted = admission(fields);
  return { admission: admitted, settlement: settlement(admitted.id, end) };
}

/** What the writers that are killed reserve for each request. */
export const RESERVED = 1_000_000_000;

/** What theirs saves: more and less than nothing. */
export function savedBy(id: string): Pick<Settlement, "cache" | "savings"> {
  const nano = costOf(id) % 1_000;
  return { cache: nano % 2 === 0 ? "miss" : "hit-exact", savings: { cacheNano: 1 - nano, routingNano: 3 * nano } };
}

/** What theirs costs, so that whoever knows the id knows it too. */
export function costOf(id: string): number {
  return Number.parseInt(id.slice(-6), 16);
}
