import type { Store } from "./open.ts";

/** Removes the words that are kept of a key's requests. What they have cost stays. Throws StoreError. */
export async function forgetKey(
  {
    bodies,
    idempotency,
    responses,
    conversations,
    objects,
  }: Pick<Store, "bodies" | "idempotency" | "responses" | "conversations" | "objects">,
  keyId: string,
): Promise<void> {
  await bodies.deleteOf(keyId);
  await idempotency.deleteOf(keyId);
  await responses.deleteOf(keyId);
  await conversations.deleteOf(keyId);
  await objects.deleteOf(keyId);
}
