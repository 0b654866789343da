import type { JsonObject } from "@signalbox/protocol";
import type { KeyDirectory } from "../../../access/key-directory.ts";
import type { AccessPolicy } from "../../../config/access.ts";
import { makeKey, withId } from "../../../config/key-secret.ts";
import type { ClientKey } from "../../../config/settings.ts";
import type { AccountStore, Actor, KeyDraft, StoredKey } from "../../../store/accounts/accounts.ts";
import { badRequest } from "../status.ts";
import { changeOne } from "./change-one.ts";
import { isDigest, isKeyId } from "./ids.ts";
import { type Belongings, settleBelongings } from "./key-belonging.ts";
import { readKey, readRotation } from "./key-fields.ts";
import { type ListQuery, type Page, pageThrough } from "./paging.ts";
import { type Precondition, revisionWanted } from "./precondition.ts";
import { expectNotAbove, nothing, reaches, scopeOf } from "./scope.ts";

export interface KeyServiceParts {
  readonly accounts: AccountStore;
  readonly directory: Pick<KeyDirectory, "refresh">;
  /** Takes away what is kept of a key's requests. */
  readonly forget: (keyId: string) => Promise<void>;
  readonly now: () => Date;
}

/** Who asks: the key, whose scope and role bound what is seen and done, and its name for the audit log. */
export interface By {
  readonly key: ClientKey;
  readonly actor: Actor;
}

/** A key on the one occasion on which its secret is known. */
export interface ShownOnce {
  readonly secret: string;
  readonly key: StoredKey;
}

/** What can be done with keys, by the API and by the command line. Everything throws StatusError or StoreError. */
export interface KeyService {
  list(query: ListQuery, by: By): Promise<Page<StoredKey>>;
  /** By its id or its digest. What is outside of the caller's scope is not there. */
  get(address: string, by: By): Promise<StoredKey>;
  create(body: JsonObject, by: By): Promise<ShownOnce>;
  update(address: string, change: { readonly body: JsonObject } & Precondition, by: By): Promise<StoredKey>;
  rotate(address: string, body: JsonObject, by: By): Promise<ShownOnce>;
  remove(address: string, by: By): Promise<void>;
}

export function createKeyService({ accounts, directory, forget, now }: KeyServiceParts): KeyService {
  const { keys } = accounts;
  /** Found, and one that the caller may change. */
  const changeable = async (address: string, by: By): Promise<StoredKey> => {
    const key = await find(accounts, address, by);
    expectNotAbove(by.key, key);
    return key;
  };
  return {
    list: (query, by) => pageThrough((page) => keys.list(page), { ...query, scope: scopeOf(by.key) }),
    get: (address, by) => find(accounts, address, by),
    async create(body, by) {
      const { draft, policy } = readKey(body, now());
      const { name, expiresAt } = draft;
      if (name === undefined) throw badRequest([{ path: ["name"], message: "is missing" }]);
      if (expiresAt instanceof Date && expiresAt <= now())
        throw badRequest([{ path: ["expires_at"], message: "is over already" }]);
      const belongings = await settleBelongings(accounts, by.key, { wanted: draft });
      const { shown, id, digest, lastFour } = makeKey();
      const made = { ...draft, ...belongings, name, id, digest, lastFour, policy: policy?.({}) ?? {} };
      const key = await keys.create(made, by.actor);
      await directory.refresh();
      return { secret: shown, key };
    },
    async update(address, { body, ifMatch }, by) {
      const { draft, policy, etag } = readKey(body, now());
      const key = await changeOne({
        wanted: revisionWanted({ ifMatch, etag }),
        read: () => changeable(address, by),
        write: async (before) => {
          const belongings = await settleBelongings(accounts, by.key, { wanted: draft, before });
          const change = {
            ...withoutBelongings(draft),
            ...onlyChanged(belongings, before),
            ...policyPart(policy?.(before.policy)),
          };
          return keys.update(before.id, change, { actor: by.actor, revision: before.revision });
        },
      });
      await directory.refresh();
      return key;
    },
    async rotate(address, body, by) {
      const { overlapHours } = readRotation(body);
      const { id } = await changeable(address, by);
      const { shown, digest, lastFour } = withId(id);
      const previousUntil = new Date(now().getTime() + overlapHours * HOUR_MS);
      const key = await keys.rotate(id, { digest, lastFour, previousUntil }, by.actor);
      if (key === undefined) throw nothing("key", address);
      await directory.refresh();
      return { secret: shown, key };
    },
    async remove(address, by) {
      const { id } = await changeable(address, by);
      if ((await keys.delete(id, by.actor)) === "not-found") throw nothing("key", address);
      await directory.refresh();
      await forget(id);
    },
  };
}

const HOUR_MS = 3_600_000;

/** What has another shape than both is looked up nowhere. */
async function find({ keys }: AccountStore, address: string, { key: caller }: By): Promise<StoredKey> {
  const found = isKeyId(address)
    ? await keys.get(address)
    : isDigest(address)
      ? (await keys.find(address))?.key
      : undefined;
  if (found === undefined || found.deletedAt !== undefined || !reaches(caller, found)) throw nothing("key", address);
  return found;
}

const policyPart = (policy: AccessPolicy | undefined) => (policy === undefined ? {} : { policy });

/** The audit log tells of changes: what stays as it was is not one. */
function onlyChanged(belongings: Belongings, before: StoredKey): Partial<Belongings> {
  const was: Belongings = {
    org: before.org ?? null,
    team: before.team ?? null,
    group: before.group ?? null,
    role: before.role ?? null,
  };
  const { org, team, group, role } = belongings;
  return {
    ...(org === was.org ? {} : { org }),
    ...(team === was.team ? {} : { team }),
    ...(group === was.group ? {} : { group }),
    ...(role === was.role ? {} : { role }),
  };
}

function withoutBelongings({ org: _org, team: _team, group: _group, role: _role, ...rest }: Partial<KeyDraft>) {
  return rest;
}
