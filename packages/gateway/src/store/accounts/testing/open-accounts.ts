import { makeKey } from "../../../config/key-secret.ts";
import { secret } from "../../../config/secret.ts";
import { openStore, type Store, type StoreOptions } from "../../open.ts";
import type { AccountStore, Actor, CredentialOwner, NewKey, StoredCredential } from "../accounts.ts";

export const start = new Date("2026-11-20T12:00:00.123Z");
export const later = new Date(+start + 5000);
export const actor: Actor = { id: "local", name: "the owner", requestId: "req_1" };
export const ENCRYPTION_KEY = "0123456789abcdef".repeat(4);
export const CANARY = "sk-canary-of-a-provider";
export const invalid = { name: "StoreError", code: "invalid" };

export function newKey(name: string, more: Partial<NewKey> = {}): NewKey {
  const { id, digest, lastFour } = makeKey();
  return { id, digest, lastFour, name, ...more };
}

export function openThere(place: { readonly options: StoreOptions }, now: () => Date): Promise<Store> {
  return openStore({ ...place.options, encryptionKey: secret(ENCRYPTION_KEY), now });
}

export function addCredential(
  accounts: AccountStore,
  owner: CredentialOwner,
  { provider = "openai", value = CANARY }: { readonly provider?: string; readonly value?: string } = {},
): Promise<StoredCredential> {
  return accounts.credentials.create({ owner, provider, name: "own", secret: secret(value) }, actor);
}
