import { crc32 } from "node:zlib";
import { z } from "zod";
import { surfaceDialects } from "../../config/quirks.ts";
import { countNames } from "../../store/ledger/count-columns.ts";
import {
  type Admission,
  type AttemptRow,
  cacheStatuses,
  type LedgerEntry,
  type Savings,
  type Settlement,
  type TokenCounts,
} from "../../store/ledger/ledger-rows.ts";

// A line is the CRC-32 of a JSON array, as 8 hex digits, and the array: `["a", admission]`, or `["s", admission, settlement]`, each
// an array too. A settlement's line says all that its admission's did, so that it stands for itself. An array that a later version
// writes must be read by this one as damaged, or be longer.

/** The admission's own array: text that goes into its line, and into its settlement's. */
export function writeAdmission(admission: Admission): string {
  return JSON.stringify([
    admission.id,
    admission.at,
    admission.key,
    admission.team,
    admission.org,
    admission.session,
    admission.agent,
    admission.parentAgent,
    admission.dialect,
    admission.operation,
    admission.model,
    admission.router,
    admission.stream,
    admission.reservedNano,
  ]);
}

export function admissionLine(written: string): string {
  return line(`["a",${written}]`);
}

export function settlementLine(written: string, settlement: Settlement): string {
  const end = JSON.stringify([
    settlement.state,
    settlement.status,
    settlement.error,
    settlement.finishReason,
    settlement.answeredBy,
    settlement.attempts.map(attemptArray),
    settlement.unpriced,
    settlement.durationMs,
    settlement.firstTokenMs,
    settlement.overheadMs,
    settlement.dropped,
    ...featuresArray(settlement),
  ]);
  return line(`["s",${written},${end}]`);
}

/** Of most requests there is nothing to say. */
function featuresArray({ cache, answeredFrom, savings }: Settlement): unknown[] {
  if (cache === undefined && answeredFrom === undefined && savings === undefined) return [];
  return [
    [
      cache,
      answeredFrom?.provider,
      answeredFrom?.model,
      savings !== undefined,
      savings?.cacheNano,
      savings?.compressionNano,
      savings?.routingNano,
      savings?.unpriced === true,
    ],
  ];
}

function line(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

function attemptArray(attempt: AttemptRow): unknown[] {
  const { usage } = attempt;
  return [
    attempt.provider,
    attempt.model,
    attempt.credential,
    attempt.dialect,
    attempt.lane,
    attempt.startedAfterMs,
    attempt.durationMs,
    attempt.firstTokenMs,
    attempt.error,
    usage === undefined ? null : countNames.map((name) => usage[name]),
    attempt.estimated === true,
    attempt.costNano,
    attempt.price,
    attempt.unpriced === true,
    attempt.serviceTier,
  ];
}

/** What a line says, without its newline. Undefined: it is damaged. */
export function readLine(text: string): LedgerEntry | undefined {
  const json = text.slice(9);
  if (text.slice(0, 9) !== `${crc32(json).toString(16).padStart(8, "0")} `) return undefined;
  const read = lineShape.safeParse(parse(json));
  return read.success ? entryOf(read.data) : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

// JSON has no `undefined` and no NaN: either stands as null.
const text = z.string();
const number = z.number().nullable();
const maybe = z.string().nullable();

const admissionShape = z.tuple(
  [
    text,
    z.number(),
    text,
    maybe,
    maybe,
    maybe,
    maybe,
    maybe,
    z.enum(surfaceDialects),
    text,
    text,
    maybe,
    z.boolean(),
    number,
  ],
  z.unknown(),
);

const attemptShape = z.tuple(
  [
    text,
    text,
    maybe,
    text,
    z.enum(["passthrough", "translate"]),
    number,
    number,
    number,
    maybe,
    z.array(number).nullable(),
    z.boolean(),
    number,
    maybe,
    z.boolean(),
    maybe,
  ],
  z.unknown(),
);

const featuresShape = z.tuple(
  [z.enum(cacheStatuses).nullable(), maybe, maybe, z.boolean(), number, number, number, z.boolean()],
  z.unknown(),
);

const settlementShape = z.tuple(
  [
    z.enum(["settled", "cancelled", "failed", "unknown"]),
    number,
    maybe,
    maybe,
    number,
    z.array(attemptShape),
    z.boolean(),
    number,
    number,
    number,
    z.array(text),
    featuresShape.optional(),
  ],
  z.unknown(),
);

const lineShape = z.union([
  z.tuple([z.literal("a"), admissionShape]),
  z.tuple([z.literal("s"), admissionShape, settlementShape]),
]);

function entryOf([, admitted, end]: z.infer<typeof lineShape>): LedgerEntry {
  const admission = admissionOf(admitted);
  if (end === undefined) return { admission };
  return { admission, settlement: settlementOf(admission.id, end) };
}

function admissionOf(read: z.infer<typeof admissionShape>): Admission {
  const [id, at, key, team, org, session, agent, parentAgent, dialect, operation, model, router, stream, reserved] =
    read;
  return {
    id,
    at,
    key,
    ...(team === null ? {} : { team }),
    ...(org === null ? {} : { org }),
    ...(session === null ? {} : { session }),
    ...(agent === null ? {} : { agent }),
    ...(parentAgent === null ? {} : { parentAgent }),
    dialect,
    operation,
    model,
    ...(router === null ? {} : { router }),
    stream,
    reservedNano: reserved ?? 0,
  };
}

function settlementOf(id: string, read: z.infer<typeof settlementShape>): Settlement {
  const [
    state,
    status,
    error,
    finishReason,
    answeredBy,
    attempts,
    unpriced,
    duration,
    firstTokenMs,
    overhead,
    dropped,
    features,
  ] = read;
  const rows = attempts.map(attemptOf);
  return {
    id,
    state,
    status: status ?? 0,
    ...(error === null ? {} : { error }),
    ...(finishReason === null ? {} : { finishReason }),
    ...(answeredBy === null ? {} : { answeredBy }),
    attempts: rows,
    costNano: rows.reduce((sum, { costNano = 0 }) => sum + costNano, 0),
    unpriced,
    durationMs: duration ?? 0,
    ...(firstTokenMs === null ? {} : { firstTokenMs }),
    overheadMs: overhead ?? 0,
    dropped,
    ...(features === undefined ? {} : featuresOf(features)),
  };
}

function featuresOf(read: z.infer<typeof featuresShape>): Pick<Settlement, "cache" | "answeredFrom" | "savings"> {
  const [cache, provider, model, saved, cacheNano, compressionNano, routingNano, unpriced] = read;
  const savings: Savings = {
    ...(cacheNano === null ? {} : { cacheNano }),
    ...(compressionNano === null ? {} : { compressionNano }),
    ...(routingNano === null ? {} : { routingNano }),
    ...(unpriced ? { unpriced } : {}),
  };
  return {
    ...(cache === null ? {} : { cache }),
    ...(provider === null || model === null ? {} : { answeredFrom: { provider, model } }),
    ...(saved ? { savings } : {}),
  };
}

function attemptOf(read: z.infer<typeof attemptShape>): AttemptRow {
  const [provider, model, credential, dialect, lane, started, duration, firstTokenMs, error, usage, ...rest] = read;
  const [estimated, costNano, price, unpriced, serviceTier] = rest;
  return {
    provider,
    model,
    ...(credential === null ? {} : { credential }),
    dialect,
    lane,
    startedAfterMs: started ?? 0,
    durationMs: duration ?? 0,
    ...(firstTokenMs === null ? {} : { firstTokenMs }),
    ...(error === null ? {} : { error }),
    ...(usage === null ? {} : { usage: tokensOf(usage) }),
    ...(estimated ? { estimated } : {}),
    ...(costNano === null ? {} : { costNano }),
    ...(price === null ? {} : { price }),
    ...(unpriced ? { unpriced } : {}),
    ...(serviceTier === null ? {} : { serviceTier }),
  };
}

function tokensOf(counts: readonly (number | null)[]): TokenCounts {
  const named = countNames.map((name, index) => [name, counts[index] ?? null] as const);
  return Object.fromEntries(named.filter(([, count]) => count !== null));
}
