import type { Migration } from "./migration.ts";

export const createIdempotencyAndBodies: Migration = async (db, types) => {
  await db.schema
    .createTable("idempotency")
    .addColumn("id", types.exactText, (column) => column.primaryKey().notNull())
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("request_digest", types.exactText, (column) => column.notNull())
    .addColumn("request_id", types.exactText, (column) => column.notNull())
    .addColumn("state", types.exactText, (column) => column.notNull())
    .addColumn("lease_until", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes)
    .execute();
  await db.schema.createIndex("idempotency_expires_at").on("idempotency").column("expires_at").execute();
  await db.schema
    .createTable("bodies")
    .addColumn("request_id", types.exactText, (column) => column.notNull())
    .addColumn("kind", types.exactText, (column) => column.notNull())
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("team_id", types.exactText)
    .addColumn("org_id", types.exactText)
    .addColumn("media_type", types.exactText, (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes, (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("bodies_primary_key", ["request_id", "kind"])
    .execute();
  await db.schema.createIndex("bodies_expires_at").on("bodies").column("expires_at").execute();
  await db.schema.createIndex("bodies_key_id").on("bodies").column("key_id").execute();
};
