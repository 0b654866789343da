import { parseArgs } from "node:util";
import { UsageError } from "../usage-error.ts";

export interface UsageOptions {
  readonly config?: string;
  readonly data?: string;
  /** As `GET /v1/usage` takes it. */
  readonly query: URLSearchParams;
  readonly format: "table" | "json" | "csv";
}

/** What the command calls the parameters of the API. */
const parameters = {
  from: "from",
  to: "to",
  by: "group_by",
  key: "key_id",
  team: "team_id",
  org: "org_id",
  model: "model",
  provider: "provider",
  router: "router",
  session: "session",
  state: "state",
  limit: "limit",
  rows: "rows",
} as const;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;

/** Of `signalbox usage …`, without the command's own name. */
export function usageOptions(argv: readonly string[]): UsageOptions {
  const { config, data, json = false, csv = false, ...written } = parse(argv);
  if (json && csv) throw new UsageError("Say --json or --csv, not both.");
  checkFormat(csv, written);
  const folder = { ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }) };
  return { ...folder, query: queryOf(written), format: csv ? "csv" : json ? "json" : "table" };
}

type Written = Readonly<Partial<Record<keyof typeof parameters, string | string[] | undefined>>>;

function checkFormat(csv: boolean, { rows, by, limit }: Written): void {
  if (!csv && rows !== undefined) throw new UsageError("--rows is for --csv.");
  if (csv && (by ?? limit) !== undefined)
    throw new UsageError("--by and --limit are not for --csv, which has every row.");
}

function queryOf(written: Written): URLSearchParams {
  const query = new URLSearchParams();
  const values = new Map(Object.entries(written));
  for (const [option, parameter] of Object.entries(parameters)) {
    for (const value of [values.get(option) ?? []].flat()) query.append(parameter, value);
  }
  return query;
}

function parse(argv: readonly string[]) {
  const options = {
    config: text,
    data: text,
    json: { type: "boolean" },
    csv: { type: "boolean" },
    from: text,
    to: text,
    by: texts,
    key: texts,
    team: texts,
    org: texts,
    model: texts,
    provider: texts,
    router: texts,
    session: texts,
    state: texts,
    limit: text,
    rows: text,
  } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.split(". ")[0]}.`.replace(/\.+$/, "."));
  }
}

/** The API's complaint in the words of the command line: `group_by: …` is said of `--by`. */
export function inOptionNames(message: string): string {
  const named = Object.entries(parameters).find(([, parameter]) => message.startsWith(`${parameter}: `));
  return named === undefined ? message : `--${named[0]}${message.slice(named[1].length + 1)}`;
}
