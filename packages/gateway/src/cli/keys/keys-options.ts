import { parseArgs } from "node:util";
import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import { cacheMatches } from "../../config/features.ts";
import { UsageError } from "../usage-error.ts";

/** What is done with keys. `body` and `query` are what the API takes. */
export type KeysAction =
  | { readonly name: "create"; readonly body: JsonObject }
  | { readonly name: "list"; readonly query: URLSearchParams }
  | { readonly name: "show" | "delete"; readonly id: string }
  | { readonly name: "update"; readonly id: string; readonly body: JsonObject }
  | { readonly name: "rotate"; readonly id: string; readonly body: JsonObject };

export interface KeysOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json: boolean;
  readonly action: KeysAction;
}

export const keysUsage = `  signalbox keys create --name NAME [--org ID] [--team ID] [--group ID] [--role viewer|editor|admin|owner]
                        [--models NAME,…] [--routers NAME,…] [--providers NAME,…] [--surfaces NAME,…]
                        [--budget DOLLARS/day|week|month|total]… [--rpm N] [--tpm N] [--concurrency N]
                        [--allow-cidrs CIDR,…] [--deny-cidrs CIDR,…] [--expires 30d] [--metadata JSON]
                        [--cache off|exact|normalised|semantic[/1h]]
  signalbox keys update ID [the same]
  signalbox keys list [--limit N] [--after ID]
  signalbox keys show|disable|enable|delete ID
  signalbox keys rotate ID [--overlap 24h]
                        all of them: [--json] [--config FILE] [--data FOLDER]`;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;

const common = { config: text, data: text, json: { type: "boolean" } } as const;

const creation = {
  ...common,
  name: text,
  org: text,
  team: text,
  group: text,
  role: text,
  models: text,
  routers: text,
  providers: text,
  surfaces: text,
  budget: texts,
  rpm: text,
  tpm: text,
  concurrency: text,
  "allow-cidrs": text,
  "deny-cidrs": text,
  expires: text,
  metadata: text,
  cache: text,
} as const;

/** Of `signalbox keys …`, without the word `keys`. */
export function keysOptions(argv: readonly string[]): KeysOptions {
  const [action = "", ...rest] = argv;
  switch (action) {
    case "create": {
      const { values } = parse(rest, { options: creation, positionals: 0, action });
      if (values.name === undefined) throw new UsageError("Say what to call it: signalbox keys create --name NAME");
      return told(values, { name: "create", body: bodyOf(values) });
    }
    case "update": {
      const { values, id } = parse(rest, { options: creation, positionals: 1, action });
      const body = bodyOf(values);
      if (Object.keys(body).length === 0) throw new UsageError("Say what to change, such as --cache off.");
      return told(values, { name: "update", id, body });
    }
    case "list": {
      const { values } = parse(rest, { options: { ...common, limit: text, after: text }, positionals: 0, action });
      const { limit, after } = values;
      const query = new URLSearchParams({
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      return told(values, { name: "list", query });
    }
    case "rotate": {
      const { values, id } = parse(rest, { options: { ...common, overlap: text }, positionals: 1, action });
      const { overlap } = values;
      return told(values, {
        name: "rotate",
        id,
        body: overlap === undefined ? {} : { overlap_hours: hoursOf("overlap", overlap) },
      });
    }
    case "show":
    case "delete": {
      const { values, id } = parse(rest, { options: common, positionals: 1, action });
      return told(values, { name: action, id });
    }
    case "disable":
    case "enable": {
      const { values, id } = parse(rest, { options: common, positionals: 1, action });
      return told(values, { name: "update", id, body: { disabled: action === "disable" } });
    }
    default:
      throw new UsageError(`There is no command "keys${action === "" ? "" : ` ${action}`}".`);
  }
}

interface CommonValues {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly json?: boolean | undefined;
}

function told({ config, data, json = false }: CommonValues, action: KeysAction): KeysOptions {
  return { json, action, ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }) };
}

type OptionTypes = Readonly<Record<string, { readonly type: "string" | "boolean"; readonly multiple?: boolean }>>;

interface Parsing<O extends OptionTypes> {
  readonly options: O;
  /** How many words stand beside the options. */
  readonly positionals: 0 | 1;
  readonly action: string;
}

function parse<const O extends OptionTypes>(argv: readonly string[], { options, positionals, action }: Parsing<O>) {
  const parsed = understood(() => parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }));
  const [id = "", ...others] = parsed.positionals;
  if (parsed.positionals.length > positionals) throw new UsageError(`What is "${others[0] ?? id}"?`);
  if (positionals === 1 && id === "") throw new UsageError(`Say which key: signalbox keys ${action} ID`);
  // As lists show its beginning.
  return { values: parsed.values, id: id.replace(/^sb_(?=[0-9A-Za-z]{12}$)/, "") };
}

function understood<T>(parsing: () => T): T {
  try {
    return parsing();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.split(". ")[0]}.`.replace(/\.+$/, "."));
  }
}

type CreationValues = { readonly [O in Exclude<keyof typeof creation, "budget" | "json">]?: string | undefined } & {
  readonly budget?: readonly string[] | undefined;
};

function bodyOf(values: CreationValues): JsonObject {
  const { name, org, team, group, role, rpm, tpm, concurrency, expires, metadata, cache, budget } = values;
  const limits = [
    ...(rpm === undefined ? [] : [{ unit: "requests", per: "minute", limit: numberOf("rpm", rpm) }]),
    ...(tpm === undefined ? [] : [{ unit: "tokens", per: "minute", limit: numberOf("tpm", tpm) }]),
  ];
  const fields: Readonly<Record<string, JsonValue | undefined>> = {
    name,
    org,
    team,
    group,
    role,
    models: listOf(values.models),
    routers: listOf(values.routers),
    providers: listOf(values.providers),
    surfaces: listOf(values.surfaces),
    allow_cidrs: listOf(values["allow-cidrs"]),
    deny_cidrs: listOf(values["deny-cidrs"]),
    limits: limits.length === 0 ? undefined : limits,
    concurrency: concurrency === undefined ? undefined : numberOf("concurrency", concurrency),
    budgets: budget?.map(budgetOf),
    expires_in_days: expires === undefined ? undefined : hoursOf("expires", expires) / 24,
    metadata: metadata === undefined ? undefined : jsonOf(metadata),
    cache: cache === undefined ? undefined : cacheOf(cache),
  };
  const said = Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(said);
}

function listOf(written: string | undefined): string[] | undefined {
  return written
    ?.split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function numberOf(option: string, written: string): number {
  if (/^\d+$/.test(written)) return Number(written);
  throw new UsageError(`--${option} takes a whole number, not "${written}".`);
}

function budgetOf(written: string): JsonObject {
  const [dollars = "", window = "total", ...rest] = written.split("/");
  if (!/^\d+(\.\d+)?$/.test(dollars) || rest.length > 0)
    throw new UsageError(`--budget takes US dollars and how often, such as 5/month, not "${written}".`);
  return { per: "key", window, limit: Number(dollars) };
}

function cacheOf(written: string): JsonObject {
  const [match = "", ttl, ...rest] = written.split("/");
  if (match === "off" && ttl === undefined) return { enabled: false };
  if (!cacheMatches.some((known) => known === match) || rest.length > 0)
    throw new UsageError(
      `--cache takes off, or one of ${cacheMatches.join(", ")} and how long, such as exact/1h, not "${written}".`,
    );
  const seconds = ttl === undefined ? {} : { ttl_seconds: Math.round(hoursOf("cache", ttl) * 3600) };
  return { enabled: true, match, ...seconds };
}

const HOURS: Readonly<Record<string, number>> = { m: 1 / 60, h: 1, d: 24, w: 168 };

function hoursOf(option: string, written: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(written) ?? [];
  const hours = HOURS[unit];
  if (amount !== undefined && hours !== undefined) return Number(amount) * hours;
  throw new UsageError(
    `--${option} takes a number of minutes, hours, days or weeks, such as 24h or 30d, not "${written}".`,
  );
}

function jsonOf(written: string): JsonObject {
  try {
    const value: unknown = JSON.parse(written);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new UsageError("--metadata takes a JSON object.");
}
