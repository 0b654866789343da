import type { Database } from "../schema.ts";

/** By id. Who was deleted keeps a name if it is a key, and has none else. */
export interface UsageNames {
  readonly key: ReadonlyMap<string, string>;
  readonly team: ReadonlyMap<string, string>;
  readonly org: ReadonlyMap<string, string>;
}

export type NamedIds = { readonly [K in keyof UsageNames]?: readonly string[] };

const tables = { key: "keys", team: "teams", org: "organisations" } as const;

export async function readNames({ db }: Database, ids: NamedIds): Promise<UsageNames> {
  const read = async (kind: keyof UsageNames): Promise<ReadonlyMap<string, string>> => {
    const wanted = [...new Set(ids[kind] ?? [])].filter((id) => id !== "");
    const names = new Map<string, string>();
    for (let at = 0; at < wanted.length; at += CHUNK) {
      const some = wanted.slice(at, at + CHUNK);
      const rows = await db.selectFrom(tables[kind]).select(["id", "name"]).where("id", "in", some).execute();
      for (const { id, name } of rows) names.set(id, name);
    }
    return names;
  };
  return { key: withDeclared(await read("key"), ids.key), team: await read("team"), org: await read("org") };
}

/** Databases take only so many parameters at once. */
const CHUNK = 1_000;

const DECLARED = "config:";

/** Keys of the configuration, and the data folder's own, are in no table: their ids say their names. */
function withDeclared(stored: ReadonlyMap<string, string>, ids: readonly string[] = []): ReadonlyMap<string, string> {
  const names = new Map(stored);
  for (const id of ids) {
    if (id.startsWith(DECLARED)) names.set(id, id.slice(DECLARED.length));
    else if (id === "local") names.set(id, id);
  }
  return names;
}
