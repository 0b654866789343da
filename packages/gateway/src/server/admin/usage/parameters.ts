import type { FieldIssue } from "../../../config/router-document.ts";
import type { RequestState } from "../../../store/ledger/ledger-rows.ts";
import {
  type UsageDimension,
  type UsageFilters,
  type UsageRange,
  usageDimensions,
} from "../../../store/usage/usage-query.ts";
import { badRequest } from "../status.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS_BY_HOUR = 7;
const LONGEST_VALUE = 500;
const MOST_VALUES = 50;
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2101, 0, 1);

/** `key_id` and not `key`: under that name Gemini's clients send the secret itself. */
const filterNames = {
  key_id: "key",
  team_id: "team",
  org_id: "org",
  model: "model",
  provider: "provider",
  router: "router",
  session: "session",
} as const;

const states: readonly RequestState[] = ["admitted", "settled", "cancelled", "failed", "unknown"];

/** Reads a query, and throws 400 with everything that is wrong with it at the end. */
export interface Parameters {
  /** What chooses requests: `from`, `to` and the filters. By default the last 30 days, today included. */
  readonly selection: (now: number) => UsageRange & { readonly filters: UsageFilters };
  readonly limit: (range: { readonly usual: number; readonly most: number }) => number;
  readonly groupBy: (range: UsageRange) => readonly UsageDimension[];
  readonly one: (name: string) => string | undefined;
  /** The beginning of a day. */
  readonly day: (name: string) => number | undefined;
  readonly oneOf: <T extends string>(name: string, values: readonly [T, ...T[]]) => T;
  /** Throws what was found; also a name that nobody has asked for, which would choose more than was meant. */
  readonly check: () => void;
}

export function readParameters(query: URLSearchParams): Parameters {
  const issues: FieldIssue[] = [];
  const known = new Set<string>();
  const blame = (name: string, message: string) => {
    issues.push({ path: [name], message });
  };
  const one = (name: string): string | undefined => {
    known.add(name);
    const values = query.getAll(name);
    if (values.length > 1) blame(name, "must be given once.");
    return values[0];
  };
  const time = (name: string): number | undefined => {
    const text = one(name);
    if (text === undefined) return undefined;
    const read = readTime(text);
    if (read === undefined)
      blame(name, "must be a day (2026-11-21) or a time (2026-11-21T13:00:00Z), from 2000 to 2100.");
    return read;
  };
  const many = (name: string): readonly string[] | undefined => {
    known.add(name);
    const values = query.getAll(name);
    if (values.length > MOST_VALUES) blame(name, `may be given ${MOST_VALUES} times at most.`);
    if (values.some(({ length }) => length > LONGEST_VALUE)) blame(name, `is longer than ${LONGEST_VALUE} characters.`);
    return values.length === 0 ? undefined : values;
  };
  const oneOf = <T extends string>(name: string, values: readonly [T, ...T[]]): T => {
    const text = one(name) ?? values[0];
    const found = values.find((value) => value === text);
    if (found === undefined) blame(name, `must be one of: ${values.join(", ")}.`);
    return found ?? values[0];
  };
  return {
    one,
    oneOf,
    day: (name) => {
      const read = time(name);
      if (read !== undefined && read % DAY_MS !== 0) blame(name, "must be a day (2026-11-21).");
      return read;
    },
    selection: (now) => {
      const range = readRange({ from: time("from"), to: time("to"), now });
      if (issues.length === 0 && range.from >= range.to) blame("from", "must be before 'to'.");
      return { ...range, filters: readFilters(many, blame) };
    },
    limit: ({ usual, most }) => {
      const text = one("limit") ?? String(usual);
      const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
      if (limit < 1 || limit > most) blame("limit", `must be a number from 1 to ${most}.`);
      return limit;
    },
    groupBy: (range) => readGroupBy(many("group_by") ?? [], { range, blame }),
    check: () => {
      for (const name of new Set(query.keys())) {
        if (!known.has(name)) blame(name.slice(0, 100), `is not known here. Known are: ${[...known].join(", ")}.`);
      }
      if (issues.length > 0) throw badRequest(issues);
    },
  };
}

type Blame = (name: string, message: string) => void;

interface WrittenRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly now: number;
}

function readRange({ from, to, now }: WrittenRange): UsageRange {
  const tomorrow = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  const end = to ?? Math.max(tomorrow, from === undefined ? 0 : from + DAY_MS);
  return { from: from ?? Math.floor((end - 1) / DAY_MS + 1 - DEFAULT_DAYS) * DAY_MS, to: end };
}

/** A day of UTC, which is its beginning, or a time with its zone. */
function readTime(text: string): number | undefined {
  const shape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i;
  if (!shape.test(text) || !isDay(text.slice(0, 10))) return undefined;
  const time = Date.parse(text);
  return time >= EARLIEST && time < LATEST ? time : undefined;
}

/** Date.parse takes the 31st of February for the 3rd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

function readFilters(many: (name: string) => readonly string[] | undefined, blame: Blame): UsageFilters {
  const found: Partial<Record<Exclude<keyof UsageFilters, "state">, readonly string[]>> = {};
  for (const [name, filter] of Object.entries(filterNames)) {
    const values = many(name);
    if (values !== undefined) found[filter] = values;
  }
  const written = many("state");
  const known = states.filter((state) => written?.includes(state) === true);
  if (written?.some((value) => !states.some((state) => state === value)) === true)
    blame("state", `must be one of: ${states.join(", ")}.`);
  return written === undefined ? found : { ...found, state: known };
}

function readGroupBy(
  written: readonly string[],
  { range, blame }: { readonly range: UsageRange; readonly blame: Blame },
): readonly UsageDimension[] {
  const names = written.flatMap((text) => text.split(",")).map((name) => name.trim().replace(/_id$/, ""));
  const wrong = names.some((name) => !usageDimensions.some((dimension) => dimension === name));
  if (wrong) blame("group_by", `takes these names, with commas between them: ${usageDimensions.join(", ")}.`);
  const found = usageDimensions.filter((dimension) => names.includes(dimension));
  if (found.includes("hour") && range.to - range.from > MOST_DAYS_BY_HOUR * DAY_MS)
    blame("group_by", `takes hours of ${MOST_DAYS_BY_HOUR} days at most.`);
  return found;
}
