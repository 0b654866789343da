import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { StoreError } from "../../packages/gateway/src/store/errors.ts";
import type { Sealer } from "../../packages/gateway/src/store/seal.ts";

/** Seals with a key that nobody else has. */
export function testSealer(): Sealer {
  const key = randomBytes(32);
  return {
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      try {
        const cipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12)).setAAD(Buffer.from(context));
        cipher.setAuthTag(sealed.subarray(-16));
        return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]);
      } catch {
        throw new StoreError("corrupt", "It was sealed with another key.");
      }
    },
  };
}

/** What there is where no key is configured. */
export const noSealer: Sealer = {
  seal() {
    throw new StoreError("unavailable", "There is no encryption key.");
  },
  open() {
    throw new StoreError("unavailable", "There is no encryption key.");
  },
};
