import type { Migration } from "./migration.ts";

export const createObjects: Migration = async (db, types) => {
  await db.schema
    .createTable("objects")
    .addColumn("kind", types.exactText, (column) => column.notNull())
    .addColumn("id", types.exactText, (column) => column.notNull())
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("team_id", types.exactText)
    .addColumn("org_id", types.exactText)
    .addColumn("provider", types.exactText, (column) => column.notNull())
    .addColumn("credential", types.exactText)
    .addColumn("purpose", types.exactText)
    .addColumn("facts", types.exactText, (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("gone", "bigint", (column) => column.notNull())
    .addColumn("billed", "bigint", (column) => column.notNull())
    .addColumn("billing_until", "bigint")
    .addColumn("sealed", types.bytes)
    // Not by key: who names another's id is to be known from who names one that nobody has.
    .addPrimaryKeyConstraint("objects_primary_key", ["kind", "id"])
    .execute();
  await db.schema.createIndex("objects_of_key").on("objects").columns(["key_id", "kind", "created_at", "id"]).execute();
  await db.schema.createIndex("objects_expires_at").on("objects").column("expires_at").execute();
};
