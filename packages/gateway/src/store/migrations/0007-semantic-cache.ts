import type { Migration } from "./migration.ts";

/** PostgreSQL only: elsewhere questions are compared in the process. Their vectors' column comes with the extension, when it is there. */
export const createSemanticCache: Migration = async (db, types) => {
  if (types.kind !== "postgres") return;
  await db.schema
    .createTable("semantic_entries")
    .addColumn("bucket", types.exactText, (column) => column.notNull())
    .addColumn("id", types.exactText, (column) => column.notNull())
    .addColumn("tenant", types.exactText, (column) => column.notNull())
    .addColumn("dimensions", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes, (column) => column.notNull())
    .addColumn("observations", types.exactText, (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("semantic_entries_primary_key", ["bucket", "id"])
    .execute();
  await db.schema.createIndex("semantic_entries_expires_at").on("semantic_entries").column("expires_at").execute();
  await db.schema.createIndex("semantic_entries_id").on("semantic_entries").column("id").execute();
  await db.schema.createIndex("semantic_entries_tenant").on("semantic_entries").column("tenant").execute();
};
