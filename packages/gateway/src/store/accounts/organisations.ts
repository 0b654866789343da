import type { Selectable } from "kysely";
import { changed, isStorable, undone } from "../change.ts";
import type { AccountStore, Actor, Changed, ListPage, Organisation, OrganisationDraft, UpdateAt } from "./accounts.ts";
import { type AccountContext, changeAccounts, checkName, chosen, newId, obstacleTo, pageSize } from "./context.ts";
import { readPolicy } from "./documents.ts";
import { refuseWhileOwner } from "./owners.ts";
import type { OrganisationsTable } from "./tables.ts";

export function openOrganisations(context: AccountContext): AccountStore["organisations"] {
  return {
    get: (id) => context.guard(() => getOrganisation(context, id)),
    list: (page) => context.guard(() => listOrganisations(context, page)),
    create: (draft, actor) => createOrganisation(context, draft, actor),
    update: (id, draft, at) => updateOrganisation(context, { id, draft, at }),
    delete: (id, actor) => deleteOrganisation(context, id, actor),
  };
}

async function getOrganisation({ database: { db } }: AccountContext, id: string): Promise<Organisation | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.selectFrom("organisations").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toOrganisation(row);
}

async function listOrganisations(context: AccountContext, page: ListPage): Promise<readonly Organisation[]> {
  // A team is no organisation's administrator.
  if (page.scope?.team !== undefined) return [];
  let query = context.database.db.selectFrom("organisations").selectAll().orderBy("id").limit(pageSize(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  if (page.scope?.org !== undefined) query = query.where("id", "=", page.scope.org);
  return (await query.execute()).map(toOrganisation);
}

function createOrganisation(context: AccountContext, draft: OrganisationDraft, actor: Actor): Promise<Organisation> {
  return changeAccounts(context, actor, async ({ trx, revision, now, audit }) => {
    const row: OrganisationsTable = {
      id: newId("org"),
      name: checkName(draft.name),
      policy: JSON.stringify(draft.policy ?? {}),
      created_at: +now,
      revision,
    };
    await trx.insertInto("organisations").values(row).execute();
    await audit({ action: "organisation.create", subject: subjectOf(row.id), detail: chosen(draft) });
    return changed(toOrganisation(row));
  });
}

interface Update {
  readonly id: string;
  readonly draft: Partial<OrganisationDraft>;
  readonly at: UpdateAt;
}

async function updateOrganisation(context: AccountContext, { id, draft, at }: Update): Promise<Changed<Organisation>> {
  if (!isStorable(id)) return { outcome: "not-found" };
  return changeAccounts<Changed<Organisation>>(context, at.actor, async ({ trx, revision, audit }) => {
    const before = await trx.selectFrom("organisations").selectAll().where("id", "=", id).executeTakeFirst();
    const obstacle = obstacleTo(before, at.revision);
    if (before === undefined || obstacle !== undefined) return undone(obstacle ?? { outcome: "not-found" });
    const set = {
      name: draft.name === undefined ? before.name : checkName(draft.name),
      policy: draft.policy === undefined ? before.policy : JSON.stringify(draft.policy),
      revision,
    };
    await trx.updateTable("organisations").set(set).where("id", "=", id).execute();
    await audit({ action: "organisation.update", subject: subjectOf(id), detail: chosen(draft) });
    return changed({ outcome: "changed", value: toOrganisation({ ...before, ...set }) });
  });
}

async function deleteOrganisation(context: AccountContext, id: string, actor: Actor): Promise<"deleted" | "not-found"> {
  if (!isStorable(id)) return "not-found";
  return changeAccounts<"deleted" | "not-found">(context, actor, async ({ trx, audit }) => {
    const row = await trx.deleteFrom("organisations").where("id", "=", id).returning("name").executeTakeFirst();
    if (row === undefined) return undone("not-found");
    await refuseWhileOwner(trx, { kind: "org", id });
    await audit({ action: "organisation.delete", subject: subjectOf(id), detail: { name: row.name } });
    return changed("deleted");
  });
}

const subjectOf = (id: string): string => `organisations/${id}`;

export function toOrganisation(row: Selectable<OrganisationsTable>): Organisation {
  const { id, name, revision } = row;
  return {
    id,
    name,
    policy: readPolicy(subjectOf(id), row.policy),
    createdAt: new Date(row.created_at),
    revision,
  };
}
