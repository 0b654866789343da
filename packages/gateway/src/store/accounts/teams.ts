import type { Selectable } from "kysely";
import { changed, isStorable, undone } from "../change.ts";
import type { AccountStore, Actor, Changed, ListPage, Team, TeamDraft, UpdateAt } from "./accounts.ts";
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
import { readPolicy } from "./documents.ts";
import { organisationOf, refuseWhileOwner } from "./owners.ts";
import type { TeamsTable } from "./tables.ts";

export function openTeams(context: AccountContext): AccountStore["teams"] {
  return {
    get: (id) => context.guard(() => getTeam(context, id)),
    list: (page) => context.guard(() => listTeams(context, page)),
    create: (draft, actor) => createTeam(context, draft, actor),
    update: (id, draft, at) => updateTeam(context, { id, draft, at }),
    delete: (id, actor) => deleteTeam(context, id, actor),
  };
}

async function getTeam({ database: { db } }: AccountContext, id: string): Promise<Team | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.selectFrom("teams").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toTeam(row);
}

async function listTeams(context: AccountContext, page: ListPage): Promise<readonly Team[]> {
  let query = context.database.db.selectFrom("teams").selectAll().orderBy("id").limit(pageSize(page));
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  if (page.scope?.org !== undefined) query = query.where("org_id", "=", page.scope.org);
  if (page.scope?.team !== undefined) query = query.where("id", "=", page.scope.team);
  return (await query.execute()).map(toTeam);
}

function createTeam(context: AccountContext, draft: TeamDraft, actor: Actor): Promise<Team> {
  return changeAccounts(context, actor, async ({ trx, revision, now, audit }) => {
    const row: TeamsTable = {
      id: newId("team"),
      org_id: await organisationOf(trx, { org: draft.org }),
      name: checkName(draft.name),
      policy: JSON.stringify(draft.policy ?? {}),
      created_at: +now,
      revision,
    };
    await trx.insertInto("teams").values(row).execute();
    await audit({ action: "team.create", subject: subjectOf(row.id), detail: chosen(draft) });
    return changed(toTeam(row));
  });
}

interface Update {
  readonly id: string;
  readonly draft: Partial<TeamDraft>;
  readonly at: UpdateAt;
}

async function updateTeam(context: AccountContext, { id, draft, at }: Update): Promise<Changed<Team>> {
  if (!isStorable(id)) return { outcome: "not-found" };
  return changeAccounts<Changed<Team>>(context, at.actor, async ({ trx, revision, audit }) => {
    const before = await trx.selectFrom("teams").selectAll().where("id", "=", id).executeTakeFirst();
    const obstacle = obstacleTo(before, at.revision);
    if (before === undefined || obstacle !== undefined) return undone(obstacle ?? { outcome: "not-found" });
    if (draft.org !== undefined && draft.org !== before.org_id) {
      throw invalid("A team stays in its organisation: what its keys have spent counts there.");
    }
    const set = {
      name: draft.name === undefined ? before.name : checkName(draft.name),
      policy: draft.policy === undefined ? before.policy : JSON.stringify(draft.policy),
      revision,
    };
    await trx.updateTable("teams").set(set).where("id", "=", id).execute();
    await audit({ action: "team.update", subject: subjectOf(id), detail: chosen(draft) });
    return changed({ outcome: "changed", value: toTeam({ ...before, ...set }) });
  });
}

async function deleteTeam(context: AccountContext, id: string, actor: Actor): Promise<"deleted" | "not-found"> {
  if (!isStorable(id)) return "not-found";
  return changeAccounts<"deleted" | "not-found">(context, actor, async ({ trx, audit }) => {
    const row = await trx.deleteFrom("teams").where("id", "=", id).returning("name").executeTakeFirst();
    if (row === undefined) return undone("not-found");
    await refuseWhileOwner(trx, { kind: "team", id });
    await audit({ action: "team.delete", subject: subjectOf(id), detail: { name: row.name } });
    return changed("deleted");
  });
}

const subjectOf = (id: string): string => `teams/${id}`;

export function toTeam(row: Selectable<TeamsTable>): Team {
  const { id, name, revision } = row;
  return {
    id,
    org: row.org_id,
    name,
    policy: readPolicy(subjectOf(id), row.policy),
    createdAt: new Date(row.created_at),
    revision,
  };
}
