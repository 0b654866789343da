import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { keysOptions } from "../../packages/gateway/src/cli/keys/keys-options.ts";
import { runKeys } from "../../packages/gateway/src/cli/keys/run-keys.ts";
import { objectIn } from "./routing-support.ts";
import { type Answer, ask, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

async function api(line: string, body?: unknown, headers: Record<string, string> = {}) {
  const [method = "", path = ""] = line.split(" ");
  const call = { method, path, headers, ...(body === undefined ? {} : { body }) };
  const { status, text } = await send(rig.gateway.url, call);
  return { status, body: objectIn(JSON.parse(text)), text };
}

interface Made {
  readonly secret: string;
  readonly id: string;
}

async function make(body: object = {}): Promise<Made> {
  const { status, body: answer, text } = await api("POST /v1/keys", { name: "made", ...body });
  expect(status, text).toBe(201);
  return { secret: String(answer["key"]), id: String(objectIn(answer["data"])["id"]) };
}

const withKey = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });

function asking(dialect: (typeof DIALECTS)[number], secret: string): Promise<Answer> {
  const call = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "[[say hello]]", stream: false });
  return send(rig.gateway.url, { ...call, headers: { ...call.headers, ...withKey(secret) } });
}

/** Without what is another in every answer. */
const bytesOf = ({ status, text, headers }: Answer) => {
  const { date: _date, "x-request-id": id, "request-id": _id, ...rest } = headers;
  return { status, rest, text: text.replaceAll(String(id), "ID") };
};

describe.each(DIALECTS)("in %s", (dialect) => {
  test("a key works from the moment that it is made", async () => {
    const { secret } = await make();
    const answer = await asking(dialect, secret);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain("hello");
  });

  test("keys that are none, disabled, expired or deleted are refused with the same bytes, at once", async () => {
    const made = await Promise.all([make(), make(), make()]);
    for (const { secret } of made) expect((await asking(dialect, secret)).status).toBe(200);
    const [disabled, expired, deleted] = made;
    await api(`PATCH /v1/keys/${disabled?.id}`, { disabled: true });
    await api(`PATCH /v1/keys/${expired?.id}`, { expires_at: "2020-01-01T00:00:00Z" });
    await api(`DELETE /v1/keys/${deleted?.id}`);
    const unknown = bytesOf(await asking(dialect, "a-key-that-nobody-has-made"));
    expect(unknown.status).toBe(401);
    for (const { secret } of made) expect(bytesOf(await asking(dialect, secret))).toEqual(unknown);
    await api(`PATCH /v1/keys/${disabled?.id}`, { disabled: false });
    expect((await asking(dialect, disabled?.secret ?? "")).status).toBe(200);
  });

  test("a key of another address, or for another surface, is refused in the dialect", async () => {
    const elsewhere = await make({ allow_cidrs: ["203.0.113.0/24"] });
    const others = await make({ surfaces: DIALECTS.filter((other) => other !== dialect) });
    for (const { secret } of [elsewhere, others]) {
      const { status, text } = await asking(dialect, secret);
      expect(status, text).toBe(403);
      expect(text).toMatch(/permission_denied|permission_error|PERMISSION_DENIED/);
    }
  });
});

test("a rotated key works under both secrets for a while, and under the new one after it", async () => {
  const { secret: first, id } = await make();
  const rotate = async (hours: number) =>
    String((await api(`POST /v1/keys/${id}/rotate`, { overlap_hours: hours })).body["key"]);
  const second = await rotate(1);
  for (const secret of [first, second]) expect((await asking("openai-chat", secret)).status).toBe(200);
  const third = await rotate(0);
  expect((await asking("openai-chat", third)).status).toBe(200);
  for (const secret of [first, second]) expect((await asking("openai-chat", secret)).status).toBe(401);
});

test("a key reads of itself, whoever made it", async () => {
  const { secret, id } = await make({ limit: 5, limits: [{ unit: "requests", per: "minute", limit: 60 }] });
  const own = await api("GET /api/v1/auth/key", undefined, withKey(secret));
  expect(own.body).toMatchObject({
    data: {
      id,
      label: `sb_${secret.slice(3, 5)}…${secret.slice(-4)}`,
      limit: 5,
      rate_limit: { requests: 60, interval: "1m" },
      policy: { limits: [{ unit: "requests", per: "minute", limit: 60 }] },
    },
  });
  expect(own.text).not.toContain(secret.slice(15));
  expect((await api("GET /v1/keys", undefined, withKey(secret))).status).toBe(403);
});

test("a team's administrator manages the team's keys, and their policies are those of all above", async () => {
  const org = objectIn((await api("POST /v1/organizations", { name: "org", concurrency: 50 })).body["data"]);
  const team = objectIn(
    (await api("POST /v1/teams", { name: "team", org: org["id"], models: ["chat/*"] })).body["data"],
  );
  const admin = await make({ role: "admin", team: team["id"] });
  const made = await api("POST /v1/keys", { name: "member" }, withKey(admin.secret));
  const member = withKey(String(made.body["key"]));
  expect((await api("GET /v1/auth/key", undefined, member)).body).toMatchObject({
    data: {
      team: team["id"],
      org: org["id"],
      inherited: [
        { kind: "team", id: team["id"], policy: { models: ["chat/*"] } },
        { kind: "org", id: org["id"], policy: { concurrency: 50 } },
      ],
    },
  });
  const listed = await api("GET /v1/keys", undefined, withKey(admin.secret));
  expect(listed.body["data"]).toHaveLength(2);
  // Routers answer for everyone, also for those of other teams.
  const router = { name: "taken", defaultModel: "chat/m" };
  expect((await api("POST /v1/routers", router, withKey(admin.secret))).status).toBe(403);
});

test("changes of routers are in the audit log too", async () => {
  await api("POST /v1/routers", { name: "audited", defaultModel: "chat/m" });
  await api("DELETE /router/v1/routers/audited");
  expect((await api("GET /v1/audit?limit=2")).body["data"]).toMatchObject([
    { action: "router.delete", subject: "routers/audited", actor_name: "tests" },
    { action: "router.create", subject: "routers/audited", actor_name: "tests" },
  ]);
});

test("what the command line does beside a running gateway is noticed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-beside-"));
  const own = await startRig({ store: { folder } });
  const keys = async (line: string) => {
    const said: string[] = [];
    const options = keysOptions([...line.split(" "), "--data", folder, "--json"]);
    await runKeys(options, { environment: {}, terminal: { say: (text) => said.push(text) } });
    return JSON.parse(said.join(""));
  };
  const { key, data } = await keys("create --name beside");
  const call = { ...ask("openai-chat", "chat/m", { text: "[[say hello]]", stream: false }), headers: withKey(key) };
  const status = async () => (await send(own.gateway.url, call)).status;
  expect(await status()).toBe(200);
  await keys(`disable ${data.id}`);
  await vi.waitFor(async () => expect(await status()).toBe(401), { timeout: 15_000, interval: 100 });
  await own.close();
  rmSync(folder, { recursive: true });
}, 20_000);

test("nothing of a key is in the log", async () => {
  const { secret, id } = await make();
  await asking("openai-chat", secret);
  await api(`POST /v1/keys/${id}/rotate`);
  await api(`DELETE /v1/keys/${id}`);
  expect(JSON.stringify(rig.log)).not.toContain(secret.slice(15));
});
