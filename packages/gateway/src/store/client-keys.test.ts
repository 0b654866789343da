import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashClientKey } from "../config/convert.ts";
import { clientKeyFile, ensureClientKey, makeClientKey, readClientKey } from "./client-keys.ts";
import { DataFolderError } from "./errors.ts";

const now = new Date("2026-11-20T12:00:00Z");
const folder = () => join(mkdtempSync(join(tmpdir(), "signalbox-keys-")), "data");

describe("the data folder's client key", () => {
  test("is made and shown once, and only its digest is kept", () => {
    const data = folder();
    const first = ensureClientKey(data, now);
    expect(first.shown).toMatch(/^sb_[0-9A-Za-z]{61}$/);
    expect(first.key.hash).toBe(hashClientKey(first.shown ?? ""));
    expect(ensureClientKey(data, now)).toEqual({ key: first.key, shown: undefined });
    expect(readFileSync(clientKeyFile(data), "utf8")).not.toContain(first.shown);
  });

  test("is in a file that only its owner reads, beside no leftovers", () => {
    const data = folder();
    ensureClientKey(data, now);
    expect(statSync(clientKeyFile(data)).mode & 0o777).toBe(0o600);
    expect(readdirSync(data)).toEqual(["client-key.json"]);
  });

  test("is replaced by a new one", () => {
    const data = folder();
    const first = ensureClientKey(data, now);
    const second = makeClientKey(data, now);
    expect(second.shown).not.toBe(first.shown);
    expect(readClientKey(data)).toEqual(second.key);
  });

  test("is not guessed from a damaged file", () => {
    const data = folder();
    mkdirSync(data);
    writeFileSync(clientKeyFile(data), '{"hash":"x"}');
    expect(() => ensureClientKey(data, now)).toThrow(DataFolderError);
  });

  test("needs a folder that can be written", () => {
    const data = folder();
    writeFileSync(data, "a file");
    expect(() => makeClientKey(data, now)).toThrow(/cannot be written \(E/);
  });
});
