import { compact, type JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import type { Group } from "../../../store/accounts/accounts.ts";
import type { AdminAnswer, AdminCall, AdminHandler } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { badRequest } from "../status.ts";
import type { AccountParts } from "./account-parts.ts";
import { changeOne, deleteOne } from "./change-one.ts";
import { expectClearable, idField, nameField, priorityField, weightField } from "./fields.ts";
import { isId } from "./ids.ts";
import { etagOf } from "./key-view.ts";
import { answerPage, collection } from "./owner-routes.ts";
import { pageThrough, readPaging } from "./paging.ts";
import { revisionWanted } from "./precondition.ts";
import { readFields, takeNulls } from "./read-fields.ts";
import { denied, nothing, reaches } from "./scope.ts";

const channel = z.strictObject({
  provider: z.string().min(1).max(200),
  /** An account of the configuration by its id or name, or one of the group's own. */
  credential: z.string().min(1).max(200),
  priority: priorityField.default(0),
  weight: weightField.default(1),
});

const written = z.strictObject({
  name: nameField.exactOptional(),
  org: idField.exactOptional(),
  channels: z.array(channel).min(1).max(100).exactOptional(),
  models: z.array(z.string().min(1).max(300)).max(1000).exactOptional(),
  etag: z.string().max(100).exactOptional(),
});

/** Groups bind keys to channels. https://torouter.ai/docs */
export function groupRoutes(parts: Pick<AccountParts, "accounts" | "directory" | "hasProvider">): readonly ApiRoute[] {
  const { groups } = parts.accounts;
  const find = async ({ id, key }: AdminCall): Promise<Group> => {
    const found = isId("group", id) ? await groups.get(id) : undefined;
    if (found === undefined || !isSeen(key, found)) throw nothing("group", id);
    return found;
  };
  const read = (body: JsonObject) => {
    const { rest, cleared } = takeNulls(body);
    const fields = readFields(written, rest);
    expectClearable(cleared, ["models"]);
    expectProviders(fields.channels ?? [], parts.hasProvider);
    return { ...fields, cleared };
  };
  const update: AdminHandler = async (call) => {
    const { key, actor } = call;
    const { name, org, channels, models, etag, cleared } = read(await call.body());
    const changed = await changeOne({
      wanted: revisionWanted({ ifMatch: call.headers["if-match"], etag }),
      read: () => find(call),
      write: (before) => {
        expectOwn(key, before);
        if (org !== undefined && org !== before.org)
          throw badRequest([{ path: ["org"], message: "a group stays in its organisation" }]);
        const list = cleared.has("models") ? null : models;
        const change = { ...compact({ name, channels }), ...(list === undefined ? {} : { models: list }) };
        return groups.update(before.id, change, { actor, revision: before.revision });
      },
    });
    await parts.directory.refresh();
    return answerOne(200, changed);
  };
  return collection("/v1/groups", "accounts:write", {
    list: async ({ query, key }) => {
      const scope = key.org === undefined ? {} : { org: key.org };
      const page = await pageThrough((one) => groups.list(one), { ...readPaging(query), scope });
      return answerPage(page, shownGroup);
    },
    get: async (call) => answerOne(200, await find(call)),
    create: async ({ body, key, actor }) => {
      const { name, channels, models, org = key.org } = read(await body());
      expectOwn(key, compact({ org }));
      if (name === undefined) throw badRequest([{ path: ["name"], message: "is missing" }]);
      if (channels === undefined) throw badRequest([{ path: ["channels"], message: "is missing" }]);
      return answerOne(201, await groups.create({ name, channels, ...compact({ org, models }) }, actor));
    },
    update,
    remove: async (call) => {
      const group = await find(call);
      expectOwn(call.key, group);
      await deleteOne(() => groups.delete(group.id, call.actor));
      await parts.directory.refresh();
      return { status: 200, body: { deleted: true } };
    },
  });
}

/** Of the caller's organisation, also where the caller is one of its teams. */
function isSeen(caller: AdminCall["key"], { org }: Pick<Group, "org">): boolean {
  return caller.org === undefined ? reaches(caller, {}) : org === caller.org;
}

/** Groups are of an organisation or of the whole installation: no single team's to make or change. Throws 403. */
export function expectOwn(caller: AdminCall["key"], group: Pick<Group, "org">): void {
  if (caller.team === undefined && reaches(caller, group)) return;
  throw denied("This API key belongs to a part of what the group is for.");
}

function expectProviders(
  channels: readonly { readonly provider: string }[],
  hasProvider: AccountParts["hasProvider"],
): void {
  const unknown = channels.flatMap(({ provider }, index) =>
    hasProvider(provider) ? [] : [{ path: ["channels", index, "provider"], message: "there is no such provider here" }],
  );
  if (unknown.length > 0) throw badRequest(unknown);
}

function shownGroup(group: Group): JsonObject {
  return {
    id: group.id,
    name: group.name,
    org: group.org ?? null,
    channels: group.channels.map(({ provider, credential, priority, weight }) => ({
      provider,
      credential,
      priority,
      weight,
    })),
    models: group.models ?? null,
    created_at: group.createdAt.toISOString(),
    etag: etagOf(group),
  };
}

function answerOne(status: number, group: Group): AdminAnswer {
  return { status, body: { data: shownGroup(group) }, headers: { etag: etagOf(group) } };
}
