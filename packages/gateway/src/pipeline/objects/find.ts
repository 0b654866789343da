import type { JsonObject } from "@signalbox/protocol";
import type { ObjectPage } from "../../store/objects/list.ts";
import type { KeptObject, ObjectKind } from "../../store/objects/object-rows.ts";
import type { Exchange } from "../exchange.ts";
import { askForObject, type Question } from "./ask.ts";
import { fromObjects } from "./from-objects.ts";
import { keeperOf, keyOf } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";

/** The caller's own. Throws `not_found`. */
export async function findOwn(exchange: Exchange, kind: ObjectKind, id: string): Promise<KeptObject> {
  const { id: keyId } = keyOf(exchange);
  const found = await fromObjects(() => exchange.services.objects.get({ kind, id, keyId }));
  if (found === undefined) throw objectNotFound(kind, id);
  return found;
}

/**
 * Asks about the caller's own object whoever keeps it. What is not there is still the caller's: vendors lose sight of what has just been
 * made. https://github.com/anthropics/anthropic-sdk-python/issues/1432
 */
export async function askOfOwn(exchange: Exchange, object: KeptObject, question: Question): Promise<Buffer> {
  const bytes = await askForObject(exchange, keeperOf(exchange, object), question);
  if (bytes !== undefined) return bytes;
  if (question.method === "DELETE") await forget(exchange, object);
  throw objectNotFound(object.kind, object.id);
}

export async function forget({ services }: Exchange, object: KeptObject): Promise<void> {
  await fromObjects(() => services.objects.delete(object));
}

/** What is larger is asked for anew. */
export const LARGEST_SEEN = 64 * 1024;

export async function see({ services }: Exchange, object: KeptObject, bytes: Buffer): Promise<void> {
  if (bytes.length > LARGEST_SEEN) return;
  await fromObjects(() => services.objects.see(object, bytes));
}

/** How many upstream calls one list may make at the same time. */
const AT_ONCE = 8;

export interface Listed {
  readonly objects: readonly JsonObject[];
  readonly hasMore: boolean;
}

/** A page of the caller's own, each as `show` finds it. One that is gone is left out. Undefined: there is no such place in the list. */
export async function listOwn(
  exchange: Exchange,
  page: Omit<ObjectPage, "keyId">,
  show: (object: KeptObject) => Promise<JsonObject | undefined>,
): Promise<Listed | undefined> {
  const { id: keyId } = keyOf(exchange);
  const found = await fromObjects(() => exchange.services.objects.list({ ...page, keyId }));
  if (found === undefined) return undefined;
  const shown: JsonObject[] = [];
  for (let from = 0; from < found.objects.length; from += AT_ONCE) {
    const some = await Promise.all(found.objects.slice(from, from + AT_ONCE).map(show));
    shown.push(...some.filter((object) => object !== undefined));
  }
  return { objects: shown, hasMore: found.hasMore };
}
