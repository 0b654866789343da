import { sql } from "kysely";
import { StoreError } from "./errors.ts";
import { guardOf } from "./guard.ts";
import type { Database } from "./schema.ts";
import { KEY_ID_LENGTH, KEY_ID_START, type KeyedSealer } from "./seal.ts";

/**
 * Throws StoreError `corrupt` while the database holds credentials that another key has encrypted: they would fail one by one, each
 * when a request needs it.
 */
export async function checkSealed(database: Database, sealer: KeyedSealer): Promise<void> {
  const id = sealer.keyId();
  const place = sql<Uint8Array>`substr(${sql.ref("sealed")}, ${KEY_ID_START + 1}, ${KEY_ID_LENGTH})`;
  const query = database.db.selectFrom("provider_credentials").select("id").limit(1);
  const other = id === undefined ? query : query.where(place, "!=", id);
  const found = await guardOf(database.place)(() => other.executeTakeFirst());
  if (found === undefined) return;
  const configure =
    database.kind === "sqlite"
      ? 'Put the data folder\'s "encryption.key" back, or set "encryptionKey:" in signalbox.yaml to the key of before.'
      : 'Set "encryptionKey:" in signalbox.yaml to the key of before.';
  const why = id === undefined ? "no encryption key is configured" : "they were encrypted with another key";
  throw new StoreError(
    "corrupt",
    `${database.place} holds provider credentials that cannot be decrypted: ${why}. ${configure}`,
  );
}
