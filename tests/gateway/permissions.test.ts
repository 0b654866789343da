import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mayCall, permissions } from "../../packages/gateway/src/server/permissions.ts";
import { PREFIXES } from "../../packages/gateway/src/server/prefixes.ts";
import { type Rig, send, startRig } from "./support.ts";

const callers = ["none", "viewer", "editor", "admin", "owner"] as const;

type Caller = (typeof callers)[number];

const everybody = "none viewer editor admin owner";
const asking = "none editor admin owner";
const reading = "viewer editor admin owner";
const editing = "editor admin owner";
const managing = "admin owner";
const owning = "owner";
/** Without a key, too. */
const open = "open";

/**
 * Who may call what, written out on purpose and not computed: a route that is new, or a role that gained one, is seen here first.
 */
const GOLDEN: Readonly<Record<string, string>> = {
  "POST /v1/chat/completions": asking,
  "POST /v1/responses": asking,
  "POST /v1/responses/input_tokens": asking,
  "GET /v1/responses/:id": asking,
  "DELETE /v1/responses/:id": asking,
  "POST /v1/responses/:id/cancel": asking,
  "GET /v1/responses/:id/input_items": asking,
  "POST /v1/conversations": asking,
  "GET /v1/conversations/:id": asking,
  "POST /v1/conversations/:id": asking,
  "DELETE /v1/conversations/:id": asking,
  "GET /v1/conversations/:id/items": asking,
  "POST /v1/conversations/:id/items": asking,
  "GET /v1/conversations/:id/items/:item": asking,
  "DELETE /v1/conversations/:id/items/:item": asking,
  "POST /v1/messages": asking,
  "POST /v1/messages/count_tokens": asking,
  "POST /v1beta/*": asking,
  "POST /v1/models/*": asking,
  "POST /model/*": asking,
  "POST /v1/projects/*": asking,
  "POST /v1/publishers/*": asking,
  "POST /v1beta1/projects/*": asking,
  "POST /v1beta1/publishers/*": asking,
  "POST /v1/completions": asking,
  "POST /v1/embeddings": asking,
  "POST /v1/images/generations": asking,
  "POST /v1/images/edits": asking,
  "POST /v1/rerank": asking,
  "POST /v2/embed": asking,
  "POST /v2/rerank": asking,
  "POST /v1/audio/transcriptions": asking,
  "POST /v1/audio/translations": asking,
  "POST /v1/audio/speech": asking,
  "POST /v1/moderations": asking,
  "POST /v1/chat/moderations": asking,
  "POST /v1/files": asking,
  "GET /v1/files": asking,
  "GET /v1/files/:id": asking,
  "DELETE /v1/files/:id": asking,
  "GET /v1/files/:id/content": asking,
  "POST /v1/batches": asking,
  "GET /v1/batches": asking,
  "GET /v1/batches/:id": asking,
  "POST /v1/batches/:id": asking,
  "DELETE /v1/batches/:id": asking,
  "POST /v1/batches/:id/cancel": asking,
  "POST /v1/messages/batches": asking,
  "GET /v1/messages/batches": asking,
  "GET /v1/messages/batches/:id": asking,
  "DELETE /v1/messages/batches/:id": asking,
  "POST /v1/messages/batches/:id/cancel": asking,
  "GET /v1/messages/batches/:id/results": asking,
  "GET /v1beta/batches": asking,
  "GET /v1beta/batches/:id": asking,
  "POST /v1beta/batches/:id": asking,
  "DELETE /v1beta/batches/:id": asking,
  "POST /v1/explain": everybody,

  "GET /v1/models": everybody,
  "GET /v1/models/*": everybody,
  "GET /v1/models/count": everybody,
  "GET /v1/providers": everybody,
  "GET /inference-profiles": everybody,
  "GET /inference-profiles/*": everybody,
  "GET /v1beta/models": everybody,
  "GET /v1beta/models/*": everybody,
  "GET /v1beta/v1beta/models": everybody,
  "GET /v1beta/v1beta/models/*": everybody,
  "GET /v1beta/v1/models": everybody,
  "GET /v1beta/v1/models/*": everybody,
  "GET /llm/v1alpha/models": everybody,

  "GET /router/v1/routers": reading,
  "POST /router/v1/routers": editing,
  "GET /router/v1/routers/:id": reading,
  "PATCH /router/v1/routers/:id": editing,
  "DELETE /router/v1/routers/:id": editing,
  "GET /router/v1/operations/:id": reading,
  "GET /lro/v1alpha/operations/:id": reading,
  "GET /v1/routers": reading,
  "POST /v1/routers": editing,
  "GET /v1/routers/:id": reading,
  "PATCH /v1/routers/:id": editing,
  "DELETE /v1/routers/:id": editing,

  "GET /v1/auth/key": everybody,
  "GET /v1/key": everybody,
  "GET /v1/keys": reading,
  "POST /v1/keys": managing,
  "GET /v1/keys/:id": reading,
  "PATCH /v1/keys/:id": managing,
  "DELETE /v1/keys/:id": managing,
  "POST /v1/keys/:id/rotate": managing,
  "POST /v1/keys/:id/reveal": managing,
  "GET /v1/organizations": reading,
  "POST /v1/organizations": owning,
  "GET /v1/organizations/:id": reading,
  "PATCH /v1/organizations/:id": managing,
  "DELETE /v1/organizations/:id": owning,
  "GET /v1/teams": reading,
  "POST /v1/teams": managing,
  "GET /v1/teams/:id": reading,
  "PATCH /v1/teams/:id": managing,
  "DELETE /v1/teams/:id": managing,
  "GET /v1/groups": reading,
  "POST /v1/groups": managing,
  "GET /v1/groups/:id": reading,
  "PATCH /v1/groups/:id": managing,
  "DELETE /v1/groups/:id": managing,
  "GET /v1/credentials": reading,
  "POST /v1/credentials": managing,
  "DELETE /v1/credentials/:id": managing,
  "GET /v1/audit": managing,
  "GET /v1/cache": reading,
  "DELETE /v1/cache": managing,
  "DELETE /v1/cache/:id": asking,

  // Open to all: whose requests a key sees is its scope, which is its own alone where it has no role.
  "GET /v1/usage": everybody,
  "GET /v1/usage.csv": everybody,
  "GET /v1/usage/requests": everybody,
  "GET /v1/usage/requests/:id": everybody,
  "GET /v1/generation": everybody,
  "GET /v1/generation/:id": everybody,
  "GET /v1/credits": everybody,
  "GET /v1/activity": everybody,
  "GET /v1/usage/requests/:id/bodies": managing,

  "GET /passthrough/:provider/*": managing,
  "POST /passthrough/:provider/*": managing,
  "PUT /passthrough/:provider/*": managing,
  "PATCH /passthrough/:provider/*": managing,
  "DELETE /passthrough/:provider/*": managing,

  "POST /mcp": reading,
  "POST /v1/mcp": reading,

  "HEAD /": open,
  "GET /": open,
  "HEAD /hello": open,
  "GET /hello": open,
  "GET /health/live": open,
  "GET /health/ready": open,
};

const secretOf = (caller: Caller) => `the-key-of-the-role-${caller}`;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: callers.map((caller) => ({
      name: caller,
      key: secretOf(caller),
      ...(caller === "none" ? {} : { role: caller }),
    })),
  });
});
afterAll(() => rig.close());

const authorization = (caller: Caller | "nobody"): Record<string, string> =>
  caller === "nobody" ? { authorization: "" } : { authorization: `Bearer ${secretOf(caller)}` };

async function statusFor(caller: Caller | "nobody", method: string, path: string): Promise<number> {
  const answer = await send(rig.gateway.url, {
    method,
    path: path.replace(":id", "none").replace("*", "none:countTokens"),
    headers: authorization(caller),
    ...(["POST", "PUT", "PATCH"].includes(method) ? { body: {} } : {}),
  });
  return answer.status;
}

/** Only these two let nobody in; everything else is what the handler thought of an empty request for something that is not there. */
async function letIn(method: string, path: string): Promise<string> {
  const nobody = await statusFor("nobody", method, path);
  if (nobody !== 401) return nobody === 403 ? "forbidden to strangers" : open;
  const statuses = await Promise.all(
    callers.map(async (caller) => ({ caller, status: await statusFor(caller, method, path) })),
  );
  for (const { status } of statuses) expect(status).not.toBe(401);
  return statuses
    .filter(({ status }) => status !== 403)
    .map(({ caller }) => caller)
    .join(" ");
}

test("every route that is served lets in whom the table says, and nobody else", async () => {
  // What a path does not take is told to everybody, and is no way in.
  const refusals: string[] = [];
  const found: Record<string, string> = {};
  for (const { method, path, permission } of rig.gateway.routes) {
    const line = `${method} ${path}`;
    const who = await letIn(method, path);
    expect([line, permission === "public"]).toEqual([line, who === open]);
    if (who === open && GOLDEN[line] !== open) refusals.push(line);
    else found[line] = who;
  }
  expect(found).toEqual(GOLDEN);
  for (const line of refusals) {
    const [method = "", path = ""] = line.split(" ");
    expect([405, 426], line).toContain(await statusFor("nobody", method, path));
  }
}, 60_000);

test.each(PREFIXES.slice(1))(
  "what is served is served behind %s, with the same gate before it",
  async (prefix) => {
    for (const { method, path } of rig.gateway.routes) {
      for (const caller of ["nobody", "none"] as const) {
        const expected = await statusFor(caller, method, path);
        expect([method, path, caller, await statusFor(caller, method, prefix + path)]).toEqual([
          method,
          path,
          caller,
          expected,
        ]);
      }
    }
  },
  60_000,
);

describe("a refusal", () => {
  const viewer = authorization("viewer");
  const errorOf = (text: string) => JSON.parse(text);

  test("is told in the dialect of the surface", async () => {
    const chat = await send(rig.gateway.url, { path: "/v1/chat/completions", body: {}, headers: viewer });
    expect(errorOf(chat.text)).toMatchObject({ error: { code: "permission_denied", type: "invalid_request_error" } });
    const responses = await send(rig.gateway.url, { path: "/v1/responses", body: {}, headers: viewer });
    expect(errorOf(responses.text)).toMatchObject({ error: { code: "permission_denied" } });
    const messages = await send(rig.gateway.url, { path: "/v1/messages", body: {}, headers: viewer });
    expect(errorOf(messages.text)).toMatchObject({ type: "error", error: { type: "permission_error" } });
    const gemini = await send(rig.gateway.url, { path: "/v1beta/models/m:generateContent", body: {}, headers: viewer });
    expect(errorOf(gemini.text)).toMatchObject({ error: { status: "PERMISSION_DENIED", code: 403 } });
    for (const { status } of [chat, responses, messages, gemini]) expect(status).toBe(403);
  });

  test("is a google.rpc.Status of the router API and an error object of AnyRouter's", async () => {
    const router = await send(rig.gateway.url, { path: "/router/v1/routers", body: {}, headers: viewer });
    expect(errorOf(router.text)).toMatchObject({ code: 7, message: expect.stringContaining("viewer"), details: [] });
    const keys = await send(rig.gateway.url, { path: "/v1/keys", body: {}, headers: viewer });
    expect(errorOf(keys.text)).toMatchObject({ error: { code: "permission_denied", param: null } });
  });

  test("comes before anything of the body is read", async () => {
    const raw = "this is no JSON";
    expect((await send(rig.gateway.url, { path: "/v1/chat/completions", raw, headers: viewer })).status).toBe(403);
    expect((await send(rig.gateway.url, { path: "/v1/keys", raw, headers: viewer })).status).toBe(403);
    expect(rig.simulator.journal.entries).toHaveLength(0);
  });
});

test("a key of a team or an organisation does nothing to the whole installation", () => {
  const whole = permissions.filter((permission) => !mayCall({ role: "owner", org: "o" }, permission));
  expect(whole).toEqual([
    "routers:write",
    "organisations:write",
    "audit:read",
    "cache:read",
    "cache:write",
    "passthrough",
  ]);
  expect(permissions.filter((permission) => !mayCall({ role: "owner", team: "t" }, permission))).toEqual(whole);
  expect(permissions.filter((permission) => !mayCall({ role: "owner" }, permission))).toEqual([]);
});
