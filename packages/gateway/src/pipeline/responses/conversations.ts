import { randomBytes } from "node:crypto";
import {
  GatewayError,
  invalidRequest,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "@signalbox/protocol";
import type { KeptConversation, NewItem } from "../../store/responses/conversations.ts";
import type { Exchange } from "../exchange.ts";
import { parseBody, readBounded } from "../receive.ts";
import { fromStore } from "./away.ts";
import { keyOf, limitsOf, MOST_ITEMS } from "./history.ts";
import { shownItem } from "./items.ts";
import { expiryOf } from "./keep-answer.ts";
import { list, pageWish, unknownPlace } from "./pages.ts";
import { conversationNotFound, itemNotFound, nothingIsKept, tooLong } from "./refusals.ts";
import { keepsNothing } from "./zero-retention.ts";

/** OpenAI's own limits. https://platform.openai.com/docs/api-reference/conversations/create */
const MOST_ITEMS_AT_ONCE = 20;
const MOST_METADATA = 16;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 512;

/** `POST /v1/conversations` */
export async function createConversation(exchange: Exchange): Promise<JsonObject> {
  const { outcome, snapshot, services } = exchange;
  if (keepsNothing(outcome.key?.policies ?? [])) throw nothingIsKept("conversation");
  if (!snapshot.responses.keep) {
    throw new GatewayError("unsupported_feature", "This gateway keeps no conversations (responses.keep).");
  }
  const body = await bodyOf(exchange);
  const conversation: KeptConversation = {
    keyId: keyOf(exchange),
    id: `conv_${randomBytes(24).toString("hex")}`,
    metadata: Buffer.from(JSON.stringify(metadataIn(body["metadata"] ?? {}))),
    createdAt: exchange.arrivedAt,
    expiresAt: expiryOf(exchange),
  };
  const items = newItems(body["items"] ?? []);
  await fromStore(() => services.conversations.create(conversation, items));
  return shown(conversation);
}

/** `GET /v1/conversations/{id}` */
export async function getConversation(exchange: Exchange, id: string): Promise<JsonObject> {
  return shown(await find(exchange, id));
}

/** `POST /v1/conversations/{id}`: its metadata are replaced. */
export async function updateConversation(exchange: Exchange, id: string): Promise<JsonObject> {
  const body = await bodyOf(exchange);
  const metadata = Buffer.from(JSON.stringify(metadataIn(body["metadata"] ?? {})));
  const done = await fromStore(() => exchange.services.conversations.setMetadata(keyOf(exchange), id, metadata));
  if (!done) throw conversationNotFound(id);
  return shown(await find(exchange, id));
}

/** `DELETE /v1/conversations/{id}`, and its items with it. */
export async function deleteConversation(exchange: Exchange, id: string): Promise<JsonObject> {
  const done = await fromStore(() => exchange.services.conversations.delete(keyOf(exchange), id));
  if (!done) throw conversationNotFound(id);
  return { id, object: "conversation.deleted", deleted: true };
}

/** `GET /v1/conversations/{id}/items` */
export async function listItems(exchange: Exchange, id: string): Promise<JsonObject> {
  const wish = pageWish(exchange.surface.query);
  await find(exchange, id);
  const found = await fromStore(() => exchange.services.conversations.page(keyOf(exchange), id, wish));
  if (found === undefined) throw unknownPlace(wish.after ?? "");
  return list(
    found.slice(0, wish.limit).map(({ bytes }) => itemOf(bytes)),
    found.length > wish.limit,
  );
}

/** `POST /v1/conversations/{id}/items`: up to 20 more. */
export async function addItems(exchange: Exchange, id: string): Promise<JsonObject> {
  const body = await bodyOf(exchange);
  if (body["items"] === undefined) throw invalidRequest("Missing required parameter: 'items'.", "items");
  const items = newItems(body["items"]);
  const limits = { items: MOST_ITEMS, bytes: limitsOf(exchange).bytes };
  const place = { keyId: keyOf(exchange), id, expiresAt: expiryOf(exchange), limits };
  const done = await fromStore(() => exchange.services.conversations.append(place, items));
  if (done === "missing") throw conversationNotFound(id);
  if (done === "full") throw tooLong("conversation");
  return list(
    items.map(({ bytes }) => itemOf(bytes)),
    false,
  );
}

/** `GET /v1/conversations/{id}/items/{item}` */
export async function getItem(exchange: Exchange, id: string, itemId: string): Promise<JsonObject> {
  await find(exchange, id);
  const found = await fromStore(() => exchange.services.conversations.item(keyOf(exchange), id, itemId));
  if (found === undefined) throw itemNotFound(itemId, `conversation '${id}'`);
  return itemOf(found.bytes);
}

/** `DELETE /v1/conversations/{id}/items/{item}`: answered with the conversation. */
export async function deleteItem(exchange: Exchange, id: string, itemId: string): Promise<JsonObject> {
  const conversation = await find(exchange, id);
  const done = await fromStore(() => exchange.services.conversations.deleteItem(keyOf(exchange), id, itemId));
  if (!done) throw itemNotFound(itemId, `conversation '${id}'`);
  return shown(conversation);
}

async function find(exchange: Exchange, id: string): Promise<KeptConversation> {
  const found = await fromStore(() => exchange.services.conversations.get(keyOf(exchange), id));
  if (found === undefined) throw conversationNotFound(id);
  return found;
}

function shown({ id, metadata, createdAt }: KeptConversation): JsonObject {
  return { id, object: "conversation", created_at: Math.floor(createdAt / 1000), metadata: itemOf(metadata) };
}

function itemOf(bytes: Uint8Array): JsonObject {
  const value = parseJson(Buffer.from(bytes).toString());
  return isObject(value) ? value : {};
}

async function bodyOf({ request, snapshot }: Exchange): Promise<JsonObject> {
  const bytes = await readBounded(request, snapshot.limits.bodyBytes["openai-responses"]);
  return bytes.length === 0 ? {} : parseBody(bytes);
}

function newItems(value: JsonValue): readonly NewItem[] {
  if (!Array.isArray(value)) throw invalidRequest("'items' must be a list.", "items");
  if (value.length > MOST_ITEMS_AT_ONCE) {
    throw invalidRequest(`'items' may hold ${MOST_ITEMS_AT_ONCE} at a time, and not ${value.length}.`, "items");
  }
  return value.map((item, index) => {
    if (!isObject(item)) throw invalidRequest("Every item must be an object.", `items[${index}]`);
    const bytes = Buffer.from(JSON.stringify(item));
    const kept = shownItem(bytes, randomBytes(24).toString("hex"));
    return { id: String(kept["id"]), bytes: Buffer.from(JSON.stringify(kept)) };
  });
}

function metadataIn(value: JsonValue): JsonObject {
  if (!isObject(value)) throw invalidRequest("'metadata' must be an object.", "metadata");
  const entries = Object.entries(value);
  if (entries.length > MOST_METADATA) {
    throw invalidRequest(`'metadata' may hold ${MOST_METADATA} pairs at most.`, "metadata");
  }
  for (const [name, text] of entries) {
    const fits = name.length <= LONGEST_NAME && typeof text === "string" && text.length <= LONGEST_VALUE;
    if (fits) continue;
    throw invalidRequest(
      `Keys of 'metadata' are up to ${LONGEST_NAME} characters long, and their values texts of up to ${LONGEST_VALUE}.`,
      `metadata.${name.slice(0, LONGEST_NAME)}`,
    );
  }
  return value;
}
