import type { Selectable } from "kysely";
import type { StoredKey } from "./accounts.ts";
import { readCachePolicy, readMetadataMode, readObject, readPolicy, readRole } from "./documents.ts";
import type { KeysTable } from "./tables.ts";

export const keySubject = (id: string): string => `keys/${id}`;

/** Throws StoreError `corrupt`. */
export function toKey(row: Selectable<KeysTable>): StoredKey {
  const { id, name, digest, revision } = row;
  const subject = keySubject(id);
  return {
    id,
    name,
    digest,
    lastFour: row.last_four,
    ...ownersIn(row),
    ...(row.role === null ? {} : { role: readRole(subject, row.role) }),
    policy: readPolicy(subject, row.policy),
    metadata: readObject(subject, row.metadata),
    ...(row.metadata_mode === null ? {} : { metadataMode: readMetadataMode(subject, row.metadata_mode) }),
    ...(row.cache === null ? {} : { cache: readCachePolicy(subject, row.cache) }),
    disabled: row.disabled !== 0,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by,
    ...timesIn(row),
    revision,
  };
}

function ownersIn({ org_id, team_id, group_id }: Selectable<KeysTable>): Pick<StoredKey, "org" | "team" | "group"> {
  return {
    ...(org_id === null ? {} : { org: org_id }),
    ...(team_id === null ? {} : { team: team_id }),
    ...(group_id === null ? {} : { group: group_id }),
  };
}

type Times = Pick<StoredKey, "expiresAt" | "lastUsedAt" | "previous" | "deletedAt">;

function timesIn(row: Selectable<KeysTable>): Times {
  const { expires_at, last_used_at, previous_digest, previous_until, deleted_at } = row;
  return {
    ...(expires_at === null ? {} : { expiresAt: new Date(expires_at) }),
    ...(last_used_at === null ? {} : { lastUsedAt: new Date(last_used_at) }),
    ...(previous_digest === null || previous_until === null
      ? {}
      : { previous: { digest: previous_digest, until: new Date(previous_until) } }),
    ...(deleted_at === null ? {} : { deletedAt: new Date(deleted_at) }),
  };
}
