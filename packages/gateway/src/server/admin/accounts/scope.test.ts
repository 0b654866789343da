import type { JsonObject } from "@signalbox/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildHouse, callersGroup, dataOf, type House, idsOf } from "./testing/accounts-api.ts";

let house: House;
beforeAll(async () => {
  house = await buildHouse();
});
afterAll(() => house.close());

const owner: ReturnType<House["as"]> = (...call) => house.as("owner")(...call);

/** One key in each place. */
let keys: { readonly [place in "whole" | "orgA" | "orgB" | "teamA1" | "teamA2" | "teamB1"]: JsonObject };
beforeEach(async () => {
  const { orgA, orgB, teamA1, teamA2, teamB1 } = house.ids;
  const make = async (body: object) => dataOf(await owner("POST /v1/keys", { name: "k", ...body }));
  keys = {
    whole: await make({}),
    orgA: await make({ org: orgA }),
    orgB: await make({ org: orgB }),
    teamA1: await make({ team: teamA1 }),
    teamA2: await make({ team: teamA2 }),
    teamB1: await make({ team: teamB1 }),
  };
});

const reach = {
  "": ["whole", "orgA", "orgB", "teamA1", "teamA2", "teamB1"],
  orgA: ["orgA", "teamA1", "teamA2"],
  orgB: ["orgB", "teamB1"],
  teamA1: ["teamA1"],
  teamB1: ["teamB1"],
} as const;

const places = ["", "orgA", "orgB", "teamA1", "teamB1"] as const;
const asAdmin = (place: (typeof places)[number]) => house.as("admin", place === "" ? undefined : place);

describe.each(places)("an admin of '%s'", (place) => {
  test("sees and changes the keys of that, and no others are there", async () => {
    const admin = asAdmin(place);
    const listed = idsOf(await admin("GET /v1/keys"));
    for (const [where, { id, hash }] of Object.entries(keys)) {
      const within = reach[place].some((name) => name === where);
      const statuses = await Promise.all([
        admin(`GET /v1/keys/${id}`),
        admin(`GET /v1/keys/${hash}`),
        admin(`PATCH /v1/keys/${id}`, { name: "changed" }),
        admin(`POST /v1/keys/${id}/reveal`),
      ]).then((answers) => answers.map(({ status }) => status));
      expect([where, ...statuses]).toEqual([where, ...(within ? [200, 200, 200, 409] : [404, 404, 404, 404])]);
      expect(listed.includes(id), where).toBe(within);
      const rotated = await admin(`POST /v1/keys/${id}/rotate`);
      const deleted = await admin(`DELETE /v1/keys/${id}`);
      expect([rotated.status, deleted.status]).toEqual(within ? [200, 200] : [404, 404]);
    }
  });

  test("makes keys there, and in no other place", async () => {
    const admin = asAdmin(place);
    const { orgA, orgB, teamA1, teamA2, teamB1 } = house.ids;
    const bodies = {
      orgA: { org: orgA },
      orgB: { org: orgB },
      teamA1: { team: teamA1 },
      teamA2: { team: teamA2 },
      teamB1: { team: teamB1 },
    };
    for (const [where, body] of Object.entries(bodies)) {
      const within = reach[place].some((name) => name === where);
      // A team's own organisation says nothing new: the key is one of the team.
      const ownOrg = (place === "teamA1" && where === "orgA") || (place === "teamB1" && where === "orgB");
      const made = await admin("POST /v1/keys", { name: "n", ...body });
      expect([where, made.status]).toEqual([where, within || ownOrg ? 201 : 400]);
      if (ownOrg) expect(dataOf(made)["team"]).toBe(house.ids[place]);
    }
  });

  test("makes keys that belong where it belongs, unless told otherwise", async () => {
    const own = {
      "": { org: null, team: null },
      orgA: { org: house.ids.orgA, team: null },
      orgB: { org: house.ids.orgB, team: null },
      teamA1: { org: house.ids.orgA, team: house.ids.teamA1 },
      teamB1: { org: house.ids.orgB, team: house.ids.teamB1 },
    };
    expect(dataOf(await asAdmin(place)("POST /v1/keys", { name: "n" }))).toMatchObject(own[place]);
  });

  test("cannot move a key out of reach", async () => {
    const inside = keys[reach[place].at(-1) ?? "whole"];
    const admin = asAdmin(place);
    const out =
      place === ""
        ? []
        : place.endsWith("B") || place === "teamB1"
          ? [{ org: house.ids.orgA }, { team: house.ids.teamA2 }, { org: null }]
          : [{ org: house.ids.orgB }, { team: house.ids.teamB1 }, { org: null }];
    for (const body of out) expect((await admin(`PATCH /v1/keys/${inside["id"]}`, body)).status).toBe(400);
  });
});

test("nobody gives a role above their own, or touches a key that has one", async () => {
  const roles = ["viewer", "editor", "admin", "owner"] as const;
  for (const mine of ["admin", "owner"] as const) {
    for (const [rank, role] of roles.entries()) {
      const may = rank <= roles.indexOf(mine);
      const made = await house.as(mine, "orgA")("POST /v1/keys", { name: "n", role });
      expect([mine, role, made.status]).toEqual([mine, role, may ? 201 : 403]);
      const target = dataOf(await owner("POST /v1/keys", { name: "n", role, org: house.ids.orgA }))["id"];
      const call = house.as(mine, "orgA");
      const answers = [
        await call(`PATCH /v1/keys/${target}`, { name: "x" }),
        await call("POST /v1/credentials", {
          owner: { kind: "key", id: target },
          provider: "openai",
          name: "c",
          key: "s",
        }),
        await call(`POST /v1/keys/${target}/rotate`),
        await call(`DELETE /v1/keys/${target}`),
      ];
      expect([mine, role, ...answers.map(({ status }) => status)]).toEqual([
        mine,
        role,
        ...(may ? [200, 201, 200, 200] : [403, 403, 403, 403]),
      ]);
      const plain = keys.orgA["id"];
      const raised = await call(`PATCH /v1/keys/${plain}`, { role });
      expect([mine, role, raised.status]).toEqual([mine, role, may ? 200 : 403]);
      await owner(`PATCH /v1/keys/${plain}`, { role: null });
    }
  }
});

test("a key that a group binds makes no key that the group does not bind", async () => {
  const admin = house.as("admin", "group");
  const provider = { provider: "openai", credential: "main" };
  const group = dataOf(await owner("POST /v1/groups", { name: "other", channels: [provider] }))["id"];
  for (const body of [{}, { group: callersGroup.id }]) {
    // The group of this caller is not in the store, so that it gets as far as that.
    expect(await admin("POST /v1/keys", { name: "n", ...body })).toMatchObject({
      status: 400,
      body: { error: { message: "group: there is none with this id" } },
    });
  }
  for (const body of [{ group }, { group: null }]) {
    expect(await admin("POST /v1/keys", { name: "n", ...body })).toMatchObject({
      status: 400,
      body: { error: { message: "group: must be the group of the key that asks" } },
    });
  }
});

describe("organisations and teams", () => {
  test("are made, shown, changed and deleted, with what limits them", async () => {
    const org = await owner("POST /v1/organizations", {
      name: "New",
      budgets: [{ per: "org", window: "month", limit: 100 }],
    });
    expect(org.status).toBe(201);
    const { id, etag } = dataOf(org);
    expect(dataOf(org)).toMatchObject({
      name: "New",
      budgets: [{ per: "org", window: "month", limit: 100, soft_percent: 80 }],
    });
    const team = await owner("POST /v1/teams", { name: "T", org: id, models: ["a"] });
    expect(dataOf(team)).toMatchObject({ name: "T", org: id, models: ["a"] });
    const changed = await owner(
      `PATCH /v1/organizations/${id}`,
      { name: "Newer", budgets: null },
      { "if-match": String(etag) },
    );
    expect(dataOf(changed)).toMatchObject({ name: "Newer" });
    expect(dataOf(changed)).not.toHaveProperty("budgets");
    expect((await owner(`PATCH /v1/organizations/${id}`, { etag, name: "x" })).status).toBe(412);
    const renamed = await owner(`PATCH /v1/teams/${dataOf(team)["id"]}`, { name: "U", providers: ["openai"] });
    expect(dataOf(renamed)).toMatchObject({ name: "U", models: ["a"], providers: ["openai"] });
    expect((await owner(`PATCH /v1/teams/${dataOf(team)["id"]}`, { org: house.ids.orgB })).status).toBe(400);
    expect(await owner(`DELETE /v1/organizations/${id}`)).toMatchObject({
      status: 409,
      body: { error: { code: "failed_precondition" } },
    });
    expect((await owner(`DELETE /v1/teams/${dataOf(team)["id"]}`)).status).toBe(200);
    expect((await owner(`DELETE /v1/organizations/${id}`)).status).toBe(200);
    expect((await owner(`GET /v1/organizations/${id}`)).status).toBe(404);
  });

  test("are not made of nothing, or of more than they are", async () => {
    for (const body of [
      {},
      { name: "x", org: house.ids.orgA },
      { name: "x", id: "org_0000000000000000" },
      { name: "x", role: "owner" },
    ]) {
      expect((await owner("POST /v1/organizations", body)).status).toBe(400);
    }
    for (const body of [{ name: "x" }, { name: "x", org: "org_0000000000000000" }, { org: house.ids.orgA }]) {
      expect((await owner("POST /v1/teams", body)).status).toBe(400);
    }
    for (const id of ["x", "' OR '1'='1".replaceAll(" ", "%20"), "o".repeat(10_000), house.ids.teamA1]) {
      expect((await owner(`GET /v1/organizations/${id}`)).status).toBe(404);
    }
  });

  test("are seen from above and from inside, and limited from above only", async () => {
    const { orgA, orgB, teamA1, teamA2, teamB1 } = house.ids;
    const orgAdmin = house.as("admin", "orgA");
    const teamAdmin = house.as("owner", "teamA1");
    expect(idsOf(await owner("GET /v1/organizations"))).toEqual(expect.arrayContaining([orgA, orgB]));
    expect(idsOf(await orgAdmin("GET /v1/organizations"))).toEqual([orgA]);
    expect(idsOf(await teamAdmin("GET /v1/organizations"))).toEqual([]);
    expect(idsOf(await orgAdmin("GET /v1/teams"))).toEqual(expect.arrayContaining([teamA1, teamA2]));
    expect(idsOf(await orgAdmin("GET /v1/teams"))).not.toContain(teamB1);
    expect(idsOf(await teamAdmin("GET /v1/teams"))).toEqual([teamA1]);
    const budgets = [{ per: "org", window: "month", limit: 1e6 }];
    const statuses = async (call: typeof owner, lines: readonly (readonly [string, object?])[]) => {
      const answers = [];
      for (const [line, body] of lines) answers.push((await call(line, body)).status);
      return answers;
    };
    expect(
      await statuses(orgAdmin, [
        [`PATCH /v1/organizations/${orgA}`, { budgets }],
        [`PATCH /v1/organizations/${orgB}`, { budgets }],
        [`PATCH /v1/teams/${teamA1}`, { models: ["x"] }],
        [`PATCH /v1/teams/${teamB1}`, { models: ["x"] }],
        ["POST /v1/teams", { name: "mine" }],
        ["POST /v1/teams", { name: "mine", org: orgB }],
        ["POST /v1/organizations", { name: "mine" }],
      ]),
    ).toEqual([403, 404, 200, 404, 201, 400, 403]);
    expect(
      await statuses(teamAdmin, [
        [`GET /v1/teams/${teamA1}`],
        [`GET /v1/teams/${teamA2}`],
        [`PATCH /v1/teams/${teamA1}`, { models: null }],
        [`DELETE /v1/teams/${teamA1}`],
        [`PATCH /v1/organizations/${orgA}`, {}],
        ["POST /v1/teams", { name: "mine", org: orgA }],
        ["GET /v1/audit"],
      ]),
    ).toEqual([200, 404, 403, 403, 404, 403, 403]);
  });
});

describe("groups", () => {
  const channels = [{ provider: "openai", credential: "main", priority: 1, weight: 2 }];

  test("bind keys to channels", async () => {
    const group = await owner("POST /v1/groups", { name: "g", channels, models: ["gpt-5"] });
    expect(dataOf(group)).toMatchObject({ name: "g", org: null, channels, models: ["gpt-5"] });
    const { id } = dataOf(group);
    const key = dataOf(await owner("POST /v1/keys", { name: "k", group: id }));
    expect(key["group"]).toBe(id);
    expect((await owner(`DELETE /v1/groups/${id}`)).status).toBe(409);
    const changed = await owner(`PATCH /v1/groups/${id}`, {
      models: null,
      channels: [{ provider: "anthropic", credential: "x" }],
    });
    expect(dataOf(changed)).toMatchObject({
      models: null,
      channels: [{ provider: "anthropic", priority: 0, weight: 1 }],
    });
    await owner(`PATCH /v1/keys/${key["id"]}`, { group: null });
    expect((await owner(`DELETE /v1/groups/${id}`)).status).toBe(200);
  });

  test("lead to providers that there are", async () => {
    expect(
      await owner("POST /v1/groups", { name: "g", channels: [{ provider: "nobody", credential: "x" }] }),
    ).toMatchObject({
      status: 400,
      body: { error: { param: "channels[0].provider" } },
    });
    expect((await owner("POST /v1/groups", { name: "g", channels: [] })).status).toBe(400);
  });

  test("are of an organisation or of all, and of no team", async () => {
    const orgAdmin = house.as("admin", "orgA");
    const own = dataOf(await orgAdmin("POST /v1/groups", { name: "g", channels }));
    expect(own["org"]).toBe(house.ids.orgA);
    const whole = dataOf(await owner("POST /v1/groups", { name: "g", channels }));
    expect(idsOf(await orgAdmin("GET /v1/groups"))).toEqual([own["id"]]);
    expect((await orgAdmin(`GET /v1/groups/${whole["id"]}`)).status).toBe(404);
    expect((await orgAdmin("POST /v1/groups", { name: "g", channels, org: house.ids.orgB })).status).toBe(403);
    const teamAdmin = house.as("admin", "teamA1");
    expect((await teamAdmin(`GET /v1/groups/${own["id"]}`)).status).toBe(200);
    expect((await teamAdmin(`PATCH /v1/groups/${own["id"]}`, { name: "x" })).status).toBe(403);
    expect((await teamAdmin(`DELETE /v1/groups/${own["id"]}`)).status).toBe(403);
    expect((await teamAdmin("POST /v1/groups", { name: "g", channels })).status).toBe(403);
    expect((await house.as("admin", "orgB")("POST /v1/keys", { name: "k", group: own["id"] })).status).toBe(400);
    expect((await teamAdmin("POST /v1/keys", { name: "k", group: own["id"] })).status).toBe(201);
  });
});

describe("provider accounts", () => {
  const canary = "sk-canary-0123456789";
  const account = (kind: string, id: unknown, more: object = {}) => ({
    owner: { kind, id },
    provider: "openai",
    name: "mine",
    key: canary,
    ...more,
  });

  test("are written, and never read back", async () => {
    const before = house.refreshes();
    const made = await owner("POST /v1/credentials", account("team", house.ids.teamA1, { priority: 2, weight: 3 }));
    expect(made.status).toBe(201);
    expect(house.refreshes()).toBe(before + 1);
    const { id } = dataOf(made);
    const list = await owner(`GET /v1/credentials?owner_kind=team&owner_id=${house.ids.teamA1}`);
    expect(list.body["data"]).toEqual([
      {
        id,
        owner: { kind: "team", id: house.ids.teamA1 },
        provider: "openai",
        name: "mine",
        priority: 2,
        weight: 3,
        created_at: "2026-11-21T12:00:00.000Z",
      },
    ]);
    const audit = await owner("GET /v1/audit?limit=1");
    expect(audit.body["data"]).toMatchObject([{ action: "credential.create", subject: `credentials/${id}` }]);
    for (const { body } of [made, list, audit]) expect(JSON.stringify(body)).not.toContain(canary);
    expect((await owner(`DELETE /v1/credentials/${id}`)).status).toBe(200);
    expect((await owner(`DELETE /v1/credentials/${id}`)).status).toBe(404);
  });

  test("may be a cloud's, as JSON text", async () => {
    const key = '{"accessKeyId":"AKID","secretAccessKey":"s"}';
    const made = (body: object) => owner("POST /v1/credentials", body);
    expect((await made(account("team", house.ids.teamA1, { key }))).status).toBe(201);
    const machines = await made(account("team", house.ids.teamA1, { key: '{"metadata":"google"}' }));
    expect([machines.status, JSON.stringify(machines.body)]).toEqual([
      400,
      expect.stringContaining("the identity of this machine is the operator's"),
    ]);
  });

  test("are of somebody in the caller's scope", async () => {
    const { orgA, orgB, teamA1, teamA2, teamB1 } = house.ids;
    const owners = {
      whole: ["key", keys.whole["id"]],
      orgA: ["org", orgA],
      orgB: ["org", orgB],
      teamA1: ["team", teamA1],
      teamA2: ["team", teamA2],
      teamB1: ["team", teamB1],
    } as const;
    for (const place of places) {
      const admin = asAdmin(place);
      for (const [where, [kind, id]] of Object.entries(owners)) {
        const within = reach[place].some((name) => name === where);
        const made = await admin("POST /v1/credentials", account(kind, id));
        const listed = await admin(`GET /v1/credentials?owner_kind=${kind}&owner_id=${id}`);
        expect([place, where, made.status, listed.status]).toEqual([
          place,
          where,
          ...(within ? [201, 200] : [404, 404]),
        ]);
      }
    }
    const foreign = dataOf(await owner("POST /v1/credentials", account("team", teamB1)))["id"];
    expect((await house.as("admin", "orgA")(`DELETE /v1/credentials/${foreign}`)).status).toBe(404);
    expect((await house.as("admin", "teamA1")("GET /v1/credentials")).status).toBe(200);
  });

  test.each([
    ["no owner", { provider: "openai", name: "n", key: "k" }],
    ["an owner of no kind", account("user", "x")],
    ["an owner of more than it is", { ...account("key", "x"), owner: { kind: "key", id: "x", role: "owner" } }],
    ["a provider that is none", account("key", "000000000000", { provider: "nobody" })],
    ["a secret that is empty", account("key", "000000000000", { key: "" })],
    ["an unknown field", account("key", "000000000000", { sealed: "x" })],
    ["an account of no known form", account("key", "000000000000", { key: '{"type":"external_account"}' })],
    ["this machine's identity", account("key", "000000000000", { key: '{"chain":"aws"}' })],
  ])("are not made with %s", async (_what, body) => {
    const answer = await owner("POST /v1/credentials", body);
    expect([400, 404]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).not.toContain(canary);
  });
});
