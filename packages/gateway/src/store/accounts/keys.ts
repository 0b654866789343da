import { type Selectable, sql } from "kysely";
import { changed, isStorable, storable, undone } from "../change.ts";
import type { Actor, Changed, KeyDraft, KeyStore, ListPage, NewKey, StoredKey, UpdateAt } from "./accounts.ts";
import { type AccountContext, changeAccounts, checkName, chosen, invalid, obstacleTo, pageSize } from "./context.ts";
import { removeCredentialsOf } from "./credentials.ts";
import { findKey } from "./find-key.ts";
import { keySubject, toKey } from "./key-rows.ts";
import { ownersOf } from "./owners.ts";
import type { KeysTable } from "./tables.ts";

export function openKeys(context: AccountContext): KeyStore {
  return {
    get: (id) => context.guard(() => getKey(context, id)),
    list: (page) => context.guard(() => listKeys(context, page)),
    create: (key, actor) => createKey(context, key, actor),
    update: (id, draft, at) => updateKey(context, { id, draft, at }),
    rotate: (id, { digest, lastFour, previousUntil }, actor) =>
      rotateKey(context, { id, digest, lastFour, previousUntil }, actor),
    delete: (id, actor) => deleteKey(context, id, actor),
    find: (digest) => context.guard(() => findKey(context, digest)),
    touch: (lastUsed) => context.guard(() => touchKeys(context, lastUsed)),
  };
}

async function getKey({ database: { db } }: AccountContext, id: string): Promise<StoredKey | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toKey(row);
}

async function listKeys({ database: { db } }: AccountContext, page: ListPage): Promise<readonly StoredKey[]> {
  let query = db.selectFrom("keys").selectAll().where("deleted_at", "is", null).orderBy("id").limit(pageSize(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  if (page.scope?.org !== undefined) query = query.where("org_id", "=", page.scope.org);
  if (page.scope?.team !== undefined) query = query.where("team_id", "=", page.scope.team);
  return (await query.execute()).map(toKey);
}

const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

function createKey(context: AccountContext, key: NewKey, actor: Actor): Promise<StoredKey> {
  const { id, digest, lastFour, ...draft } = key;
  return changeAccounts(context, actor, async ({ trx, revision, now, audit }) => {
    if (!/^[0-9A-Za-z]{12}$/.test(id) || !isDigest(digest)) throw invalid("This is no key that can be kept.");
    const owners = { org: draft.org ?? null, team: draft.team ?? null, group: draft.group ?? null };
    const row: KeysTable = {
      ...fresh,
      id,
      name: checkName(draft.name),
      digest,
      last_four: lastFour,
      ...ownerColumns(await ownersOf(trx, owners)),
      ...draftColumns(draft),
      created_at: +now,
      created_by: storable(actor.id),
      revision,
    };
    const insert = trx
      .insertInto("keys")
      .values(row)
      .onConflict((conflict) => conflict.doNothing());
    if ((await insert.returning("id").executeTakeFirst()) === undefined) throw invalid("This key exists already.");
    await audit({ action: "key.create", subject: keySubject(id), detail: chosen(draft) });
    return changed(toKey(row));
  });
}

const fresh = {
  role: null,
  policy: "{}",
  metadata: "{}",
  metadata_mode: null,
  cache: null,
  disabled: 0,
  expires_at: null,
  last_used_at: null,
  previous_digest: null,
  previous_until: null,
  deleted_at: null,
} as const;

function ownerColumns({ org, team, group }: { readonly [kind in "org" | "team" | "group"]: string | null }) {
  return { org_id: org, team_id: team, group_id: group };
}

type DraftColumns = Pick<
  KeysTable,
  "role" | "policy" | "metadata" | "metadata_mode" | "cache" | "disabled" | "expires_at"
>;

/** Only what the draft says; its owners are looked up first. */
function draftColumns(draft: Partial<KeyDraft>): Partial<DraftColumns> {
  const { role, policy, metadata, metadataMode, cache, disabled, expiresAt } = draft;
  return {
    ...(role === undefined ? {} : { role }),
    ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
    ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
    ...(metadataMode === undefined ? {} : { metadata_mode: metadataMode }),
    ...(cache === undefined ? {} : { cache: cache === null ? null : JSON.stringify(cache) }),
    ...(disabled === undefined ? {} : { disabled: disabled ? 1 : 0 }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt === null ? null : +expiresAt }),
  };
}

interface Update {
  readonly id: string;
  readonly draft: Partial<KeyDraft>;
  readonly at: UpdateAt;
}

async function updateKey(context: AccountContext, { id, draft, at }: Update): Promise<Changed<StoredKey>> {
  if (!isStorable(id)) return { outcome: "not-found" };
  return changeAccounts<Changed<StoredKey>>(context, at.actor, async ({ trx, revision, audit }) => {
    const row = trx.selectFrom("keys").selectAll().where("id", "=", id).where("deleted_at", "is", null);
    const before = await row.executeTakeFirst();
    const obstacle = obstacleTo(before, at.revision);
    if (before === undefined || obstacle !== undefined) return undone(obstacle ?? { outcome: "not-found" });
    const set = {
      ...draftColumns(draft),
      ...(draft.name === undefined ? {} : { name: checkName(draft.name) }),
      ...ownerColumns(await ownersOf(trx, wantedOwners(before, draft))),
      revision,
    };
    await trx.updateTable("keys").set(set).where("id", "=", id).execute();
    await audit({ action: "key.update", subject: keySubject(id), detail: chosen(draft) });
    return changed({ outcome: "changed", value: toKey({ ...before, ...set }) });
  });
}

/** Who goes into another team goes into its organisation, unless told otherwise. */
function wantedOwners(before: Selectable<KeysTable>, draft: Partial<KeyDraft>) {
  const team = draft.team === undefined ? before.team_id : draft.team;
  const moves = draft.team !== undefined && draft.team !== null;
  const kept = moves ? null : before.org_id;
  return {
    org: draft.org === undefined ? kept : draft.org,
    team,
    group: draft.group === undefined ? before.group_id : draft.group,
  };
}

interface Rotation {
  readonly id: string;
  readonly digest: string;
  readonly lastFour: string;
  readonly previousUntil: Date;
}

async function rotateKey(context: AccountContext, rotation: Rotation, actor: Actor): Promise<StoredKey | undefined> {
  const { id, digest, lastFour, previousUntil } = rotation;
  if (!isStorable(id)) return undefined;
  return changeAccounts<StoredKey | undefined>(context, actor, async ({ trx, revision, audit }) => {
    if (!isDigest(digest)) throw invalid("This is no key that can be kept.");
    const row = trx.selectFrom("keys").selectAll().where("id", "=", id).where("deleted_at", "is", null);
    const before = await row.executeTakeFirst();
    if (before === undefined) return undone(undefined);
    const set = {
      digest,
      last_four: lastFour,
      previous_digest: before.digest,
      previous_until: +previousUntil,
      revision,
    };
    await trx.updateTable("keys").set(set).where("id", "=", id).execute();
    const detail = { previousUntil: previousUntil.toISOString() };
    await audit({ action: "key.rotate", subject: keySubject(id), detail });
    return changed(toKey({ ...before, ...set }));
  });
}

async function deleteKey(context: AccountContext, id: string, actor: Actor): Promise<"deleted" | "not-found"> {
  if (!isStorable(id)) return "not-found";
  return changeAccounts<"deleted" | "not-found">(context, actor, async ({ trx, revision, now, audit }) => {
    const update = trx.updateTable("keys").set({ deleted_at: +now, revision }).where("id", "=", id);
    const row = await update.where("deleted_at", "is", null).returning("name").executeTakeFirst();
    if (row === undefined) return undone("not-found");
    await removeCredentialsOf(trx, { kind: "key", id });
    await audit({ action: "key.delete", subject: keySubject(id), detail: { name: row.name } });
    return changed("deleted");
  });
}

/** SQLite takes 32,766 parameters a statement: https://www.sqlite.org/limits.html#max_variable_number */
const mostAtOnce = 10_000;

async function touchKeys({ database: { db } }: AccountContext, lastUsed: ReadonlyMap<string, Date>): Promise<void> {
  const rows = [...lastUsed].filter(([id]) => isStorable(id)).map(([id, at]) => sql`(${id}, ${+at})`);
  for (let start = 0; start < rows.length; start += mostAtOnce) {
    // Both databases call the columns of VALUES so.
    const used = sql<{ column1: string; column2: number }>`(values ${sql.join(rows.slice(start, start + mostAtOnce))})`;
    const at = sql<number>`cast(${sql.ref("used.column2")} as bigint)`;
    await db
      .updateTable("keys")
      .from(used.as("used"))
      .set({ last_used_at: at })
      .whereRef("keys.id", "=", "used.column1")
      .where((row) => row.or([row("keys.last_used_at", "is", null), row("keys.last_used_at", "<", at)]))
      .execute();
  }
}
