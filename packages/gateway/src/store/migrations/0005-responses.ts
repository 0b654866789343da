import type { Migration } from "./migration.ts";

export const createResponses: Migration = async (db, types) => {
  await db.schema
    .createTable("responses")
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("id", types.exactText, (column) => column.notNull())
    .addColumn("parent_id", types.exactText)
    .addColumn("conversation_id", types.exactText)
    .addColumn("conversation_until", "bigint")
    .addColumn("provider", types.exactText)
    .addColumn("credential", types.exactText)
    .addColumn("upstream_id", types.exactText)
    .addColumn("status", types.exactText, (column) => column.notNull())
    .addColumn("background", "bigint", (column) => column.notNull())
    .addColumn("owner", types.exactText)
    .addColumn("lease_until", "bigint")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes)
    .addPrimaryKeyConstraint("responses_primary_key", ["key_id", "id"])
    .execute();
  await db.schema.createIndex("responses_expires_at").on("responses").column("expires_at").execute();
  // Few at a time run: whoever looks for theirs, or for those of the dead, looks here.
  await db.schema.createIndex("responses_lease_until").on("responses").column("lease_until").execute();
  await db.schema
    .createTable("conversations")
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("id", types.exactText, (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("next_position", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint("conversations_primary_key", ["key_id", "id"])
    .execute();
  await db.schema.createIndex("conversations_expires_at").on("conversations").column("expires_at").execute();
  await db.schema
    .createTable("conversation_items")
    .addColumn("key_id", types.exactText, (column) => column.notNull())
    .addColumn("conversation_id", types.exactText, (column) => column.notNull())
    .addColumn("position", "bigint", (column) => column.notNull())
    .addColumn("id", types.exactText, (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("sealed", types.bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint("conversation_items_primary_key", ["key_id", "conversation_id", "position"])
    .execute();
};
