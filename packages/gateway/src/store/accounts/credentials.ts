import type { Selectable, Transaction } from "kysely";
import type { OwnCredential } from "../../config/access.ts";
import { changed, isStorable, undone } from "../change.ts";
import type { Database, Schema } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { Actor, CredentialDraft, CredentialOwner, CredentialStore, StoredCredential } from "./accounts.ts";
import { type AccountContext, changeAccounts, checkName, newId } from "./context.ts";
import { damaged } from "./documents.ts";
import { moveOwner, unknownOwner } from "./owners.ts";
import type { ProviderCredentialsTable } from "./tables.ts";

export function openCredentials(context: AccountContext): CredentialStore {
  return {
    list: (owner) => context.guard(() => listCredentials(context, owner)),
    get: (id) => context.guard(() => getCredential(context, id)),
    create: (draft, actor) => createCredential(context, draft, actor),
    delete: (id, actor) => deleteCredential(context, id, actor),
  };
}

async function getCredential(context: AccountContext, id: string): Promise<StoredCredential | undefined> {
  if (!isStorable(id)) return undefined;
  const query = context.database.db.selectFrom("provider_credentials").selectAll().where("id", "=", id);
  const row = await query.executeTakeFirst();
  return row === undefined ? undefined : toStored(row);
}

async function listCredentials(context: AccountContext, { kind, id }: CredentialOwner) {
  if (!isStorable(id)) return [];
  const query = context.database.db.selectFrom("provider_credentials").selectAll().where("owner_id", "=", id);
  return (await query.where("owner_kind", "=", kind).orderBy("id").execute()).map(toStored);
}

const highestPriority = 0;
const plainWeight = 1;

function createCredential(context: AccountContext, draft: CredentialDraft, actor: Actor): Promise<StoredCredential> {
  const { owner, secret, priority = highestPriority, weight = plainWeight } = draft;
  return changeAccounts(context, actor, async ({ trx, revision, now, audit }) => {
    if (!(await moveOwner(trx, owner, revision))) {
      throw unknownOwner(owner.kind === "org" ? "organisation" : owner.kind, owner.id);
    }
    const id = newId("cred");
    const row: ProviderCredentialsTable = {
      id,
      owner_kind: owner.kind,
      owner_id: owner.id,
      provider: checkName(draft.provider),
      name: checkName(draft.name),
      priority,
      weight,
      sealed: context.sealer.seal(Buffer.from(secret.reveal(), "utf8"), sealedAt(id)),
      created_at: +now,
    };
    await trx.insertInto("provider_credentials").values(row).execute();
    const { provider, name } = row;
    const detail = { owner: { kind: owner.kind, id: owner.id }, provider, name, priority, weight };
    await audit({ action: "credential.create", subject: `credentials/${id}`, detail });
    return changed(toStored(row));
  });
}

async function deleteCredential(context: AccountContext, id: string, actor: Actor): Promise<"deleted" | "not-found"> {
  if (!isStorable(id)) return "not-found";
  return changeAccounts<"deleted" | "not-found">(context, actor, async ({ trx, revision, audit }) => {
    const row = await trx.deleteFrom("provider_credentials").where("id", "=", id).returningAll().executeTakeFirst();
    if (row === undefined) return undone("not-found");
    const { owner, provider, name } = toStored(row);
    await moveOwner(trx, owner, revision);
    const detail = { owner: { kind: owner.kind, id: owner.id }, provider, name };
    await audit({ action: "credential.delete", subject: `credentials/${id}`, detail });
    return changed("deleted");
  });
}

/** What is sealed opens in this row only. */
const sealedAt = (id: string): string => `provider_credentials|${id}|secret|1`;

const ownerKinds = ["key", "team", "org", "group"] as const;

function toStored(row: Selectable<ProviderCredentialsTable>): StoredCredential {
  const { id, provider, name, priority, weight } = row;
  const kind = ownerKinds.find((known) => known === row.owner_kind);
  if (kind === undefined) throw damaged(`credentials/${id}`, "owner");
  const owner = { kind, id: row.owner_id };
  return { id, owner, provider, name, priority, weight, createdAt: new Date(row.created_at) };
}

/** Nearest first. What a group has is all that its keys have. */
export interface Belonging {
  readonly key: string;
  readonly team: string | null;
  readonly org: string | null;
  readonly group: string | null;
}

/** The accounts that a key brings along: of each provider those of the nearest owner that has any. */
export async function credentialsOf(
  { db }: Pick<Database, "db">,
  belonging: Belonging,
  sealer: Sealer,
): Promise<readonly OwnCredential[]> {
  const { key, team, org, group } = belonging;
  const owners: readonly (readonly [CredentialOwner["kind"], string | null])[] =
    group === null
      ? [
          ["key", key],
          ["team", team],
          ["org", org],
        ]
      : [["group", group]];
  const ids = owners.flatMap(([, id]) => id ?? []);
  const query = db.selectFrom("provider_credentials").selectAll().where("owner_id", "in", ids).orderBy("id");
  const rows = await query.execute();
  const byProvider = new Map<string, readonly Selectable<ProviderCredentialsTable>[]>();
  for (const [kind, id] of owners) {
    const own = rows.filter((row) => row.owner_kind === kind && row.owner_id === id);
    for (const [provider, accounts] of Map.groupBy(own, (row) => row.provider)) {
      if (!byProvider.has(provider)) byProvider.set(provider, accounts);
    }
  }
  return [...byProvider.values()].flat().map((row) => toOwn(row, sealer));
}

/** Decrypted when it is needed, and each time anew: it is never kept in clear. */
function toOwn(row: Selectable<ProviderCredentialsTable>, sealer: Sealer): OwnCredential {
  const { id, provider, priority, weight, sealed } = row;
  const reveal = (): string => Buffer.from(sealer.open(sealed, sealedAt(id))).toString("utf8");
  return { id, provider, secret: { reveal }, priority, weight };
}

/** With its key go the accounts that only it had. */
export async function removeCredentialsOf(trx: Transaction<Schema>, { kind, id }: CredentialOwner): Promise<void> {
  const own = trx.deleteFrom("provider_credentials").where("owner_id", "=", id).where("owner_kind", "=", kind);
  await own.execute();
}
