import { parseArgs } from "node:util";
import { UsageError } from "../usage-error.ts";

export interface RerateOptions {
  readonly config?: string;
  readonly data?: string;
  /** Days of UTC, the first and the last. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly dryRun: boolean;
}

const DAY_MS = 86_400_000;

/** Of `signalbox rerate …`. As in `signalbox usage`, `--to` is the first day that is not meant any more. */
export function rerateOptions(argv: readonly string[]): RerateOptions {
  const { config, data, from, to, "dry-run": dryRun = false } = parse(argv);
  if (from === undefined || to === undefined)
    throw new UsageError("Say which days: --from 2026-11-01 --to 2026-12-01, without the last one.");
  const [first, end] = [dayOf("--from", from), dayOf("--to", to)];
  if (first >= end) throw new UsageError("--from must be before --to.");
  const days = { fromDay: from, toDay: new Date(end - DAY_MS).toISOString().slice(0, 10) };
  return { ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }), ...days, dryRun };
}

function parse(argv: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { config: text, data: text, from: text, to: text, "dry-run": { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.split(". ")[0]}.`.replace(/\.+$/, "."));
  }
}

/** Date.parse takes the 31st of February for the 3rd of March. */
function dayOf(option: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time) && new Date(time).toISOString().startsWith(text)) return time;
  throw new UsageError(`${option} must be a day, such as 2026-11-21.`);
}
