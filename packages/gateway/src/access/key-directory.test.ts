import { beforeEach, describe, expect, test } from "vitest";
import { makeKey } from "../config/key-secret.ts";
import { StoreError } from "../store/errors.ts";
import { type KeyDirectory, openKeyDirectory } from "./key-directory.ts";
import { digest, fakeStore, storedKey } from "./testing/fake-store.ts";

const MINUTE = 60_000;
let fake: ReturnType<typeof fakeStore>;
let directory: KeyDirectory;
let time: number;
let elapsed: number;
let keysMinutes: number;
let lines: string[];

const pass = (ms: number) => {
  time += ms;
  elapsed += ms;
};
const overloaded = expect.objectContaining({ code: "overloaded", status: 503 });
const nameOf = async (name: string) => (await directory.find(digest(name)))?.name;

beforeEach(async () => {
  fake = fakeStore();
  time = 1_000_000;
  elapsed = 0;
  keysMinutes = 5;
  lines = [];
  const say = (_fields: unknown, message?: string) => void lines.push(message ?? String(_fields));
  directory = openKeyDirectory({
    store: fake.store,
    now: () => time,
    elapsed: () => elapsed,
    keysMinutes: () => keysMinutes,
    log: Object.assign(Object.create(null), { info: say, warn: say, error: say }),
  });
  fake.put(storedKey("a"));
  await directory.refresh();
});

describe("a key", () => {
  test("is asked of the store once, and known at once from then on", async () => {
    expect(directory.known(digest("a"))).toBeUndefined();
    expect(directory.find(digest("a"))).toBeInstanceOf(Promise);
    expect(await nameOf("a")).toBe("a");
    expect(directory.find(digest("a"))).toMatchObject({ id: "a", hash: digest("a") });
    expect(directory.known(digest("a"))).toBe(directory.find(digest("a")));
    expect(fake.state.finds).toEqual([digest("a")]);
  });

  test("is asked once by many at a time", async () => {
    const found = await Promise.all(Array.from({ length: 100 }, () => directory.find(digest("a"))));
    expect(new Set(found).size).toBe(1);
    expect(fake.state.finds).toHaveLength(1);
  });

  test("that there is none of is asked once, too, and again after a while", async () => {
    expect(await nameOf("stranger")).toBeUndefined();
    expect(directory.find(digest("stranger"))).toBeUndefined();
    expect(fake.state.finds).toHaveLength(1);
    pass(MINUTE);
    expect(directory.find(digest("stranger"))).toBeInstanceOf(Promise);
  });

  test("carries the policies of all whom it belongs to, nearest first, and what else decides", async () => {
    const made = { createdAt: new Date(0), revision: 1 };
    const channels = [{ provider: "openai", credential: "main", priority: 0, weight: 1 }];
    const secret = { reveal: () => "x" };
    const credentials = [{ id: "c", provider: "openai", secret, priority: 0, weight: 1 }];
    const key = storedKey("full", {
      role: "admin",
      policy: { concurrency: 1 },
      metadata: { tier: "gold" },
      metadataMode: "off",
    });
    fake.put(key, {
      team: { id: "team_1", org: "org_1", name: "t", policy: { concurrency: 2 }, ...made },
      org: { id: "org_1", name: "o", policy: { concurrency: 3 }, ...made },
      group: { id: "group_1", name: "g", channels, models: ["m"], ...made },
      credentials,
    });
    expect(await directory.find(digest("full"))).toEqual({
      id: "full",
      name: "full",
      hash: digest("full"),
      role: "admin",
      org: "org_1",
      team: "team_1",
      group: { id: "group_1", name: "g", channels, models: ["m"] },
      policies: [
        { kind: "key", id: "full", policy: { concurrency: 1 } },
        { kind: "team", id: "team_1", policy: { concurrency: 2 } },
        { kind: "org", id: "org_1", policy: { concurrency: 3 } },
      ],
      credentials,
      metadata: { tier: "gold" },
      metadataMode: "off",
      disabled: false,
    });
  });

  test("that is disabled opens nothing", async () => {
    fake.put(storedKey("b", { disabled: true }));
    expect(await nameOf("b")).toBeUndefined();
    expect(directory.find(digest("b"))).toBeUndefined();
    expect(directory.known(digest("b"))).toBeUndefined();
  });

  test("expires on time, without the store", async () => {
    fake.put(storedKey("b", { expiresAt: new Date(time + 1000) }));
    expect(await nameOf("b")).toBe("b");
    fake.state.away = true;
    pass(999);
    expect(directory.find(digest("b"))).toMatchObject({ name: "b" });
    pass(1);
    expect(directory.find(digest("b"))).toBeUndefined();
  });

  test("that was rotated works under its old secret until the time is over, and longer under the new one", async () => {
    const until = new Date(time + 1000);
    fake.put(storedKey("b", { previous: { digest: digest("old"), until }, expiresAt: new Date(time + 5000) }));
    expect(await directory.find(digest("old"))).toMatchObject({ id: "b", hash: digest("old"), expiresAt: +until });
    expect(await directory.find(digest("b"))).toMatchObject({ id: "b", hash: digest("b"), expiresAt: time + 5000 });
    pass(1000);
    expect(directory.find(digest("old"))).toBeUndefined();
    expect(directory.find(digest("b"))).toMatchObject({ id: "b" });
  });

  test("outlives a clock that is set back, but no longer than its minutes", async () => {
    await nameOf("a");
    fake.state.away = true;
    await directory.refresh();
    time -= 86_400_000;
    elapsed += 5 * MINUTE + 1;
    expect(() => directory.find(digest("a"))).not.toThrow();
    await expect(directory.find(digest("a"))).rejects.toEqual(overloaded);
  });
});

describe("after a change elsewhere", () => {
  test.each([
    ["key", { id: "b" }],
    ["team", { id: "team_1" }],
    ["org", { id: "org_1" }],
    ["group", { id: "group_1" }],
  ] as const)("of a %s only what it touches is forgotten at the next refresh", async (kind, { id }) => {
    const made = { createdAt: new Date(0), revision: 1, policy: {}, name: "n" };
    const { policy: _policy, ...plain } = made;
    fake.put(storedKey("b"), {
      team: { id: "team_1", org: "org_1", ...made },
      org: { id: "org_1", ...made },
      group: { id: "group_1", channels: [], ...plain },
    });
    await nameOf("a");
    await nameOf("b");
    fake.remove("b");
    fake.change(kind, id);
    expect(directory.find(digest("b"))).toMatchObject({ name: "b" });
    await directory.refresh();
    expect(directory.known(digest("b"))).toBeUndefined();
    expect(directory.known(digest("a"))).toMatchObject({ name: "a" });
    expect(await nameOf("b")).toBeUndefined();
  });

  test("of very much everything is forgotten", async () => {
    await nameOf("a");
    fake.change("key", "z");
    fake.state.much = true;
    await directory.refresh();
    expect(directory.known(digest("a"))).toBeUndefined();
  });

  test("that goes back (a copy was restored) everything is forgotten", async () => {
    fake.state.revision = 7;
    await directory.refresh();
    await nameOf("a");
    fake.state.revision = 3;
    await directory.refresh();
    expect(directory.known(digest("a"))).toBeUndefined();
  });

  test("a key that was unknown is asked for anew", async () => {
    expect(await nameOf("b")).toBeUndefined();
    fake.put(storedKey("b"));
    fake.change("key", "b");
    await directory.refresh();
    expect(await nameOf("b")).toBe("b");
  });

  test("what was read before is not remembered after", async () => {
    let release = () => undefined;
    fake.state.hold = new Promise((resolve) => {
      release = () => void resolve();
    });
    const finding = directory.find(digest("a"));
    fake.state.hold = undefined;
    fake.remove("a");
    fake.change("key", "a");
    await directory.refresh();
    release();
    expect(await finding).toMatchObject({ name: "a" });
    expect(directory.known(digest("a"))).toBeUndefined();
    expect(await nameOf("a")).toBeUndefined();
  });

  test("a refresh that is asked for while one runs looks again", async () => {
    await nameOf("a");
    let release = () => undefined;
    fake.state.hold = new Promise((resolve) => {
      release = () => void resolve();
    });
    const early = directory.refresh();
    fake.state.hold = undefined;
    fake.change("key", "a");
    const late = directory.refresh();
    release();
    await early;
    await late;
    expect(directory.known(digest("a"))).toBeUndefined();
  });
});

describe("while the store is away", () => {
  test("keys that were seen lately keep working for their minutes, then fail closed", async () => {
    await nameOf("a");
    pass(1000);
    await directory.refresh();
    fake.state.away = true;
    for (let minute = 0; minute < 5; minute += 1) {
      await directory.refresh();
      expect(directory.find(digest("a"))).toMatchObject({ name: "a" });
      pass(MINUTE);
    }
    expect(directory.find(digest("a"))).toMatchObject({ name: "a" });
    pass(1);
    await expect(directory.find(digest("a"))).rejects.toEqual(overloaded);
  });

  test("who is not known is told to come back, and not that the key is wrong", async () => {
    fake.state.away = true;
    await expect(directory.find(digest("b"))).rejects.toEqual(overloaded);
    expect(() => directory.find(digest("b"))).toThrow(expect.objectContaining({ detail: { retryAfterMs: 1000 } }));
  });

  test("it is not asked by every request", async () => {
    fake.state.away = true;
    await directory.refresh();
    expect(() => directory.find(digest("b"))).toThrow(overloaded);
    pass(1000);
    await expect(directory.find(digest("b"))).rejects.toEqual(overloaded);
    expect(() => directory.find(digest("b"))).toThrow(overloaded);
  });

  test("with no minutes at all nothing is served", async () => {
    keysMinutes = 0;
    await nameOf("a");
    expect(directory.find(digest("a"))).toMatchObject({ name: "a" });
    fake.state.away = true;
    pass(1);
    await directory.refresh();
    expect(() => directory.find(digest("a"))).toThrow(overloaded);
  });

  test("it is told once, and once that it is back", async () => {
    fake.state.away = true;
    for (let count = 0; count < 3; count += 1) await directory.refresh();
    fake.state.away = false;
    for (let count = 0; count < 3; count += 1) await directory.refresh();
    expect(lines).toEqual([
      "the store of keys is away: keys that were seen lately keep working",
      "the store of keys is back",
    ]);
  });

  test("what was revoked meanwhile is forgotten before anything known is trusted again", async () => {
    fake.put(storedKey("b"));
    fake.put(storedKey("c"));
    await nameOf("a");
    await nameOf("b");
    fake.state.away = true;
    await directory.refresh();
    fake.remove("b");
    fake.change("key", "b");
    expect(directory.find(digest("b"))).toMatchObject({ name: "b" });
    fake.state.away = false;
    pass(1000);
    // The first sign of its return is an answer to somebody else.
    expect(await nameOf("c")).toBe("c");
    expect(directory.known(digest("b"))).toBeUndefined();
    expect(await nameOf("b")).toBeUndefined();
    expect(directory.known(digest("a"))).toMatchObject({ name: "a" });
  });
});

test("a key whose row is damaged is no reason to think that the store is away", async () => {
  const finds = fake.store.keys.find;
  fake.store.keys.find = async () => {
    throw new StoreError("corrupt", "What is stored of keys/a was damaged.");
  };
  await expect(directory.find(digest("a"))).rejects.toMatchObject({ code: "internal" });
  fake.store.keys.find = finds;
  expect(await nameOf("a")).toBe("a");
  expect(lines).toEqual(["a key cannot be read"]);
});

test("without refreshes what is known is asked for again after its minutes", async () => {
  await nameOf("a");
  pass(5 * MINUTE + 1);
  fake.remove("a");
  expect(await nameOf("a")).toBeUndefined();
});

test("no more keys are known than there is room for: those that were used last", async () => {
  const all = Array.from({ length: 50_010 }, (_, index) => `k${index}`);
  for (const name of all) fake.put(storedKey(name));
  for (const name of all.slice(0, 50_000)) await directory.find(digest(name));
  directory.known(digest("k0"));
  for (const name of all.slice(50_000)) await directory.find(digest(name));
  expect(all.filter((name) => directory.known(digest(name)) === undefined)).toEqual(all.slice(1, 11));
});

test("last uses are noted together, now and then and at the end, each once", async () => {
  fake.put(storedKey("b", { previous: { digest: digest("old"), until: new Date(time + MINUTE) } }));
  await nameOf("a");
  pass(10);
  directory.known(digest("a"));
  await nameOf("old");
  pass(10);
  await nameOf("b");
  await directory.refresh();
  expect(fake.state.touched).toEqual([]);
  pass(30_000);
  await directory.refresh();
  await directory.refresh();
  const uses = new Map([
    ["a", new Date(1_000_010)],
    ["b", new Date(1_000_020)],
  ]);
  expect(fake.state.touched).toEqual([uses]);
  directory.known(digest("a"));
  await directory.close();
  expect(fake.state.touched).toEqual([uses, new Map([["a", new Date(time)]])]);
});

test("a digest that no key can have is only ever a stranger", async () => {
  for (let count = 0; count < 100; count += 1) expect(await directory.find(makeKey().digest)).toBeUndefined();
});
