import type { Transaction } from "kysely";
import { isStorable } from "../change.ts";
import type { Schema } from "../schema.ts";
import type { CredentialOwner } from "./accounts.ts";
import { invalid } from "./context.ts";

/**
 * All changes of accounts stand in line at one counter, so that what these look at stays as it is until the change that asks is
 * committed.
 */
type Reader = Transaction<Schema>;

/** Throws StoreError `invalid` when there is no such organisation. */
export async function organisationOf(trx: Reader, { org }: { readonly org: string }): Promise<string> {
  const found = isStorable(org)
    ? await trx.selectFrom("organisations").select("id").where("id", "=", org).executeTakeFirst()
    : undefined;
  if (found === undefined) throw unknownOwner("organisation", org);
  return org;
}

export interface Owners {
  readonly org: string | null;
  readonly team: string | null;
  readonly group: string | null;
}

/** Whom a key belongs to: who is in a team is in the team's organisation. Throws StoreError `invalid` where that cannot be. */
export async function ownersOf(trx: Reader, wanted: Owners): Promise<Owners> {
  const org = await orgOfKey(trx, wanted);
  await checkGroup(trx, { group: wanted.group, org });
  return { ...wanted, org };
}

async function orgOfKey(trx: Reader, { org, team }: Owners): Promise<string | null> {
  if (team === null) return org === null ? null : organisationOf(trx, { org });
  const found = isStorable(team)
    ? await trx.selectFrom("teams").select("org_id").where("id", "=", team).executeTakeFirst()
    : undefined;
  if (found === undefined) throw unknownOwner("team", team);
  if (org === null || org === found.org_id) return found.org_id;
  throw invalid(`The team ${JSON.stringify(team)} is not one of the organisation ${JSON.stringify(org)}.`);
}

async function checkGroup(trx: Reader, { group, org }: Pick<Owners, "group" | "org">): Promise<void> {
  if (group === null) return;
  const found = isStorable(group)
    ? await trx.selectFrom("groups").select("org_id").where("id", "=", group).executeTakeFirst()
    : undefined;
  if (found === undefined) throw unknownOwner("group", group);
  if (found.org_id === null || found.org_id === org) return;
  throw invalid(`The group ${JSON.stringify(group)} is one of another organisation.`);
}

/** Throws StoreError `invalid` while keys, teams, groups or credentials belong to it. */
export async function refuseWhileOwner(trx: Reader, owner: CredentialOwner): Promise<void> {
  const what = await belongingTo(trx, owner);
  if (what !== undefined) throw invalid(`It cannot be deleted while ${what} belong to it.`);
}

async function belongingTo(trx: Reader, { kind, id }: CredentialOwner): Promise<string | undefined> {
  if (kind === "key") return undefined;
  const keys = trx.selectFrom("keys").select("id").where(`${kind}_id`, "=", id).where("deleted_at", "is", null);
  if ((await keys.limit(1).executeTakeFirst()) !== undefined) return "keys";
  const credentials = trx.selectFrom("provider_credentials").select("id").where("owner_id", "=", id);
  const own = credentials.where("owner_kind", "=", kind).limit(1);
  if ((await own.executeTakeFirst()) !== undefined) return "credentials";
  if (kind !== "org") return undefined;
  for (const table of ["teams", "groups"] as const) {
    const found = await trx.selectFrom(table).select("id").where("org_id", "=", id).limit(1).executeTakeFirst();
    if (found !== undefined) return table;
  }
  return undefined;
}

const ownerTables = { key: "keys", team: "teams", org: "organisations", group: "groups" } as const;

/** What belongs to an owner decides what its keys may do: the owner has changed with it. False: there is no such owner. */
export async function moveOwner(trx: Reader, { kind, id }: CredentialOwner, revision: number): Promise<boolean> {
  if (!isStorable(id)) return false;
  const update = trx.updateTable(ownerTables[kind]).set({ revision }).where("id", "=", id).returning("id");
  if (kind !== "key") return (await update.executeTakeFirst()) !== undefined;
  const key = trx.updateTable("keys").set({ revision }).where("id", "=", id).where("deleted_at", "is", null);
  return (await key.returning("id").executeTakeFirst()) !== undefined;
}

export function unknownOwner(kind: "organisation" | "team" | "group" | "key", id: string): Error {
  return invalid(`There is no ${kind} ${JSON.stringify(id.slice(0, 100))}.`);
}
