import { randomBytes } from "node:crypto";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { openSealer, type Sealer } from "../../packages/gateway/src/store/seal.ts";

/** Seals with a key that nobody else has. */
export function testSealer(): Sealer {
  return openSealer({ folder: "", encryptionKey: secret(randomBytes(32).toString("hex")), kind: "postgres" });
}

/** What there is on PostgreSQL where no key is configured. */
export const noSealer: Sealer = openSealer({ folder: "", kind: "postgres" });
