import type { Selectable } from "kysely";
import { changed, isStorable, undone } from "../change.ts";
import type { AccountStore, Actor, Changed, Group, GroupDraft, ListPage, UpdateAt } from "./accounts.ts";
import {
  type AccountContext,
  changeAccounts,
  checkName,
  chosen,
  invalid,
  newId,
  obstacleTo,
  pageSize,
} from "./context.ts";
import { readChannels, readModels } from "./documents.ts";
import { organisationOf, refuseWhileOwner } from "./owners.ts";
import type { GroupsTable } from "./tables.ts";

export function openGroups(context: AccountContext): AccountStore["groups"] {
  return {
    get: (id) => context.guard(() => getGroup(context, id)),
    list: (page) => context.guard(() => listGroups(context, page)),
    create: (draft, actor) => createGroup(context, draft, actor),
    update: (id, draft, at) => updateGroup(context, { id, draft, at }),
    delete: (id, actor) => deleteGroup(context, id, actor),
  };
}

async function getGroup({ database: { db } }: AccountContext, id: string): Promise<Group | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.selectFrom("groups").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toGroup(row);
}

/** The groups of an organisation are those of all its teams. */
async function listGroups(context: AccountContext, page: ListPage): Promise<readonly Group[]> {
  let query = context.database.db.selectFrom("groups").selectAll().orderBy("id").limit(pageSize(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  if (page.scope?.org !== undefined) query = query.where("org_id", "=", page.scope.org);
  return (await query.execute()).map(toGroup);
}

function createGroup(context: AccountContext, draft: GroupDraft, actor: Actor): Promise<Group> {
  return changeAccounts(context, actor, async ({ trx, revision, now, audit }) => {
    const row: GroupsTable = {
      id: newId("group"),
      name: checkName(draft.name),
      org_id: draft.org === undefined ? null : await organisationOf(trx, { org: draft.org }),
      channels: JSON.stringify(draft.channels),
      models: writeModels(draft.models),
      created_at: +now,
      revision,
    };
    await trx.insertInto("groups").values(row).execute();
    await audit({ action: "group.create", subject: subjectOf(row.id), detail: chosen(draft) });
    return changed(toGroup(row));
  });
}

interface Update {
  readonly id: string;
  readonly draft: Partial<GroupDraft>;
  readonly at: UpdateAt;
}

async function updateGroup(context: AccountContext, { id, draft, at }: Update): Promise<Changed<Group>> {
  if (!isStorable(id)) return { outcome: "not-found" };
  return changeAccounts<Changed<Group>>(context, at.actor, async ({ trx, revision, audit }) => {
    const before = await trx.selectFrom("groups").selectAll().where("id", "=", id).executeTakeFirst();
    const obstacle = obstacleTo(before, at.revision);
    if (before === undefined || obstacle !== undefined) return undone(obstacle ?? { outcome: "not-found" });
    if (draft.org !== undefined && draft.org !== before.org_id) {
      throw invalid("A group stays in its organisation.");
    }
    const set = {
      name: draft.name === undefined ? before.name : checkName(draft.name),
      channels: draft.channels === undefined ? before.channels : JSON.stringify(draft.channels),
      models: draft.models === undefined ? before.models : writeModels(draft.models),
      revision,
    };
    await trx.updateTable("groups").set(set).where("id", "=", id).execute();
    await audit({ action: "group.update", subject: subjectOf(id), detail: chosen(draft) });
    return changed({ outcome: "changed", value: toGroup({ ...before, ...set }) });
  });
}

async function deleteGroup(context: AccountContext, id: string, actor: Actor): Promise<"deleted" | "not-found"> {
  if (!isStorable(id)) return "not-found";
  return changeAccounts<"deleted" | "not-found">(context, actor, async ({ trx, audit }) => {
    const row = await trx.deleteFrom("groups").where("id", "=", id).returning("name").executeTakeFirst();
    if (row === undefined) return undone("not-found");
    await refuseWhileOwner(trx, { kind: "group", id });
    await audit({ action: "group.delete", subject: subjectOf(id), detail: { name: row.name } });
    return changed("deleted");
  });
}

const subjectOf = (id: string): string => `groups/${id}`;

function writeModels(models: readonly string[] | null | undefined): string | null {
  return models === undefined || models === null ? null : JSON.stringify(models);
}

export function toGroup(row: Selectable<GroupsTable>): Group {
  const { id, name, revision } = row;
  const subject = subjectOf(id);
  return {
    id,
    name,
    ...(row.org_id === null ? {} : { org: row.org_id }),
    channels: readChannels(subject, row.channels),
    ...(row.models === null ? {} : { models: readModels(subject, row.models) }),
    createdAt: new Date(row.created_at),
    revision,
  };
}
