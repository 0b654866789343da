import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mayCall } from "../../packages/gateway/src/server/permissions.ts";
import { type Answer, type Call, KEY, type Rig, send, startRig } from "./support.ts";

/** MCP as bytes: what the official client never sends, and what it does not show. */

const ROLELESS = "a-key-without-a-role-for-tests";
const VIEWER = "a-viewers-key-for-the-mcp-tests";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "viewer", key: VIEWER, role: "viewer" },
      { name: "plain", key: ROLELESS },
    ],
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const mcp = (call: Omit<Call, "path"> & { readonly path?: string }): Promise<Answer> =>
  send(rig.gateway.url, { path: "/mcp", ...call });

const message = (method: string, params: object = {}) => ({ jsonrpc: "2.0", id: 1, method, params });

const callTool = (name: string, input: object, headers: Record<string, string> = {}) =>
  mcp({ body: message("tools/call", { name, arguments: input }), headers });

const json = ({ text }: Answer) => JSON.parse(text);

test("answers a list of tools to who has said nothing before, as AnyRouter's documents show it", async () => {
  const answer = await mcp({ body: message("tools/list") });
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toContain("application/json");
  expect(answer.headers["mcp-session-id"]).toBeUndefined();
  const names = json(answer).result.tools.map(({ name }: { readonly name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["list_models", "get_credits", "list_keys", "create_key", "revoke_key"]),
  );
});

test("begins with initialize, makes no session, and takes notifications", async () => {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const begun = await mcp({ body: message("initialize", params) });
  expect(json(begun).result).toMatchObject({ protocolVersion: "2025-11-25", serverInfo: { name: "signalbox" } });
  expect(begun.headers["mcp-session-id"]).toBeUndefined();
  const told = await mcp({ body: { jsonrpc: "2.0", method: "notifications/initialized" } });
  expect([told.status, told.text]).toEqual([202, ""]);
});

test.each(["GET", "DELETE", "PUT"])("has nothing for %s", async (method) => {
  for (const path of ["/mcp", "/v1/mcp", "/api/v1/mcp"]) {
    const answer = await mcp({ method, path });
    expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
  }
});

test("lets nobody in without a role, and tells so in JSON-RPC", async () => {
  const plain = await mcp({ body: message("tools/list"), headers: { authorization: `Bearer ${ROLELESS}` } });
  expect(plain.status).toBe(403);
  expect(json(plain)).toMatchObject({ jsonrpc: "2.0", id: null, error: { message: expect.stringContaining("role") } });
  const nobody = await mcp({ body: message("tools/list"), headers: { authorization: "" } });
  expect([nobody.status, json(nobody).error.code]).toEqual([401, -32_001]);
});

test("is not for pages of other sites", async () => {
  const { host } = new URL(rig.gateway.url);
  const body = message("tools/list");
  for (const origin of ["https://evil.example", "null", "http://localhost:1", `http://${host}.evil.example`]) {
    const answer = await mcp({ body, headers: { origin } });
    expect([origin, answer.status]).toEqual([origin, 403]);
  }
  expect((await mcp({ body, headers: { origin: `http://${host}` } })).status).toBe(200);
  expect((await mcp({ body, headers: { host: "evil.example" } })).status).toBe(421);
});

test.each([
  ["no JSON", "this is none", 400],
  ["a batch", JSON.stringify([message("tools/list")]), 400],
  ["the same name twice", '{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}', 400],
  [
    "what is nested too deeply",
    `{"jsonrpc":"2.0","id":1,"method":"x","params":${"[".repeat(99)}${"]".repeat(99)}}`,
    400,
  ],
  ["what is too large", JSON.stringify(message("tools/list", { filler: "x".repeat(1_100_000) })), 413],
])("refuses %s", async (_what, raw, status) => {
  expect((await mcp({ raw })).status).toBe(status);
});

test("knows no tool that the key may not use, and none that there is not", async () => {
  for (const name of ["delete_key", "no_such_tool", "toString", "__proto__"]) {
    const answer = await callTool(name, { key_id: "x" }, { authorization: `Bearer ${VIEWER}` });
    expect(json(answer)).toMatchObject({ error: { code: -32_602, message: expect.stringContaining(name) } });
  }
});

test("asks with whatever credential the caller sent", async () => {
  const body = message("tools/call", { name: "get_own_key", arguments: {} });
  const none = { authorization: "" };
  for (const call of [
    { headers: { ...none, "x-api-key": KEY } },
    { headers: { ...none, "x-goog-api-key": KEY } },
    { headers: none, path: `/mcp?key=${KEY}` },
  ]) {
    const answer = json(await mcp({ body, ...call }));
    expect(answer.result.structuredContent.data).toMatchObject({ name: "tests", role: "owner" });
  }
});

describe("an id", () => {
  test.each(["..", "../credits", "../../v1/keys", "%2e%2e", "x?limit=1", "x#y", "a/rotate", "*", ":id"])(
    "that is %s leads nowhere else",
    async (id) => {
      for (const name of ["get_key", "delete_key", "revoke_key"]) {
        const { result } = json(await callTool(name, { key_id: id }));
        expect([name, result.isError, result.structuredContent?.status]).toEqual([name, true, 404]);
      }
    },
  );
});

test("shows a secret once, and logs none", async () => {
  const made = json(await callTool("create_key", { name: "made here" })).result.structuredContent;
  expect(made.key).toMatch(/^sb_/);
  for (const name of ["get_key", "update_key"]) {
    expect((await callTool(name, { key_id: made.data.id })).text).not.toContain(made.key);
  }
  expect(JSON.stringify(rig.log)).not.toContain(made.key);
  const asked = await send(rig.gateway.url, {
    path: "/v1/models",
    method: "GET",
    headers: { authorization: `Bearer ${made.key}` },
  });
  expect(asked.status).toBe(200);
  await callTool("revoke_key", { key_id: made.data.id });
  const refused = await send(rig.gateway.url, {
    path: "/v1/models",
    method: "GET",
    headers: { authorization: `Bearer ${made.key}` },
  });
  expect(refused.status).toBe(401);
});

test("a key of a team and of an organisation may use it within its scope", () => {
  expect(mayCall({ role: "viewer", org: "o" }, "mcp")).toBe(true);
  expect(mayCall({ role: "admin", team: "t" }, "mcp")).toBe(true);
  expect(mayCall({}, "mcp")).toBe(false);
});
