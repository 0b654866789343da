import type { JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import { isAccountText, isOfMachine, readAccount } from "../../../config/cloud-account.ts";
import type { AccountStore, CredentialOwner, StoredCredential } from "../../../store/accounts/accounts.ts";
import { isStorable } from "../../../store/change.ts";
import type { AdminCall } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { badRequest } from "../status.ts";
import type { AccountParts } from "./account-parts.ts";
import { idField, nameField, priorityField, weightField } from "./fields.ts";
import { isId, isKeyId } from "./ids.ts";
import { readFields } from "./read-fields.ts";
import { expectNotAbove, nothing, reaches } from "./scope.ts";

const ownerKinds = ["key", "team", "org", "group"] as const;

const written = z.strictObject({
  owner: z.strictObject({ kind: z.enum(ownerKinds), id: idField }),
  provider: z.string().min(1).max(200),
  name: nameField,
  /** The vendor's secret: a key, or the JSON text of a cloud's account. */
  key: z
    .string()
    .min(1)
    .max(20_000)
    .refine(isStorable, "has characters that no header can carry")
    .superRefine((text, context) => {
      const wrong = wrongAccount(text);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
    }),
  priority: priorityField.default(0),
  weight: weightField.default(1),
});

const path = "/v1/credentials";

function wrongAccount(text: string): string | undefined {
  if (!isAccountText(text)) return undefined;
  const result = readAccount(text);
  if (!result.ok) return result.message;
  return isOfMachine(result.account) ? "the identity of this machine is the operator's" : undefined;
}

/** Provider accounts that keys, teams, organisations and groups bring along. What was written is never read back. */
export function credentialRoutes(
  parts: Pick<AccountParts, "accounts" | "directory" | "hasProvider">,
): readonly ApiRoute[] {
  const { accounts, directory } = parts;
  return [
    {
      method: "POST",
      path,
      permission: "credentials:write",
      handler: async (call) => {
        const { owner, provider, key: secret, ...rest } = readFields(written, await call.body());
        await expectOwner(accounts, call, { owner, writes: true });
        if (!parts.hasProvider(provider))
          throw badRequest([{ path: ["provider"], message: "there is no such provider here" }]);
        const draft = { owner, provider, secret: { reveal: () => secret }, ...rest };
        const made = await accounts.credentials.create(draft, call.actor);
        await directory.refresh();
        return { status: 201, body: { data: shownCredential(made) } };
      },
    },
    {
      method: "GET",
      path,
      permission: "accounts:read",
      handler: async (call) => {
        const owner = ownerOf(call);
        await expectOwner(accounts, call, { owner, writes: false });
        return { status: 200, body: { data: (await accounts.credentials.list(owner)).map(shownCredential) } };
      },
    },
    {
      method: "DELETE",
      path: `${path}/:id`,
      permission: "credentials:write",
      handler: async (call) => {
        const { id, actor } = call;
        const found = isId("cred", id) ? await accounts.credentials.get(id) : undefined;
        if (found === undefined || (await ownerInScope(accounts, call.key, found.owner)) === undefined)
          throw nothing("credential", id);
        await expectOwner(accounts, call, { owner: found.owner, writes: true });
        if ((await accounts.credentials.delete(id, actor)) === "not-found") throw nothing("credential", id);
        await directory.refresh();
        return { status: 200, body: { deleted: true } };
      },
    },
  ];
}

/** Whose accounts are asked for: the caller's own team or organisation unless the query says otherwise. */
function ownerOf({ query, key }: AdminCall): CredentialOwner {
  const [written, id] = [query.get("owner_kind"), query.get("owner_id")];
  if (written === null && id === null) {
    if (key.team !== undefined) return { kind: "team", id: key.team };
    if (key.org !== undefined) return { kind: "org", id: key.org };
  }
  const kind = ownerKinds.find((known) => known === written);
  if (kind === undefined)
    throw badRequest([{ path: ["owner_kind"], message: `must be one of ${ownerKinds.join(", ")}` }]);
  if (id === null || id === "") throw badRequest([{ path: ["owner_id"], message: "is missing" }]);
  return { kind, id };
}

/** Throws 404 where the owner is not there or not in the caller's scope, 403 where it may more than the caller. */
async function expectOwner(
  accounts: AccountStore,
  { key: caller }: Pick<AdminCall, "key">,
  { owner, writes }: { readonly owner: CredentialOwner; readonly writes: boolean },
): Promise<void> {
  const found = await ownerInScope(accounts, caller, owner);
  if (found === undefined) throw nothing(owner.kind, owner.id);
  if (writes) expectNotAbove(caller, found);
}

/** The owner's role, where it has one; undefined where it is not there, or not for this caller. */
async function ownerInScope(accounts: AccountStore, caller: AdminCall["key"], owner: CredentialOwner) {
  const place = await placeOf(accounts, owner);
  return place !== undefined && reaches(caller, place) ? place : undefined;
}

/** What the owner belongs to, itself included. */
async function placeOf(
  accounts: AccountStore,
  { kind, id }: CredentialOwner,
): Promise<Pick<AdminCall["key"], "org" | "team" | "role"> | undefined> {
  if (!(kind === "key" ? isKeyId(id) : isId(kind, id))) return undefined;
  switch (kind) {
    case "key": {
      const key = await accounts.keys.get(id);
      return key?.deletedAt === undefined ? key : undefined;
    }
    case "team": {
      const team = await accounts.teams.get(id);
      return team && { team: id, org: team.org };
    }
    case "org":
      return (await accounts.organisations.get(id)) && { org: id };
    case "group":
      return accounts.groups.get(id);
  }
}

function shownCredential({ id, owner, provider, name, priority, weight, createdAt }: StoredCredential): JsonObject {
  return {
    id,
    owner: { kind: owner.kind, id: owner.id },
    provider,
    name,
    priority,
    weight,
    created_at: createdAt.toISOString(),
  };
}
