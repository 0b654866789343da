import type { Store } from "./open.ts";

/** Removes the words that are kept of a key's requests. What they have cost stays. Throws StoreError. */
export async function forgetKey(
  {
    bodies,
    idempotency,
    responses,
    conversations,
    objects,
    semanticEntries,
  }: Pick<Store, "bodies" | "idempotency" | "responses" | "conversations" | "objects" | "semanticEntries">,
  keyId: string,
): Promise<void> {
  await bodies.deleteOf(keyId);
  await idempotency.deleteOf(keyId);
  await responses.deleteOf(keyId);
  await conversations.deleteOf(keyId);
  await objects.deleteOf(keyId);
  // Those of an organisation are its own, whichever key they came by.
  await semanticEntries?.deleteOf(`key:${keyId}`);
}
