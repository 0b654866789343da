import type { KeyBelongings } from "./accounts.ts";
import type { AccountContext } from "./context.ts";
import { credentialsOf } from "./credentials.ts";
import { damaged } from "./documents.ts";
import { toGroup } from "./groups.ts";
import { keySubject, toKey } from "./key-rows.ts";
import { toOrganisation } from "./organisations.ts";
import { toTeam } from "./teams.ts";

/** One row by a unique index, its owners by their primary keys: as fast among a million keys as among ten. */
export async function findKey(context: AccountContext, digest: string): Promise<KeyBelongings | undefined> {
  const { db } = context.database;
  const query = db.selectFrom("keys").selectAll().where("deleted_at", "is", null);
  const row = await query
    .where((key) => key.or([key("digest", "=", digest), key("previous_digest", "=", digest)]))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const byId = { key: row.id, team: row.team_id, org: row.org_id, group: row.group_id };
  const [team, org, group, credentials] = await Promise.all([
    byId.team === null ? undefined : db.selectFrom("teams").selectAll().where("id", "=", byId.team).executeTakeFirst(),
    byId.org === null
      ? undefined
      : db.selectFrom("organisations").selectAll().where("id", "=", byId.org).executeTakeFirst(),
    byId.group === null
      ? undefined
      : db.selectFrom("groups").selectAll().where("id", "=", byId.group).executeTakeFirst(),
    credentialsOf(context.database, byId, context.sealer),
  ]);
  // A policy that is not there forbids nothing.
  const named = [byId.team, byId.org, byId.group].filter((id) => id !== null).length;
  const found = [team, org, group].filter((owner) => owner !== undefined).length;
  if (found < named) throw damaged(keySubject(row.id), "owner");
  return {
    key: toKey(row),
    ...(team === undefined ? {} : { team: toTeam(team) }),
    ...(org === undefined ? {} : { org: toOrganisation(org) }),
    ...(group === undefined ? {} : { group: toGroup(group) }),
    credentials,
  };
}
