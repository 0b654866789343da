import { currentOf } from "../change.ts";
import type { AccountChanges } from "./accounts.ts";
import type { AccountContext } from "./context.ts";

const most = 10_000;

const tables = { key: "keys", team: "teams", org: "organisations", group: "groups" } as const;

export async function changedSince({ database }: AccountContext, since: number): Promise<AccountChanges> {
  // Asked first: what changes in between is among the ids too, and shows once more after the next revision.
  const revision = await currentOf(database, "accounts");
  const idsIn = async (table: (typeof tables)[keyof typeof tables]): Promise<ReadonlySet<string>> => {
    const rows = database.db
      .selectFrom(table)
      .select("id")
      .where("revision", ">", since)
      .limit(most + 1);
    return new Set((await rows.execute()).map(({ id }) => id));
  };
  const changed = {
    key: await idsIn(tables.key),
    team: await idsIn(tables.team),
    org: await idsIn(tables.org),
    group: await idsIn(tables.group),
  };
  const much = Object.values(changed).some(({ size }) => size > most);
  return { revision, changed: much ? "much" : changed };
}
