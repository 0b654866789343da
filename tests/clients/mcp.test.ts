import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./gateway.ts";

/** What the official client of MCP makes of the gateway's tools. */

const installed = existsSync(fileURLToPath(new URL("node_modules/@modelcontextprotocol/client", import.meta.url)));
const library = installed ? await import("@modelcontextprotocol/client") : undefined;

const OWNER = "an-owners-key-for-these-tests";
const ROLELESS = "a-key-without-a-role-for-tests";

const configuration = (simulator: string) => ({
  keys: [
    { name: "owner", key: OWNER, role: "owner" },
    { name: "plain", key: ROLELESS },
  ],
  providers: {
    chat: {
      auth: "none",
      models: [{ id: "m", price: { input: 3, output: 15 } }, "n"],
      endpoints: { "openai-chat": { baseUrl: `${simulator}/v1` } },
    },
  },
  models: { fast: { targets: ["chat/m"] } },
});

let simulator: Simulator;
let gateway: Gateway;
beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url, configuration(simulator.url));
});
afterAll(async () => {
  await gateway?.close();
  await simulator.close();
});

type Client = InstanceType<NonNullable<typeof library>["Client"]>;
type Revision = "2025-11-25" | "2026-07-28";

async function connect(key: string, { path = "/mcp", revision = "2025-11-25" as Revision } = {}): Promise<Client> {
  if (library === undefined) throw new Error("The client is not installed.");
  const { Client, StreamableHTTPClientTransport } = library;
  const client = new Client(
    { name: "tests", version: "1" },
    revision === "2025-11-25" ? {} : { versionNegotiation: { mode: { pin: revision } } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(gateway.url + path), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  return client;
}

interface Result {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what each tool answers is asserted where it is asked for.
  readonly data: any;
}

async function call(client: Client, name: string, input: Record<string, unknown> = {}): Promise<Result> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: input });
  const [first] = content ?? [];
  return { isError: isError === true, text: first?.type === "text" ? first.text : "", data: structuredContent };
}

const namesOf = async (client: Client): Promise<readonly string[]> =>
  (await client.listTools()).tools.map(({ name }) => name);

/** POST with the key's own REST API. */
async function rest(key: string, line: string, body?: unknown) {
  const [method = "", path = ""] = line.split(" ");
  const answer = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return JSON.parse(await answer.text());
}

/** What was made for the table below. */
interface Scene {
  readonly victim: string;
  readonly generation: string;
}

type Check = (scene: Scene) => {
  readonly input: Record<string, unknown>;
  readonly expected: unknown;
};

const listOf = (...data: unknown[]) => expect.objectContaining({ data: expect.arrayContaining(data) });
const some = (fields: Record<string, unknown>) => expect.objectContaining(fields);

/** A row for every tool: what it is called with, and what it says. A tool without a row fails the test. */
const TABLE: Readonly<Record<string, Check>> = {
  list_models: () => ({
    input: { provider: "chat", limit: 1 },
    expected: some({ data: [some({ owned_by: "chat" })], has_more: true, last_id: expect.any(String), total: 4 }),
  }),
  get_model: () => ({ input: { model: "chat/m" }, expected: some({ id: "chat/m", object: "model" }) }),
  explain_plan: () => ({
    input: { model: "fast", prompt: "Hello" },
    expected: some({ object: "signalbox.plan", targets: [some({ model: "chat/m" })] }),
  }),
  list_providers: () => ({ input: {}, expected: listOf(some({ slug: "chat" })) }),
  list_routers: () => ({ input: {}, expected: { routers: [some({ name: "policy" })] } }),
  get_router: () => ({ input: { name: "policy" }, expected: some({ name: "policy" }) }),
  get_credits: () => ({ input: {}, expected: some({ balance: null, total_usage: expect.any(Number) }) }),
  get_usage: () => ({
    input: { group_by: ["day", "model", "key_id"] },
    expected: some({ object: "usage", data: [some({ model: "m" })] }),
  }),
  list_requests: () => ({ input: { limit: 5 }, expected: listOf(some({ model: "m" })) }),
  get_generation: ({ generation }) => ({
    input: { id: generation },
    expected: { data: some({ id: generation, model: "chat/m" }) },
  }),
  list_keys: ({ victim }) => ({ input: { limit: 100 }, expected: listOf(some({ id: victim })) }),
  get_key: ({ victim }) => ({ input: { key_id: victim }, expected: { data: some({ id: victim, usage: 0 }) } }),
  get_own_key: () => ({ input: {}, expected: { data: some({ role: "owner", is_management_key: true }) } }),
  create_key: () => ({
    input: { name: "by a model", label: "for tests", rate_limit: 60, limit: 2.5, settings: { concurrency: 3 } },
    expected: {
      key: expect.stringMatching(/^sb_/),
      data: some({
        name: "by a model",
        metadata: { label: "for tests" },
        limit: 2.5,
        concurrency: 3,
        limits: [{ unit: "requests", per: "minute", limit: 60 }],
      }),
    },
  }),
  update_key: ({ victim }) => ({
    input: { key_id: victim, name: "another name", models: ["chat/*"] },
    expected: { data: some({ id: victim, name: "another name", models: ["chat/*"] }) },
  }),
  rotate_key: ({ victim }) => ({
    input: { key_id: victim, overlap_hours: 0 },
    expected: { key: expect.stringMatching(/^sb_/), data: some({ id: victim }) },
  }),
  revoke_key: ({ victim }) => ({ input: { key_id: victim }, expected: { data: some({ disabled: true }) } }),
  delete_key: ({ victim }) => ({ input: { key_id: victim }, expected: { deleted: true } }),
  list_organizations: () => ({ input: {}, expected: listOf(some({ name: "A" })) }),
  list_teams: () => ({ input: {}, expected: listOf(some({ name: "A1" })) }),
};

async function setScene(): Promise<Scene> {
  const victim = await rest(OWNER, "POST /v1/keys", { name: "victim" });
  const answer = await rest(OWNER, "POST /v1/chat/completions", {
    model: "chat/m",
    messages: [{ role: "user", content: "Hello" }],
    metadata: {},
  });
  expect(answer.choices).toHaveLength(1);
  const { data } = await rest(OWNER, "GET /v1/usage/requests?limit=1");
  return { victim: victim.data.id, generation: data[0].id };
}

describe.skipIf(library === undefined)("the MCP server", () => {
  beforeAll(async () => {
    const org = await rest(OWNER, "POST /v1/organizations", { name: "A" });
    await rest(OWNER, "POST /v1/teams", { name: "A1", org: org.data.id });
    const policy = { name: "policy", defaultModel: "chat/m" };
    await rest(OWNER, "POST /v1/routers", policy);
  });

  test.each([
    ["/mcp", "2025-11-25"],
    ["/api/v1/mcp", "2026-07-28"],
  ] as const)("lists tools at %s in the revision %s, and every one of them does its work", async (path, revision) => {
    const client = await connect(OWNER, { path, revision });
    const { tools } = await client.listTools();
    const order = Object.keys(TABLE);
    expect(tools.map(({ name }) => name).toSorted()).toEqual(order.toSorted());
    const scene = await setScene();
    for (const { name, description, inputSchema } of tools.toSorted(
      (one, other) => order.indexOf(one.name) - order.indexOf(other.name),
    )) {
      expect(description, name).toMatch(/\.$/);
      expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
      const check = TABLE[name]?.(scene);
      const { isError, text, data } = await call(client, name, check?.input);
      expect([name, isError, text], text).toEqual([name, false, JSON.stringify(data)]);
      expect(data, name).toEqual(check?.expected);
    }
    await client.close();
  });

  test("explains without asking anybody", async () => {
    const client = await connect(OWNER);
    simulator.journal.clear();
    for (const dialect of ["openai-chat", "openai-responses", "anthropic-messages", "gemini"]) {
      const { isError, data } = await call(client, "explain_plan", { model: "chat/m", prompt: "Hello", dialect });
      expect([dialect, isError, data?.targets?.[0]?.model]).toEqual([dialect, false, "chat/m"]);
    }
    expect(simulator.journal.entries).toHaveLength(0);
    await client.close();
  });

  test("shows a viewer what it may read, and refuses the rest although it knows the names", async () => {
    const { key } = await rest(OWNER, "POST /v1/keys", { name: "viewer", role: "viewer" });
    const client = await connect(key);
    const names = await namesOf(client);
    expect(names).toContain("list_keys");
    for (const hidden of ["create_key", "update_key", "revoke_key", "rotate_key", "delete_key"]) {
      expect(names).not.toContain(hidden);
      await expect(call(client, hidden, { key_id: "x", name: "x" })).rejects.toThrow(/no tool/);
    }
    await client.close();
  });

  test("refuses a key without a role, and one that opens nothing", async () => {
    await expect(connect(ROLELESS)).rejects.toThrow(/role \(none\)/);
    await expect(connect("a-key-that-nobody-was-given")).rejects.toThrow(/API key/);
  });

  test("hides the keys of another organisation", async () => {
    const orgs = await Promise.all(
      ["B", "C"].map(async (name) => (await rest(OWNER, "POST /v1/organizations", { name })).data.id),
    );
    const [mine, other] = await Promise.all(
      orgs.map((org) => rest(OWNER, "POST /v1/keys", { name: `admin of ${org}`, org, role: "admin" })),
    );
    const client = await connect(mine.key);
    const { data } = await call(client, "list_keys");
    expect(data.data.map(({ id }: { readonly id: string }) => id)).toEqual([mine.data.id]);
    for (const name of ["get_key", "update_key", "revoke_key", "rotate_key", "delete_key"]) {
      const { isError, text } = await call(client, name, { key_id: other.data.id });
      expect([name, isError, text]).toEqual([name, true, `There is no key '${other.data.id}'.`]);
    }
    const { isError } = await call(client, "create_key", { name: "for others", org: orgs[1] });
    expect(isError).toBe(true);
    await client.close();
  });

  test("tells what is wrong with arguments, in words that name them", async () => {
    const client = await connect(OWNER);
    const strange = await call(client, "list_keys", { includeDisabled: true });
    expect([strange.isError, strange.text]).toEqual([true, expect.stringContaining("includeDisabled")]);
    const negative = await call(client, "create_key", { name: "x", settings: { budgets: "none" } });
    expect([negative.isError, negative.text]).toEqual([true, expect.stringContaining("budgets")]);
    const empty = await call(client, "get_key", { key_id: " " });
    expect([empty.isError, empty.text]).toEqual([true, expect.stringContaining("key_id")]);
    await client.close();
  });

  test("leaves revoked keys out of the list until they are asked for", async () => {
    const client = await connect(OWNER);
    const { data } = await rest(OWNER, "POST /v1/keys", { name: "soon revoked" });
    await call(client, "revoke_key", { key_id: data.id });
    const ids = async (input: Record<string, unknown>) =>
      (await call(client, "list_keys", input)).data.data.map(({ id }: { readonly id: string }) => id);
    expect(await ids({})).not.toContain(data.id);
    expect(await ids({ include_disabled: true })).toContain(data.id);
    await client.close();
  });

  test("notes a change in the audit log as the REST API does", async () => {
    const client = await connect(OWNER);
    const { data } = await call(client, "create_key", { name: "audited" });
    const { data: entries } = await rest(OWNER, "GET /v1/audit?limit=20");
    const entry = entries.find(({ subject }: { readonly subject: string }) => subject.includes(data.data.id));
    expect(entry).toMatchObject({ action: "key.create" });
    expect(JSON.stringify(entries)).not.toContain(data.key);
    await client.close();
  });
});
