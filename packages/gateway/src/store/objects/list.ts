import { isStorable } from "../responses/responses.ts";
import { type KeptObject, living, type ObjectContext, type ObjectKind, objectOf } from "./object-rows.ts";

export interface ObjectPage {
  readonly kind: ObjectKind;
  readonly keyId: string;
  /** Ids of this key: only what stands behind it in this order. */
  readonly after?: string;
  readonly limit: number;
  readonly order: "asc" | "desc";
  readonly purpose?: string;
}

export interface ObjectList {
  readonly objects: readonly KeptObject[];
  readonly hasMore: boolean;
}

export async function listObjects(context: ObjectContext, page: ObjectPage): Promise<ObjectList | undefined> {
  const { kind, keyId, after, limit, order, purpose } = page;
  let query = living(context).selectAll().where("kind", "=", kind).where("key_id", "=", keyId);
  if (purpose !== undefined) query = query.where("purpose", "=", purpose);
  if (after !== undefined) {
    const place = await placeOf(context, page, after);
    if (place === undefined) return undefined;
    const beyond = order === "asc" ? ">" : "<";
    query = query.where((where) =>
      where.or([
        where("created_at", beyond, place.created_at),
        where.and([where("created_at", "=", place.created_at), where("id", beyond, after)]),
      ]),
    );
  }
  const rows = await query
    .orderBy("created_at", order)
    .orderBy("id", order)
    .limit(limit + 1)
    .execute();
  return { objects: rows.slice(0, limit).map((row) => objectOf(context, row)), hasMore: rows.length > limit };
}

async function placeOf(context: ObjectContext, { kind, keyId }: ObjectPage, id: string) {
  if (!isStorable(id)) return undefined;
  return living(context)
    .select("created_at")
    .where("kind", "=", kind)
    .where("key_id", "=", keyId)
    .where("id", "=", id)
    .executeTakeFirst();
}
