import type { JsonObject } from "@signalbox/protocol";
import type { AccessPolicy, GroupChannel, OwnCredential, OwnerKind, Role } from "../../config/access.ts";
import type { CachePolicy } from "../../config/features.ts";
import type { Secret } from "../../config/secret.ts";
import type { MetadataMode } from "../../config/settings.ts";

/** Ids of organisations, teams, groups and credentials are made by the store: a prefix and 16 base-62 digits (`org_…`, `team_…`). */
export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly policy: AccessPolicy;
  readonly createdAt: Date;
  readonly revision: number;
}

export interface Team extends Organisation {
  readonly org: string;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  /** Absent: of the whole installation. */
  readonly org?: string;
  readonly channels: readonly GroupChannel[];
  readonly models?: readonly string[];
  readonly createdAt: Date;
  readonly revision: number;
}

/** A key as it is kept: its secret is not. */
export interface StoredKey {
  /** 12 base-62 digits, which stand in the key itself: `sb_<id><secret><checksum>`. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly digest: string;
  /** Its last four digits, for people. */
  readonly lastFour: string;
  readonly org?: string;
  readonly team?: string;
  readonly group?: string;
  readonly role?: Role;
  readonly policy: AccessPolicy;
  readonly metadata: JsonObject;
  readonly metadataMode?: MetadataMode;
  /** Of the response cache. */
  readonly cache?: CachePolicy;
  readonly disabled: boolean;
  readonly createdAt: Date;
  /** Id of the key that made it. */
  readonly createdBy: string;
  readonly expiresAt?: Date;
  readonly lastUsedAt?: Date;
  /** The one before a rotation, which works until then. */
  readonly previous?: { readonly digest: string; readonly until: Date };
  /** Grows with every change. */
  readonly revision: number;
  /** A deleted key stays, so that the ledger can name it; it opens nothing and no list shows it. */
  readonly deletedAt?: Date;
}

/** What may be chosen when a key is made, and changed later; `null` takes away. */
export interface KeyDraft {
  readonly name: string;
  readonly org?: string | null;
  readonly team?: string | null;
  readonly group?: string | null;
  readonly role?: Role | null;
  readonly policy?: AccessPolicy;
  readonly metadata?: JsonObject;
  readonly metadataMode?: MetadataMode | null;
  readonly cache?: CachePolicy | null;
  readonly disabled?: boolean;
  readonly expiresAt?: Date | null;
}

export interface NewKey extends KeyDraft {
  readonly id: string;
  readonly digest: string;
  readonly lastFour: string;
}

/** A provider's account of one owner. The secret is sealed, bound to its row, and never read back through the API. */
export interface StoredCredential {
  readonly id: string;
  readonly owner: CredentialOwner;
  readonly provider: string;
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly createdAt: Date;
}

export interface CredentialOwner {
  readonly kind: OwnerKind | "group";
  readonly id: string;
}

/** A key with everything that decides what it may do. */
export interface KeyBelongings {
  readonly key: StoredKey;
  readonly team?: Team;
  readonly org?: Organisation;
  readonly group?: Group;
  /** Of the group, if there is one; else of the key, else of its team, else of its organisation, provider by provider. */
  readonly credentials: readonly OwnCredential[];
}

/** Who made a change, and what the log calls it: written in the change's own transaction. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly requestId?: string;
}

export interface AuditEntry {
  /** Grows. */
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly actorName: string;
  /** `key.create`, `team.update`, `router.delete`, … */
  readonly action: string;
  /** `keys/4f…`, `routers/support`. */
  readonly subject: string;
  readonly requestId?: string;
  /** What was chosen or changed; never a secret. */
  readonly detail: JsonObject;
}

/** Of one organisation or team; absent: of the whole installation. */
export interface Scope {
  readonly org?: string;
  readonly team?: string;
}

export interface ListPage {
  /** 1 to 200. */
  readonly limit: number;
  /** The id after which the page begins. */
  readonly after?: string;
  readonly scope?: Scope;
}

export type Changed<T> =
  | { readonly outcome: "changed"; readonly value: T }
  | { readonly outcome: "not-found" }
  | { readonly outcome: "conflict"; readonly revision: number };

export interface OrganisationDraft {
  readonly name: string;
  readonly policy?: AccessPolicy;
}

export interface TeamDraft extends OrganisationDraft {
  /** It stays there. */
  readonly org: string;
}

export interface GroupDraft {
  readonly name: string;
  /** It stays there. */
  readonly org?: string;
  readonly channels: readonly GroupChannel[];
  /** `null` takes the list away. */
  readonly models?: readonly string[] | null;
}

export interface UpdateAt {
  readonly actor: Actor;
  /** Only when it is still at that one. */
  readonly revision?: number;
}

export interface Collection<T, Draft> {
  get(id: string): Promise<T | undefined>;
  list(page: ListPage): Promise<readonly T[]>;
  /** Throws StoreError `invalid` when it names an owner that does not exist. */
  create(draft: Draft, actor: Actor): Promise<T>;
  update(id: string, change: Partial<Draft>, at: UpdateAt): Promise<Changed<T>>;
  /** Throws StoreError `invalid` while something belongs to it. */
  delete(id: string, actor: Actor): Promise<"deleted" | "not-found">;
}

export interface KeyStore {
  get(id: string): Promise<StoredKey | undefined>;
  list(page: ListPage): Promise<readonly StoredKey[]>;
  /** Throws StoreError `invalid` when it names an owner that does not exist. */
  create(key: NewKey, actor: Actor): Promise<StoredKey>;
  update(id: string, change: Partial<KeyDraft>, at: UpdateAt): Promise<Changed<StoredKey>>;
  /** Another secret for the same key; the one before works until then. */
  rotate(
    id: string,
    secret: { readonly digest: string; readonly lastFour: string; readonly previousUntil: Date },
    actor: Actor,
  ): Promise<StoredKey | undefined>;
  delete(id: string, actor: Actor): Promise<"deleted" | "not-found">;
  /** By the digest of a secret that works or worked: one indexed look-up, whatever the number of keys. */
  find(digest: string): Promise<KeyBelongings | undefined>;
  /** Notes when keys were last used; not a change. */
  touch(lastUsed: ReadonlyMap<string, Date>): Promise<void>;
}

export interface CredentialDraft {
  readonly owner: CredentialOwner;
  readonly provider: string;
  readonly name: string;
  readonly secret: Secret;
  readonly priority?: number;
  readonly weight?: number;
}

export interface CredentialStore {
  list(owner: CredentialOwner): Promise<readonly StoredCredential[]>;
  get(id: string): Promise<StoredCredential | undefined>;
  create(draft: CredentialDraft, actor: Actor): Promise<StoredCredential>;
  delete(id: string, actor: Actor): Promise<"deleted" | "not-found">;
}

/** Append-only: there is no way to change or remove an entry. */
export interface AuditStore {
  append(entry: Pick<AuditEntry, "action" | "subject" | "detail">, actor: Actor): Promise<void>;
  /** Newest first; `before` is the id of the last entry of the page before. */
  list(page: { readonly limit: number; readonly before?: number }): Promise<readonly AuditEntry[]>;
}

/** Ids. What was deleted is not among them, but for keys: nothing belonged to it any more. */
export interface AccountChanges {
  /** All changes up to this `revision()` are among them. */
  readonly revision: number;
  readonly changed: "much" | { readonly [kind in CredentialOwner["kind"]]: ReadonlySet<string> };
}

/** Keys and whom they belong to. Every change is in the audit log. Every method throws StoreError. */
export interface AccountStore {
  readonly keys: KeyStore;
  readonly organisations: Collection<Organisation, OrganisationDraft>;
  readonly teams: Collection<Team, TeamDraft>;
  readonly groups: Collection<Group, GroupDraft>;
  readonly credentials: CredentialStore;
  readonly audit: AuditStore;
  /** Grows with every change of anything here, by whichever process. */
  revision(): Promise<number>;
  /** What has changed after that revision, credentials with those they belong to; "much" beyond 10,000 of them. */
  changedSince(revision: number): Promise<AccountChanges>;
}
