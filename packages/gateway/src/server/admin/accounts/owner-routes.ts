import type { JsonObject } from "@signalbox/protocol";
import type { Organisation, Team } from "../../../store/accounts/accounts.ts";
import type { AdminAnswer, AdminCall, AdminHandler } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { badRequest } from "../status.ts";
import type { AccountParts } from "./account-parts.ts";
import { changeOne, deleteOne } from "./change-one.ts";
import { isId } from "./ids.ts";
import { etagOf } from "./key-view.ts";
import { readOwner, type WrittenOwner } from "./owner-fields.ts";
import { pageThrough, readPaging } from "./paging.ts";
import { shownPolicy } from "./policy-view.ts";
import { revisionWanted } from "./precondition.ts";
import { expectAbove, nothing, reaches, reachesTeam, scopeOf } from "./scope.ts";

type Parts = Pick<AccountParts, "accounts" | "directory">;

export function organisationRoutes({ accounts: { organisations }, directory }: Parts): readonly ApiRoute[] {
  const find = async ({ id, key }: AdminCall): Promise<Organisation> => {
    const found = isId("org", id) ? await organisations.get(id) : undefined;
    if (found === undefined || !reaches(key, { org: found.id })) throw nothing("organisation", id);
    return found;
  };
  const update: AdminHandler = async (call) => {
    const { key, actor } = call;
    const written = readOwner(await call.body());
    expectNoOrg(written);
    const changed = await changeOne({
      wanted: revisionWanted({ ifMatch: call.headers["if-match"], etag: written.etag }),
      read: () => find(call),
      write: (before) => {
        expectAbove(key, "org");
        return organisations.update(before.id, changeOf(written, before), { actor, revision: before.revision });
      },
    });
    await directory.refresh();
    return answerOne(200, changed);
  };
  return collection("/v1/organizations", "organisations:write", {
    list: async ({ query, key }) => {
      const page = { ...readPaging(query), scope: scopeOf(key) };
      return answerPage(await pageThrough((one) => organisations.list(one), page), shownOrganisation);
    },
    get: async (call) => answerOne(200, await find(call)),
    create: async ({ body, actor }) => {
      const written = readOwner(await body());
      expectNoOrg(written);
      return answerOne(201, await organisations.create({ ...named(written), ...policyOf(written) }, actor));
    },
    update,
    remove: async (call) => {
      const { id } = await find(call);
      await deleteOne(() => organisations.delete(id, call.actor));
      return { status: 200, body: { deleted: true } };
    },
  });
}

export function teamRoutes({ accounts: { teams }, directory }: Parts): readonly ApiRoute[] {
  const find = async ({ id, key }: AdminCall): Promise<Team> => {
    const found = isId("team", id) ? await teams.get(id) : undefined;
    if (found === undefined || !reachesTeam(key, found)) throw nothing("team", id);
    return found;
  };
  const update: AdminHandler = async (call) => {
    const { key, actor } = call;
    const written = readOwner(await call.body());
    const changed = await changeOne({
      wanted: revisionWanted({ ifMatch: call.headers["if-match"], etag: written.etag }),
      read: () => find(call),
      write: (before) => {
        expectAbove(key, "team");
        expectSameOrg(written, before);
        return teams.update(before.id, changeOf(written, before), { actor, revision: before.revision });
      },
    });
    await directory.refresh();
    return answerOne(200, changed);
  };
  return collection("/v1/teams", "accounts:write", {
    list: async ({ query, key }) => {
      const page = { ...readPaging(query), scope: scopeOf(key) };
      return answerPage(await pageThrough((one) => teams.list(one), page), shownTeam);
    },
    get: async (call) => answerOne(200, await find(call)),
    create: async ({ body, key, actor }) => {
      expectAbove(key, "team");
      const written = readOwner(await body());
      const org = written.org ?? key.org;
      if (org === undefined) throw badRequest([{ path: ["org"], message: "is missing" }]);
      if (!reaches(key, { org })) throw badRequest([{ path: ["org"], message: "there is none with this id" }]);
      return answerOne(201, await teams.create({ ...named(written), org, ...policyOf(written) }, actor));
    },
    update,
    remove: async (call) => {
      const { id } = await find(call);
      expectAbove(call.key, "team");
      await deleteOne(() => teams.delete(id, call.actor));
      return { status: 200, body: { deleted: true } };
    },
  });
}

interface Handlers {
  readonly list: AdminHandler;
  readonly get: AdminHandler;
  readonly create: AdminHandler;
  readonly update: AdminHandler;
  readonly remove: AdminHandler;
}

/** `create`: who may make and delete one; who may write accounts may change it. */
export function collection(
  path: string,
  create: "accounts:write" | "organisations:write",
  handlers: Handlers,
): readonly ApiRoute[] {
  const one = `${path}/:id`;
  return [
    { method: "POST", path, permission: create, handler: handlers.create },
    { method: "GET", path, permission: "accounts:read", handler: handlers.list },
    { method: "GET", path: one, permission: "accounts:read", handler: handlers.get },
    { method: "PATCH", path: one, permission: "accounts:write", handler: handlers.update },
    { method: "DELETE", path: one, permission: create, handler: handlers.remove },
  ];
}

function named({ name }: WrittenOwner): { readonly name: string } {
  if (name === undefined) throw badRequest([{ path: ["name"], message: "is missing" }]);
  return { name };
}

function policyOf({ policy }: WrittenOwner) {
  return policy === undefined ? {} : { policy: policy({}) };
}

function changeOf({ name, policy }: WrittenOwner, before: Organisation) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(policy === undefined ? {} : { policy: policy(before.policy) }),
  };
}

function expectNoOrg({ org }: WrittenOwner): void {
  if (org !== undefined) throw badRequest([{ path: ["org"], message: "unknown field" }]);
}

function expectSameOrg({ org }: WrittenOwner, before: Team): void {
  if (org === undefined || org === before.org) return;
  throw badRequest([
    { path: ["org"], message: "a team stays in its organisation: what its keys have spent counts there" },
  ]);
}

function shownOrganisation(owner: Organisation): JsonObject {
  return {
    id: owner.id,
    name: owner.name,
    created_at: owner.createdAt.toISOString(),
    ...shownPolicy(owner.policy),
    etag: etagOf(owner),
  };
}

function shownTeam(team: Team): JsonObject {
  const { id, ...rest } = shownOrganisation(team);
  return { id: id ?? team.id, org: team.org, ...rest };
}

function answerOne(status: number, owner: Organisation | Team): AdminAnswer {
  const data = "org" in owner ? shownTeam(owner) : shownOrganisation(owner);
  return { status, body: { data }, headers: { etag: etagOf(owner) } };
}

export function answerPage<T extends { readonly id: string }>(
  { items, more }: { readonly items: readonly T[]; readonly more: boolean },
  shown: (item: T) => JsonObject,
): AdminAnswer {
  return { status: 200, body: { data: items.map(shown), has_more: more, last_id: items.at(-1)?.id ?? null } };
}
