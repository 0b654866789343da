import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import { isStorable } from "./responses.ts";
import type { ConversationItemsTable, ConversationsTable } from "./tables.ts";

/** The items that one conversation may hold, and how much they may come to. */
export interface ConversationLimits {
  readonly items: number;
  readonly bytes: number;
}

export interface KeptConversation {
  readonly keyId: string;
  readonly id: string;
  /** A JSON object. */
  readonly metadata: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** One JSON object, byte for byte, under the id that stands in it. */
export interface NewItem {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface KeptItem extends NewItem {
  readonly position: number;
}

export interface ItemPage {
  /** After this one, in the order that is asked for. */
  readonly after?: string;
  readonly limit: number;
  readonly order: "asc" | "desc";
}

/**
 * Conversations and their items. A key sees its own and no others: with any other, an id is not there. Every method throws
 * StoreError; `invalid` where nothing can be encrypted.
 */
export interface ConversationStore {
  create(conversation: KeptConversation, items: readonly NewItem[]): Promise<void>;
  get(keyId: string, id: string): Promise<KeptConversation | undefined>;
  /** False: it is not there. */
  setMetadata(keyId: string, id: string, metadata: Uint8Array): Promise<boolean>;
  /** Its items as well. False: it was not there. */
  delete(keyId: string, id: string): Promise<boolean>;
  /** Puts items at its end, and keeps it for longer. `missing`: it is not there; `full`: it holds as much as it may. */
  append(place: AppendPlace, items: readonly NewItem[]): Promise<"done" | "missing" | "full">;
  /** All of them in their order, or those before a position. Undefined: they come to more than this. */
  history(keyId: string, id: string, wanted: WantedHistory): Promise<readonly KeptItem[] | undefined>;
  /** Undefined: there is no item `after`. One more than the limit is returned where there are more. */
  page(keyId: string, id: string, page: ItemPage): Promise<readonly KeptItem[] | undefined>;
  item(keyId: string, id: string, itemId: string): Promise<KeptItem | undefined>;
  /** False: it was not there. */
  deleteItem(keyId: string, id: string, itemId: string): Promise<boolean>;
  expire(): Promise<number>;
  deleteOf(keyId: string): Promise<void>;
}

export interface WantedHistory extends ConversationLimits {
  /** Only items before this position. */
  readonly until?: number;
}

export interface AppendPlace {
  readonly keyId: string;
  readonly id: string;
  readonly expiresAt: number;
  readonly limits: ConversationLimits;
}

interface Context {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: () => number;
}

interface Named {
  readonly keyId: string;
  readonly id: string;
}

export function openConversationStore(
  database: Database,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => Date },
): ConversationStore {
  const guard = guardOf(database.place);
  const context: Context = { database, sealer, now: () => now().getTime() };
  return {
    create: (conversation, items) => guard(() => createConversation(context, conversation, items)),
    get: (keyId, id) => guard(() => getConversation(context, { keyId, id })),
    setMetadata: (keyId, id, metadata) => guard(() => setMetadata(context, { keyId, id }, metadata)),
    delete: (keyId, id) => guard(() => deleteConversation(context, { keyId, id })),
    append: (place, items) => guard(() => appendItems(context, place, items)),
    history: (keyId, id, wanted) => guard(() => historyOf(context, { keyId, id }, wanted)),
    page: (keyId, id, page) => guard(() => pageOf(context, { keyId, id }, page)),
    item: (keyId, id, itemId) => guard(() => itemOf(context, { keyId, id }, itemId)),
    deleteItem: (keyId, id, itemId) =>
      guard(async () => {
        const row = await findItem(context, { keyId, id }, itemId);
        if (row === undefined) return false;
        const done = await itemsOf(context, { keyId, id })
          .delete.where("position", "=", row.position)
          .executeTakeFirst();
        return done.numDeletedRows > 0n;
      }),
    expire: () => guard(() => expireConversations(context)),
    deleteOf: (keyId) =>
      guard(async () => {
        await database.db.deleteFrom("conversation_items").where("key_id", "=", keyId).execute();
        await database.db.deleteFrom("conversations").where("key_id", "=", keyId).execute();
      }),
  };
}

const sealContext = (keyId: string, id: string): string => `conversations|${keyId}|${id}`;
const itemContext = (keyId: string, conversation: string, position: number): string =>
  `conversation_items|${keyId}|${conversation}|${position}`;

const conversationOf = (row: ConversationsTable, sealer: Sealer): KeptConversation => ({
  keyId: row.key_id,
  id: row.id,
  metadata: sealer.open(row.sealed, sealContext(row.key_id, row.id)),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

const keptItem = (row: ConversationItemsTable, sealer: Sealer): KeptItem => ({
  id: row.id,
  position: row.position,
  bytes: sealer.open(row.sealed, itemContext(row.key_id, row.conversation_id, row.position)),
});

function itemsOf({ database: { db } }: Pick<Context, "database">, { keyId, id }: Named) {
  return {
    select: db.selectFrom("conversation_items").where("key_id", "=", keyId).where("conversation_id", "=", id),
    delete: db.deleteFrom("conversation_items").where("key_id", "=", keyId).where("conversation_id", "=", id),
  };
}

function rowsOf(
  { sealer }: Context,
  { keyId, id, first }: Named & { readonly first: number },
  items: readonly NewItem[],
) {
  return items.map((item, index) => ({
    key_id: keyId,
    conversation_id: id,
    position: first + index,
    id: item.id,
    size: item.bytes.length,
    sealed: sealer.seal(item.bytes, itemContext(keyId, id, first + index)),
  }));
}

async function createConversation(
  context: Context,
  conversation: KeptConversation,
  items: readonly NewItem[],
): Promise<void> {
  const { keyId, id, metadata, createdAt, expiresAt } = conversation;
  const row = {
    key_id: keyId,
    id,
    created_at: Math.floor(createdAt),
    expires_at: Math.ceil(expiresAt),
    next_position: items.length,
    sealed: context.sealer.seal(metadata, sealContext(keyId, id)),
  };
  await context.database.db.transaction().execute(async (trx) => {
    await trx.insertInto("conversations").values(row).execute();
    for (const item of rowsOf(context, { keyId, id, first: 0 }, items))
      await trx.insertInto("conversation_items").values(item).execute();
  });
}

async function getConversation(
  { database: { db }, sealer, now }: Context,
  { keyId, id }: Named,
): Promise<KeptConversation | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db
    .selectFrom("conversations")
    .selectAll()
    .where("key_id", "=", keyId)
    .where("id", "=", id)
    .where("expires_at", ">", now())
    .executeTakeFirst();
  return row === undefined ? undefined : conversationOf(row, sealer);
}

async function setMetadata(
  { database: { db }, sealer, now }: Context,
  { keyId, id }: Named,
  metadata: Uint8Array,
): Promise<boolean> {
  if (!isStorable(id)) return false;
  const done = await db
    .updateTable("conversations")
    .set({ sealed: sealer.seal(metadata, sealContext(keyId, id)) })
    .where("key_id", "=", keyId)
    .where("id", "=", id)
    .where("expires_at", ">", now())
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

async function deleteConversation(context: Context, { keyId, id }: Named): Promise<boolean> {
  if (!isStorable(id)) return false;
  return context.database.db.transaction().execute(async (trx) => {
    const done = await trx
      .deleteFrom("conversations")
      .where("key_id", "=", keyId)
      .where("id", "=", id)
      .where("expires_at", ">", context.now())
      .executeTakeFirst();
    if (done.numDeletedRows === 0n) return false;
    await trx.deleteFrom("conversation_items").where("key_id", "=", keyId).where("conversation_id", "=", id).execute();
    return true;
  });
}

/** The positions are taken first: of two at once each has its own, and the row keeps the second waiting. */
async function appendItems(
  context: Context,
  { keyId, id, expiresAt, limits }: AppendPlace,
  items: readonly NewItem[],
): Promise<"done" | "missing" | "full"> {
  if (!isStorable(id)) return "missing";
  const { database, now } = context;
  return database.db.transaction().execute(async (trx) => {
    const taken = await trx
      .updateTable("conversations")
      .set((set) => ({ next_position: set("next_position", "+", items.length), expires_at: Math.ceil(expiresAt) }))
      .where("key_id", "=", keyId)
      .where("id", "=", id)
      .where("expires_at", ">", now())
      .returning("next_position")
      .executeTakeFirst();
    if (taken === undefined) return "missing";
    const { count, bytes } = await trx
      .selectFrom("conversation_items")
      .where("key_id", "=", keyId)
      .where("conversation_id", "=", id)
      .select((select) => [select.fn.countAll().as("count"), select.fn.sum("size").as("bytes")])
      .executeTakeFirstOrThrow();
    const more = items.reduce((sum, item) => sum + item.bytes.length, 0);
    if (Number(count) + items.length > limits.items || Number(bytes ?? 0) + more > limits.bytes) return "full";
    for (const row of rowsOf(context, { keyId, id, first: taken.next_position - items.length }, items))
      await trx.insertInto("conversation_items").values(row).execute();
    return "done";
  });
}

async function historyOf(
  context: Context,
  named: Named,
  { items, bytes, until = Number.MAX_SAFE_INTEGER }: WantedHistory,
): Promise<readonly KeptItem[] | undefined> {
  const { select } = itemsOf(context, named);
  const before = select.where("position", "<", until);
  const total = await before
    .select((count) => [count.fn.countAll().as("count"), count.fn.sum("size").as("bytes")])
    .executeTakeFirstOrThrow();
  if (Number(total.count) > items || Number(total.bytes ?? 0) > bytes) return undefined;
  const rows = await before.selectAll().orderBy("position").execute();
  return rows.map((row) => keptItem(row, context.sealer));
}

async function findItem(context: Context, named: Named, itemId: string) {
  if (!isStorable(itemId) || !isStorable(named.id)) return undefined;
  return itemsOf(context, named).select.selectAll().where("id", "=", itemId).orderBy("position").executeTakeFirst();
}

async function itemOf(context: Context, named: Named, itemId: string): Promise<KeptItem | undefined> {
  const row = await findItem(context, named, itemId);
  return row === undefined ? undefined : keptItem(row, context.sealer);
}

async function pageOf(
  context: Context,
  named: Named,
  { after, limit, order }: ItemPage,
): Promise<readonly KeptItem[] | undefined> {
  const from = after === undefined ? undefined : await findItem(context, named, after);
  if (after !== undefined && from === undefined) return undefined;
  const { select } = itemsOf(context, named);
  const rest = from === undefined ? select : select.where("position", order === "asc" ? ">" : "<", from.position);
  const rows = await rest
    .selectAll()
    .orderBy("position", order)
    .limit(limit + 1)
    .execute();
  return rows.map((row) => keptItem(row, context.sealer));
}

const EXPIRE_AT_ONCE = 50;

async function expireConversations(context: Context): Promise<number> {
  const { db } = context.database;
  const time = context.now();
  let removed = 0;
  for (;;) {
    const old = await db
      .selectFrom("conversations")
      .select(["key_id", "id"])
      .where("expires_at", "<=", time)
      .limit(EXPIRE_AT_ONCE)
      .execute();
    if (old.length === 0) return removed;
    for (const { key_id: keyId, id } of old) {
      await db.transaction().execute(async (trx) => {
        const done = await trx
          .deleteFrom("conversations")
          .where("key_id", "=", keyId)
          .where("id", "=", id)
          .where("expires_at", "<=", time)
          .executeTakeFirst();
        if (done.numDeletedRows === 0n) return;
        await trx
          .deleteFrom("conversation_items")
          .where("key_id", "=", keyId)
          .where("conversation_id", "=", id)
          .execute();
        removed += 1;
      });
    }
  }
}
