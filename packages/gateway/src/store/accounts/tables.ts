/** Times are milliseconds since 1970, booleans 0 and 1; `policy`, `metadata`, `channels`, `models` and `detail` are JSON. */
export interface AccountTables {
  readonly organisations: OrganisationsTable;
  readonly teams: TeamsTable;
  readonly groups: GroupsTable;
  readonly keys: KeysTable;
  readonly provider_credentials: ProviderCredentialsTable;
  readonly audit_log: AuditLogTable;
}

export interface OrganisationsTable {
  readonly id: string;
  readonly name: string;
  readonly policy: string;
  readonly created_at: number;
  /** The value of the counter `accounts` at the last change of the row, or of a credential that belongs to it. */
  readonly revision: number;
}

export interface TeamsTable extends OrganisationsTable {
  readonly org_id: string;
}

export interface GroupsTable {
  readonly id: string;
  readonly name: string;
  readonly org_id: string | null;
  readonly channels: string;
  readonly models: string | null;
  readonly created_at: number;
  readonly revision: number;
}

/** Deleted keys stay, so that the ledger can name them and their digests are never taken again. */
export interface KeysTable {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly last_four: string;
  readonly org_id: string | null;
  readonly team_id: string | null;
  readonly group_id: string | null;
  readonly role: string | null;
  readonly policy: string;
  readonly metadata: string;
  readonly metadata_mode: string | null;
  /** A CachePolicy as JSON. */
  readonly cache: string | null;
  readonly disabled: number;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly previous_digest: string | null;
  readonly previous_until: number | null;
  readonly revision: number;
  readonly deleted_at: number | null;
}

export interface ProviderCredentialsTable {
  readonly id: string;
  readonly owner_kind: string;
  readonly owner_id: string;
  readonly provider: string;
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly sealed: Uint8Array;
  readonly created_at: number;
}

/** Append-only: triggers refuse every change of a row. */
export interface AuditLogTable {
  /** The value of the counter `audit`. */
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly actor_name: string;
  readonly action: string;
  readonly subject: string;
  readonly request_id: string | null;
  readonly detail: string;
}
