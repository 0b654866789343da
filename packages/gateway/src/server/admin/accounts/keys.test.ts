import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseKey } from "../../../config/key-secret.ts";
import { buildHouse, callersGroup, dataOf, type House, idsOf } from "./testing/accounts-api.ts";

let house: House;
beforeAll(async () => {
  house = await buildHouse();
});
afterAll(() => house.close());

const owner = (line: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
  house.as("owner")(line, body, headers);
const make = async (body: object = {}) => owner("POST /v1/keys", { name: "made", ...body });
const made = async (body: object = {}) => {
  const answer = await make(body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return dataOf(answer);
};

const failure = (message: unknown, param: string | null = null) => ({
  status: 400,
  body: { error: { message, type: "invalid_request_error", param, code: null } },
});

describe("a key", () => {
  test("is shown once, with what it is known by", async () => {
    const answer = await make({ name: "ci" });
    const secret = String(answer.body["key"]);
    const data = dataOf(answer);
    expect(answer.status).toBe(201);
    expect(parseKey(secret)).toEqual({ id: data["id"] });
    expect(data).toMatchObject({
      hash: hash("sha256", secret, "hex"),
      name: "ci",
      label: `sb_${secret.slice(3, 5)}…${secret.slice(-4)}`,
      key_prefix: secret.slice(0, 15),
      created_at: "2026-11-21T12:00:00.000Z",
      last_used_at: null,
      expires_at: null,
      disabled: false,
      can_reveal: false,
      limit: null,
      role: null,
      org: null,
      team: null,
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    for (const later of [`GET /v1/keys/${data["id"]}`, "GET /v1/keys", "GET /v1/audit"]) {
      expect(JSON.stringify((await owner(later)).body)).not.toContain(secret.slice(15));
    }
    const rows = JSON.stringify(await house.store.accounts.keys.get(String(data["id"])));
    expect(rows).not.toContain(secret.slice(15));
  });

  test("is found by its id and by its digest", async () => {
    const { id, hash: digest } = await made();
    for (const address of [id, digest]) expect(dataOf(await owner(`GET /v1/keys/${address}`))).toMatchObject({ id });
  });

  test.each([
    "nothing",
    "000000000000",
    "0".repeat(64),
    "' OR '1'='1",
    encodeURIComponent("'; DROP TABLE keys; --"),
    "%00",
    "x".repeat(10_000),
  ])("that is none is a 404: %.30s", async (address) => {
    const path = `/v1/keys/${address}`.replaceAll(" ", "%20");
    for (const [line, body] of [
      [`GET ${path}`, undefined],
      [`PATCH ${path}`, {}],
      [`DELETE ${path}`, undefined],
      [`POST ${path}/rotate`, {}],
      [`POST ${path}/reveal`, undefined],
    ] as const) {
      expect(await owner(line, body)).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    }
  });

  test("cannot be shown again", async () => {
    const { hash: digest } = await made();
    expect(await owner(`POST /v1/keys/${digest}/reveal`)).toMatchObject({ status: 409 });
  });

  test("takes policies in both spellings and tells them in one", async () => {
    const policy = {
      models: ["openai/*"],
      allow_cidrs: ["10.0.0.0/8"],
      limits: [{ unit: "requests", per: "minute", limit: 60 }],
      budgets: [{ per: "key", window: "month", limit: 5.25, soft_percent: 70 }],
      privacy: { blocked_providers: ["lab"], zero_retention: true },
    };
    const camel = {
      models: ["openai/*"],
      allowCidrs: ["10.0.0.0/8"],
      limits: [{ unit: "requests", per: "minute", limit: 60 }],
      budgets: [{ per: "key", window: "month", limit: 5.25, softPercent: 70 }],
      privacy: { blockedProviders: ["lab"], zeroRetention: true },
    };
    expect(await made(policy)).toMatchObject(policy);
    const { id, ...shown } = await made(camel);
    expect(shown).toMatchObject({ ...policy, limit: 5.25, limit_reset: "monthly" });
    expect((await house.store.accounts.keys.get(String(id)))?.policy.budgets).toEqual([
      { per: "key", window: "month", limitNano: 5_250_000_000, softPercent: 70 },
    ]);
  });

  test("has metadata whose names are its author's", async () => {
    const metadata = { snake_case: 1, camelCase: { inner_name: [true] }, budgets: "x" };
    expect(await made({ metadata, metadata_mode: "headers" })).toMatchObject({ metadata, metadata_mode: "headers" });
    const cache = { enabled: true, ttl_seconds: 60, match: "exact", tool_calls: false };
    expect(await made({ cache })).toMatchObject({ cache });
  });

  test("has a limit that is short for a budget", async () => {
    const { id } = await made({ limit: 12.5 });
    const path = `/v1/keys/${id}`;
    const change = async (body: object) => dataOf(await owner(`PATCH ${path}`, body));
    expect(dataOf(await owner(`GET ${path}`))).toMatchObject({ limit: 12.5, limit_reset: null });
    expect(await change({ limit_reset: "weekly" })).toMatchObject({ limit: 12.5, limit_reset: "weekly" });
    expect(await change({ limit: 3 })).toMatchObject({ limit: 3, limit_reset: "weekly" });
    expect(await change({ limit: null })).toMatchObject({ limit: null, limit_reset: null });
    expect(await change({ limit: 1, limit_reset: "daily" })).toMatchObject({
      budgets: [{ per: "key", window: "day", limit: 1, soft_percent: 80 }],
    });
  });

  test("tells what it has spent of it, since the day, the Monday and the month began", async () => {
    const { id } = await made({ limit: 10, limit_reset: "weekly" });
    const since: number[] = [];
    house.spent = (spender, from) => {
      expect(spender).toEqual({ kind: "key", id });
      since.push(from);
      return from === 0 ? 9_000_000_000 : 2_500_000_000;
    };
    expect(dataOf(await owner(`GET /v1/keys/${id}`))).toMatchObject({
      usage: 9,
      usage_daily: 2.5,
      usage_weekly: 2.5,
      usage_monthly: 2.5,
      limit: 10,
      limit_remaining: 7.5,
    });
    // The 21st of November 2026 is a Saturday.
    expect(since.toSorted((a, b) => a - b)).toEqual(
      ["1970-01-01", "2026-11-01", "2026-11-16", "2026-11-21"].map((day) => Date.parse(day)),
    );
    house.spent = () => 0;
  });

  test("expires at a time, or after days", async () => {
    expect(await made({ expires_at: "2026-12-01T00:00:00+01:00" })).toMatchObject({
      expires_at: "2026-11-30T23:00:00.000Z",
    });
    const { id, expires_at } = await made({ expires_in_days: 1.5 });
    expect(expires_at).toBe("2026-11-23T00:00:00.000Z");
    expect(dataOf(await owner(`PATCH /v1/keys/${id}`, { expires_at: null }))).toMatchObject({ expires_at: null });
    expect(dataOf(await owner(`PATCH /v1/keys/${id}`, { expires_at: "2026-11-20T00:00:00Z" }))).toMatchObject({
      expires_at: "2026-11-20T00:00:00.000Z",
    });
  });

  test.each<readonly [string, object, unknown, string]>([
    ["a name that is missing", { name: undefined }, "name: is missing", "name"],
    ["a name of spaces", { name: " " }, "name: must not be empty", "name"],
    ["a name with U+0000", { name: "a\0" }, "name: has characters that cannot be kept", "name"],
    ["an unknown field", { modles: [] }, "modles: unknown field; did you mean models?", "modles"],
    ["its id", { id: "000000000000" }, expect.stringContaining("id: unknown field"), "id"],
    ["its digest", { digest: "0".repeat(64) }, expect.stringContaining("digest: unknown field"), "digest"],
    ["its hash", { hash: "0".repeat(64) }, expect.stringContaining("hash: unknown field"), "hash"],
    ["its secret", { key: "sb_mine" }, expect.stringContaining("key: unknown field"), "key"],
    ["its age", { created_at: "2020-01-01T00:00:00Z" }, expect.stringContaining("unknown field"), "created_at"],
    ["who made it", { createdBy: "me" }, expect.stringContaining("unknown field"), "createdBy"],
    ["when it was deleted", { deletedAt: null }, expect.stringContaining("deletedAt"), "deletedAt"],
    [
      "a field in both spellings",
      { deny_cidrs: [], denyCidrs: [] },
      expect.stringContaining("says the same"),
      "denyCidrs",
    ],
    [
      "a field inside a budget",
      { budgets: [{ window: "day", limit: 1, softpercent: 1 }] },
      expect.stringContaining("budgets[0].softpercent: unknown field"),
      "budgets[0].softpercent",
    ],
    [
      "a wrong value inside, in its author's spelling",
      { budgets: [{ window: "day", limit: 1, soft_percent: 0 }] },
      expect.stringContaining("budgets[0].soft_percent"),
      "budgets[0].soft_percent",
    ],
    [
      "an address that is none",
      { allow_cidrs: ["10.0.0.0/99"] },
      expect.stringContaining("allow_cidrs[0]"),
      "allow_cidrs[0]",
    ],
    ["an unknown role", { role: "root" }, expect.stringContaining("role: must be one of viewer"), "role"],
    ["a limit and budgets", { limit: 1, budgets: [] }, expect.stringContaining("write one of them"), "budgets"],
    ["a limit below nothing", { limit: -1 }, expect.stringContaining("limit"), "limit"],
    ["a limit beyond all", { limit: 1e30 }, expect.stringContaining("limit"), "limit"],
    ["a reset of no limit", { limit_reset: "daily" }, expect.stringContaining("no limit"), "limit_reset"],
    ["a time that is over", { expires_at: "2026-11-21T11:59:59Z" }, "expires_at: is over already", "expires_at"],
    ["a time without a zone", { expires_at: "2027-01-01" }, expect.stringContaining("expires_at"), "expires_at"],
    [
      "two ends",
      { expires_at: "2027-01-01T00:00:00Z", expires_in_days: 1 },
      expect.stringContaining("expires_in_days: says the same as expires_at"),
      "expires_in_days",
    ],
    ["metadata that are a list", { metadata: [] }, "metadata: must be an object", "metadata"],
    [
      "metadata beyond measure",
      { metadata: { a: "x".repeat(20_000) } },
      expect.stringContaining("no longer"),
      "metadata",
    ],
    ["a team that is none", { team: "team_none" }, "team: there is none with this id", "team"],
    ["an organisation that is none", { org: "' OR 1=1" }, "org: there is none with this id", "org"],
    ["a group that is none", { group: callersGroup.id }, "group: there is none with this id", "group"],
  ])("is not made with %s", async (...[, body, message, param]) => {
    expect(await make(body)).toMatchObject(failure(message, param));
  });

  test("belongs to its team's organisation, and to no other", async () => {
    const { orgA, orgB, teamA1, teamB1 } = house.ids;
    const { id } = await made({ team: teamA1 });
    expect(dataOf(await owner(`GET /v1/keys/${id}`))).toMatchObject({ org: orgA, team: teamA1 });
    expect(await make({ team: teamA1, org: orgB })).toMatchObject(failure("org: is not the team's", "org"));
    const change = async (body: object) => dataOf(await owner(`PATCH /v1/keys/${id}`, body));
    expect(await change({ team: teamB1 })).toMatchObject({ org: orgB, team: teamB1 });
    expect(await change({ org: orgA })).toMatchObject({ org: orgA, team: null });
    expect(await change({ org: null })).toMatchObject({ org: null, team: null });
  });
});

describe("a change", () => {
  test("replaces what it names and leaves the rest, and null takes away", async () => {
    const { id } = await made({ models: ["a"], providers: ["p"], concurrency: 3, role: "viewer" });
    const change = async (body: object) => dataOf(await owner(`PATCH /v1/keys/${id}`, body));
    expect(await change({ name: "new", models: ["b"] })).toMatchObject({
      name: "new",
      models: ["b"],
      providers: ["p"],
      concurrency: 3,
      role: "viewer",
    });
    const less = await change({ models: null, role: null, disabled: true });
    expect(less).toMatchObject({ providers: ["p"], role: null, disabled: true });
    expect(less).not.toHaveProperty("models");
    expect(await owner(`PATCH /v1/keys/${id}`, { name: null })).toMatchObject(failure("name: cannot be null", "name"));
  });

  test("is made for the revision that was read, if its sender says which", async () => {
    const { id, etag } = await made();
    const path = `/v1/keys/${id}`;
    const first = { "if-match": String(etag) };
    const changed = await owner(`PATCH ${path}`, { name: "a" }, first);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).toBe(dataOf(changed)["etag"]);
    expect(await owner(`PATCH ${path}`, { name: "b" }, first)).toMatchObject({ status: 412 });
    expect(await owner(`PATCH ${path}`, { name: "b", etag })).toMatchObject({ status: 412 });
    expect(await owner(`PATCH ${path}`, { name: "b" }, { "if-match": "nonsense" })).toMatchObject({ status: 412 });
    expect((await owner(`PATCH ${path}`, { name: "b" }, { "if-match": "*" })).status).toBe(200);
  });

  test("that comes at once with others is kept beside them", async () => {
    const { id } = await made();
    const bodies = [{ models: ["a"] }, { providers: ["b"] }, { concurrency: 4 }, { routers: ["r"] }];
    await Promise.all(bodies.map((body) => owner(`PATCH /v1/keys/${id}`, body)));
    expect(dataOf(await owner(`GET /v1/keys/${id}`))).toMatchObject(Object.assign({}, ...bodies));
  });

  test("is told to the directory of keys before it is answered", async () => {
    const before = house.refreshes();
    const { id } = await made();
    await owner(`PATCH /v1/keys/${id}`, { disabled: true });
    await owner(`POST /v1/keys/${id}/rotate`);
    await owner(`DELETE /v1/keys/${id}`);
    expect(house.refreshes()).toBe(before + 4);
  });

  test("is in the audit log with who made it, and without a secret", async () => {
    const { id } = await made({ name: "watched", role: "viewer" });
    await owner(`PATCH /v1/keys/${id}`, { models: ["x"] });
    await owner(`POST /v1/keys/${id}/rotate`, { overlap_hours: 1 });
    await owner(`DELETE /v1/keys/${id}`);
    const { data } = (await owner("GET /v1/audit?limit=4")).body;
    expect(data).toMatchObject([
      { action: "key.delete", subject: `keys/${id}` },
      { action: "key.rotate", subject: `keys/${id}` },
      { action: "key.update", subject: `keys/${id}`, detail: { policy: { models: ["x"] } } },
      { action: "key.create", subject: `keys/${id}`, actor_name: "test", detail: { name: "watched", role: "viewer" } },
    ]);
    expect(JSON.stringify(data)).toMatch(/"request_id":"req_/);
  });
});

test("rotation makes another secret for the same key, and the one before is known for a while", async () => {
  const { id, hash: old } = await made();
  const answer = await owner(`POST /v1/keys/${old}/rotate`, { overlap_hours: 2 });
  const data = dataOf(answer);
  expect(parseKey(String(answer.body["key"]))).toEqual({ id });
  expect(data).toMatchObject({ id, previous_hash: old, previous_expires_at: "2026-11-21T14:00:00.000Z" });
  expect(data["hash"]).toBe(hash("sha256", String(answer.body["key"]), "hex"));
  expect(dataOf(await owner(`POST /v1/keys/${id}/rotate`))["previous_expires_at"]).toBe("2026-11-22T12:00:00.000Z");
  expect(dataOf(await owner(`POST /v1/keys/${id}/rotate`, { overlapHours: 0 }))).not.toHaveProperty("previous_hash");
  expect(await owner(`POST /v1/keys/${id}/rotate`, { overlap_hours: 721 })).toMatchObject({ status: 400 });
});

test("a deleted key is gone from the API and stays in the store", async () => {
  const { id, hash: digest } = await made();
  expect(await owner(`DELETE /v1/keys/${digest}`)).toMatchObject({ status: 200, body: { deleted: true } });
  for (const address of [id, digest]) {
    expect((await owner(`GET /v1/keys/${address}`)).status).toBe(404);
    expect((await owner(`DELETE /v1/keys/${address}`)).status).toBe(404);
  }
  expect((await house.store.accounts.keys.get(String(id)))?.deletedAt).toBeInstanceOf(Date);
  expect(house.forgotten).toContain(id);
});

test("the list is read page by page, after an id or over a number of keys, and never all at once", async () => {
  const viewer = house.as("viewer", "orgB");
  const admin = house.as("admin", "orgB");
  for (let index = 0; index < 5; index += 1) await admin("POST /v1/keys", { name: `k${index}` });
  const all = await viewer("GET /v1/keys?limit=1e9");
  expect(idsOf(all)).toHaveLength(5);
  expect(all.body).toMatchObject({ has_more: false });
  const first = await viewer("GET /v1/keys?limit=2");
  expect(first.body).toMatchObject({ has_more: true, last_id: idsOf(all)[1] });
  const rest = await viewer(`GET /v1/keys?limit=9&after=${first.body["last_id"]}`);
  expect([...idsOf(first), ...idsOf(rest)]).toEqual(idsOf(all));
  expect(idsOf(await viewer("GET /v1/keys?offset=3"))).toEqual(idsOf(all).slice(3));
  expect(idsOf(await viewer("GET /v1/keys?offset=5"))).toEqual([]);
  for (const wrong of ["limit=-1", "limit=x", "offset=1.5", "offset=1e9"]) {
    expect((await viewer(`GET /v1/keys?${wrong}`)).status).toBe(400);
  }
});

test("a page has 100 keys at most", async () => {
  const actor = { id: "test", name: "test" };
  const { makeKey } = await import("../../../config/key-secret.ts");
  for (let index = 0; index < 101; index += 1) {
    const { id, digest, lastFour } = makeKey();
    await house.store.accounts.keys.create({ id, digest, lastFour, name: "many", org: house.ids.orgA }, actor);
  }
  const page = await house.as("viewer", "orgA")("GET /v1/keys?limit=1000000000");
  expect(idsOf(page)).toHaveLength(100);
  expect(page.body["has_more"]).toBe(true);
});

test("a key reads of itself", async () => {
  const answer = await house.as("none")("GET /v1/auth/key");
  expect(dataOf(answer)).toMatchObject({
    name: "test",
    role: null,
    limit: null,
    limit_remaining: null,
    usage: 0,
    is_free_tier: false,
    is_management_key: false,
    rate_limit: { requests: -1 },
    policy: {},
    inherited: [],
  });
  expect(dataOf(await house.as("admin", "teamA1")("GET /v1/key"))).toMatchObject({
    is_management_key: true,
    org: house.ids.orgA,
    team: house.ids.teamA1,
  });
});

test("a store that is away is a 503 without its own words", async () => {
  const { keys } = house.store.accounts;
  const { StoreError } = await import("../../../store/errors.ts");
  const { list } = keys;
  Object.assign(keys, { list: () => Promise.reject(new StoreError("unavailable", "host db.internal is gone")) });
  const answer = await owner("GET /v1/keys");
  Object.assign(keys, { list });
  expect(answer).toMatchObject({ status: 503, body: { error: { type: "service_unavailable_error" } } });
  expect(JSON.stringify(answer.body)).not.toContain("db.internal");
});
