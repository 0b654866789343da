import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { secret } from "../config/secret.ts";
import { DataFolderError, StoreError } from "./errors.ts";
import { encryptionKeyFile, openSealer } from "./seal.ts";

const HEX = "0f".repeat(32);
const CONTEXT = "provider_credentials|cred_1|secret|1";
const plain = Buffer.from("sk-canary-of-a-provider", "utf8");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-seal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withKey = (key: string) => openSealer({ folder, encryptionKey: secret(key), kind: "postgres" });
const refusal = (operation: () => unknown): unknown => {
  try {
    operation();
    return "nothing was thrown";
  } catch (error) {
    return error;
  }
};

describe("what is sealed", () => {
  test("opens again with the same key and context, and holds nothing in clear", () => {
    const sealed = withKey(HEX).seal(plain, CONTEXT);
    expect(Buffer.from(sealed).includes("canary")).toBe(false);
    expect(Buffer.from(withKey(HEX).open(sealed, CONTEXT))).toEqual(plain);
  });

  test("is never the same twice", () => {
    const sealer = withKey(HEX);
    const all = Array.from({ length: 100 }, () => Buffer.from(sealer.seal(plain, CONTEXT)).toString("hex"));
    expect(new Set(all).size).toBe(100);
  });

  test("has the documented layout: version, key id, nonce, ciphertext, tag", () => {
    const sealer = withKey(HEX);
    const sealed = sealer.seal(plain, CONTEXT);
    expect(sealed).toHaveLength(1 + 4 + 12 + plain.length + 16);
    expect(sealed[0]).toBe(1);
    expect(Buffer.from(sealed.subarray(1, 5))).toEqual(Buffer.from(sealer.keyId() ?? []));
  });

  test("keeps any bytes, also none", () => {
    const sealer = withKey(HEX);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "binary" }), (bytes, context) => {
        expect(Buffer.from(sealer.open(sealer.seal(bytes, context), context))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test("does not open in another row", () => {
    const sealer = withKey(HEX);
    const sealed = sealer.seal(plain, CONTEXT);
    const error = refusal(() => sealer.open(sealed, "provider_credentials|cred_2|secret|1"));
    expect(error).toMatchObject({ name: "StoreError", code: "corrupt" });
    expect(String(error)).toMatch(/was changed, or belongs to another row/);
  });

  test("does not open with another key, and says so", () => {
    const sealed = withKey(HEX).seal(plain, CONTEXT);
    const error = refusal(() => withKey("1f".repeat(32)).open(sealed, CONTEXT));
    expect(error).toMatchObject({ code: "corrupt" });
    expect(String(error)).toMatch(/encrypted with another key than the one in use/);
  });

  test("does not open when any byte of it was changed, or is missing", () => {
    const sealer = withKey(HEX);
    const sealed = sealer.seal(plain, CONTEXT);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(refusal(() => sealer.open(changed, CONTEXT))).toMatchObject({ code: "corrupt" });
      expect(refusal(() => sealer.open(sealed.subarray(0, at), CONTEXT))).toMatchObject({ code: "corrupt" });
    }
  });
});

describe("the key", () => {
  test.each([
    ["hex", HEX, HEX.toUpperCase()],
    ["base64", Buffer.from(HEX, "hex").toString("base64"), HEX],
    ["base64url", Buffer.from(HEX, "hex").toString("base64url"), HEX],
  ])("may be written in %s", (_form, written, same) => {
    expect(Buffer.from(withKey(same).open(withKey(written).seal(plain, CONTEXT), CONTEXT))).toEqual(plain);
  });

  test("may be a passphrase, which is the same on every replica", () => {
    const passphrase = "correct horse battery staple";
    const sealed = withKey(passphrase).seal(plain, CONTEXT);
    expect(Buffer.from(withKey(passphrase).open(sealed, CONTEXT))).toEqual(plain);
    expect(refusal(() => withKey(`${passphrase}!`).open(sealed, CONTEXT))).toMatchObject({ code: "corrupt" });
  });

  test("may not be short", () => {
    expect(refusal(() => withKey("fifteen letters"))).toMatchObject({ name: "StoreError", code: "invalid" });
    expect(String(refusal(() => withKey("fifteen letters")))).not.toContain("fifteen");
  });
});

describe("without a configured key", () => {
  test("SQLite's data folder gets one when something is first sealed, for its owner only", () => {
    const sealer = openSealer({ folder, kind: "sqlite" });
    expect(sealer.keyId()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    const sealed = sealer.seal(plain, CONTEXT);
    expect(readdirSync(folder)).toEqual(["encryption.key"]);
    expect(statSync(encryptionKeyFile(folder)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(openSealer({ folder, kind: "sqlite" }).open(sealed, CONTEXT))).toEqual(plain);
  });

  test("the folder's key stays the same one", () => {
    const sealer = openSealer({ folder, kind: "sqlite" });
    sealer.seal(plain, CONTEXT);
    const first = readFileSync(encryptionKeyFile(folder), "utf8");
    sealer.seal(plain, CONTEXT);
    openSealer({ folder, kind: "sqlite" }).seal(plain, CONTEXT);
    expect(readFileSync(encryptionKeyFile(folder), "utf8")).toBe(first);
  });

  test("a damaged key file is not replaced", () => {
    writeFileSync(encryptionKeyFile(folder), "half of a k");
    expect(() => openSealer({ folder, kind: "sqlite" })).toThrow(DataFolderError);
    expect(readFileSync(encryptionKeyFile(folder), "utf8")).toBe("half of a k");
  });

  test("with PostgreSQL nothing can be sealed, and the message says what to configure", () => {
    const error = refusal(() => openSealer({ folder, kind: "postgres" }).seal(plain, CONTEXT));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "invalid" });
    expect(String(error)).toMatch(/encryptionKey: env:NAME/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
