import { type Kysely, sql } from "kysely";
import type { ColumnTypes, Migration } from "./migration.ts";

export const createAccounts: Migration = async (db, types) => {
  await createOwners(db, types);
  await createKeys(db, types);
  await createCredentials(db, types);
  await createAuditLog(db, types);
  const counters = db.withTables<{ change_counters: { name: string; revision: number } }>();
  const rows = ["accounts", "audit"].map((name) => ({ name, revision: 0 }));
  await counters.insertInto("change_counters").values(rows).execute();
};

async function createOwners(db: Kysely<unknown>, { exactText, bigint }: ColumnTypes): Promise<void> {
  const owned = (table: string) =>
    db.schema
      .createTable(table)
      .addColumn("id", exactText, (column) => column.primaryKey().notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("created_at", bigint, (column) => column.notNull())
      .addColumn("revision", bigint, (column) => column.notNull());
  await owned("organisations")
    .addColumn("policy", "text", (column) => column.notNull())
    .execute();
  await owned("teams")
    .addColumn("policy", "text", (column) => column.notNull())
    .addColumn("org_id", exactText, (column) => column.notNull())
    .execute();
  await owned("groups")
    .addColumn("org_id", exactText)
    .addColumn("channels", "text", (column) => column.notNull())
    .addColumn("models", "text")
    .execute();
  await db.schema.createIndex("teams_by_org").on("teams").columns(["org_id", "id"]).execute();
  await db.schema.createIndex("groups_by_org").on("groups").columns(["org_id", "id"]).execute();
  for (const table of ["organisations", "teams", "groups"]) await indexRevisions(db, table);
}

async function createKeys(db: Kysely<unknown>, { exactText, bigint }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("keys")
    .addColumn("id", exactText, (column) => column.primaryKey().notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("digest", exactText, (column) => column.notNull())
    .addColumn("last_four", "text", (column) => column.notNull())
    .addColumn("org_id", exactText)
    .addColumn("team_id", exactText)
    .addColumn("group_id", exactText)
    .addColumn("role", "text")
    .addColumn("policy", "text", (column) => column.notNull())
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("metadata_mode", "text")
    .addColumn("cache", "text")
    .addColumn("disabled", bigint, (column) => column.notNull())
    .addColumn("created_at", bigint, (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("expires_at", bigint)
    .addColumn("last_used_at", bigint)
    .addColumn("previous_digest", exactText)
    .addColumn("previous_until", bigint)
    .addColumn("revision", bigint, (column) => column.notNull())
    .addColumn("deleted_at", bigint)
    .execute();
  await db.schema.createIndex("keys_by_digest").on("keys").column("digest").unique().execute();
  await db.schema.createIndex("keys_by_previous_digest").on("keys").column("previous_digest").unique().execute();
  for (const owner of ["org", "team", "group"]) {
    await db.schema
      .createIndex(`keys_by_${owner}`)
      .on("keys")
      .columns([`${owner}_id`, "id"])
      .execute();
  }
  await indexRevisions(db, "keys");
}

/** What has changed since a revision is found without reading the rest. */
async function indexRevisions(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema.createIndex(`${table}_by_revision`).on(table).column("revision").execute();
}

async function createCredentials(db: Kysely<unknown>, { exactText, bigint, bytes }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("provider_credentials")
    .addColumn("id", exactText, (column) => column.primaryKey().notNull())
    .addColumn("owner_kind", exactText, (column) => column.notNull())
    .addColumn("owner_id", exactText, (column) => column.notNull())
    .addColumn("provider", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("priority", bigint, (column) => column.notNull())
    .addColumn("weight", bigint, (column) => column.notNull())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .addColumn("created_at", bigint, (column) => column.notNull())
    .execute();
  const index = db.schema.createIndex("provider_credentials_by_owner").on("provider_credentials");
  await index.columns(["owner_id", "owner_kind", "id"]).execute();
}

async function createAuditLog(db: Kysely<unknown>, { exactText, bigint, kind }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("audit_log")
    .addColumn("id", bigint, (column) => column.primaryKey().notNull())
    .addColumn("at", bigint, (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("actor_name", "text", (column) => column.notNull())
    .addColumn("action", exactText, (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("request_id", "text")
    .addColumn("detail", "text", (column) => column.notNull())
    .execute();
  const refusal = "the audit log is append-only";
  if (kind === "sqlite") {
    for (const event of ["update", "delete"]) {
      await sql`
        create trigger ${sql.id(`audit_log_no_${event}`)} before ${sql.raw(event)} on audit_log
        begin select raise(abort, ${sql.lit(refusal)}); end
      `.execute(db);
    }
    return;
  }
  // Kysely puts the schema before the names that it knows of, and not into SQL of one's own.
  const refuse = sql.table("signalbox.refuse_audit_change");
  await sql`
    create function ${refuse}() returns trigger language plpgsql
    as ${sql.lit(`begin raise exception '${refusal}'; end`)}
  `.execute(db);
  await sql`
    create trigger audit_log_append_only before update or delete or truncate on ${sql.table("signalbox.audit_log")}
    for each statement execute function ${refuse}()
  `.execute(db);
}
