import { mkdtempSync, rmSync } from "node:fs";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type KeyDirectory, openKeyDirectory } from "../access/key-directory.ts";
import { defaultSettings } from "../config/defaults.ts";
import { type MadeKey, makeKey, withId } from "../config/key-secret.ts";
import { surfaceDialects } from "../config/quirks.ts";
import type { NewKey } from "../store/accounts/accounts.ts";
import { StoreError } from "../store/errors.ts";
import { openStore, type Store } from "../store/open.ts";
import { authenticate } from "./authenticate.ts";
import { ingressOf } from "./dialects.ts";

const actor = { id: "local", name: "local" };
const keys = {
  good: makeKey(),
  expired: makeKey(),
  disabled: makeKey(),
  deleted: makeKey(),
  rotated: makeKey(),
  replaced: makeKey(),
} as const;

let folder: string;
let store: Store;
let directory: KeyDirectory;
let finds: number;
let away: boolean;
let elapsed: number;

async function create({ id, digest, lastFour }: MadeKey, more: Partial<NewKey> = {}): Promise<void> {
  await store.accounts.keys.create({ id, digest, lastFour, name: "a key", ...more }, actor);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-authenticate-"));
  store = await openStore({ folder });
  await create(keys.good);
  await create(keys.expired, { expiresAt: new Date(Date.now() - 1) });
  await create(keys.disabled, { disabled: true });
  await create(keys.deleted);
  await store.accounts.keys.delete(keys.deleted.id, actor);
  await create(keys.replaced);
  const { digest, lastFour } = keys.rotated;
  const rotation = { digest, lastFour, previousUntil: new Date(Date.now() - 1) };
  await store.accounts.keys.rotate(keys.replaced.id, rotation, actor);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  finds = 0;
  away = false;
  elapsed = 0;
  const { accounts } = store;
  const find = async (digest: string) => {
    finds += 1;
    if (away) throw new StoreError("unavailable", "The database cannot be used.");
    return accounts.keys.find(digest);
  };
  directory = openKeyDirectory({
    store: { ...accounts, keys: { find, touch: accounts.keys.touch } },
    keysMinutes: () => 5,
    elapsed: () => elapsed,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
});

function ask(secret: string, { address = "203.0.113.7" }: { readonly address?: string } = {}) {
  const message = new IncomingMessage(new Socket());
  Object.defineProperty(message.socket, "remoteAddress", { value: address });
  message.url = "/v1/messages";
  message.headers = { authorization: `Bearer ${secret}` };
  message.rawHeaders = ["Authorization", `Bearer ${secret}`];
  return authenticate(message, { snapshot: { server: defaultSettings.server, keys: new Map() }, keys: directory });
}

/** What a client reads, in every dialect. */
async function refusal(secret: string): Promise<string> {
  try {
    await ask(secret);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return surfaceDialects
      .map((dialect) => JSON.stringify(ingressOf(dialect).encodeError(error, { requestId: "req_0" })))
      .join("\n");
  }
  throw new Error("The key was taken.");
}

test("a stored key is let in, asynchronously the first time and at once from then on", async () => {
  const first = ask(keys.good.shown);
  expect(first).toBeInstanceOf(Promise);
  expect(await first).toMatchObject({ id: keys.good.id });
  expect(ask(keys.good.shown)).toMatchObject({ id: keys.good.id });
  expect(await ask(keys.rotated.shown)).toMatchObject({ id: keys.replaced.id });
  expect(finds).toBe(2);
});

describe("whatever is wrong with a key, the answer is the same to the byte", () => {
  const cases: Readonly<Record<string, readonly [secret: string, asked: 0 | 1]>> = {
    "nobody has it": [makeKey().shown, 1],
    "the id is right and the secret wrong": [withId(keys.good.id).shown, 1],
    "it has expired": [keys.expired.shown, 1],
    "it is disabled": [keys.disabled.shown, 1],
    "it was deleted": [keys.deleted.shown, 1],
    "it was rotated away": [keys.replaced.shown, 1],
    "its checksum is wrong": [`${keys.good.shown.slice(0, -1)}${keys.good.shown.endsWith("0") ? "1" : "0"}`, 0],
    "it is cut off": [keys.good.shown.slice(0, -1), 0],
    "it is one of somebody else": ["sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", 0],
    "it is SQL": ["' OR '1'='1", 0],
    "it is SQL behind a prefix": ["sb_'; drop table keys; --", 0],
    "it is a megabyte": [`sb_${"a".repeat(1024 * 1024)}`, 0],
    "it is a digest": [keys.good.digest, 0],
    "it has a NUL": [`${keys.good.shown}\0`, 0],
  };

  test.each(Object.entries(cases))("when %s", async (_when, [secret, asked]) => {
    const expected = await refusal("x");
    finds = 0;
    expect(await refusal(secret)).toBe(expected);
    expect(finds).toBe(asked);
    expect(await refusal(secret)).toBe(expected);
    expect(finds).toBe(asked);
  });
});

test("a key of which one character is another never opens anything, and the store is not even asked", async () => {
  await ask(keys.good.shown);
  finds = 0;
  const change = fc.record({ at: fc.integer({ min: 0, max: 63 }), code: fc.integer({ min: 0x21, max: 0x7e }) });
  fc.assert(
    fc.property(change, ({ at, code }) => {
      const { shown } = keys.good;
      const other = String.fromCharCode(code);
      fc.pre(shown[at] !== other);
      // Else the limit on guesses would answer.
      elapsed += 1000;
      expect(() => ask(`${shown.slice(0, at)}${other}${shown.slice(at + 1)}`)).toThrow("No valid API key was sent");
    }),
    { numRuns: 2000 },
  );
  expect(finds).toBe(0);
});

describe("who guesses", () => {
  const guess = async (times: number, address: string) => {
    for (let count = 0; count < times; count += 1) {
      await expect(async () => ask(makeKey().shown, { address })).rejects.toMatchObject({ code: "invalid_api_key" });
    }
  };

  test("is told to wait after 600 a minute, and the store is asked no more", async () => {
    await guess(600, "192.0.2.1");
    expect(finds).toBe(600);
    elapsed = 20_000;
    expect(() => ask(makeKey().shown, { address: "192.0.2.1" })).toThrow(
      expect.objectContaining({ code: "rate_limited", detail: { retryAfterMs: 40_000 } }),
    );
    expect(finds).toBe(600);
    await guess(1, "192.0.2.2");
    elapsed = 60_000;
    await guess(1, "192.0.2.1");
  });

  test("does not get in the way of keys that are known", async () => {
    await ask(keys.good.shown, { address: "192.0.2.1" });
    await guess(600, "192.0.2.1");
    expect(ask(keys.good.shown, { address: "192.0.2.1" })).toMatchObject({ id: keys.good.id });
  });
});

test("while the store is away a key that could be one is not called wrong, and one that cannot be is", async () => {
  away = true;
  await expect(async () => ask(makeKey().shown)).rejects.toMatchObject({ code: "overloaded" });
  await expect(async () => ask("nonsense-of-16-characters")).rejects.toMatchObject({ code: "invalid_api_key" });
});
