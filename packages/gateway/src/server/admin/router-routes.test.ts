import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Router } from "../../config/router.ts";
import type { AuditEntry } from "../../store/accounts/accounts.ts";
import { StoreError } from "../../store/errors.ts";
import { routerRoutes } from "./router-routes.ts";
import { statusBody } from "./status.ts";
import { type ApiServer, serveApi } from "./testing/api-server.ts";
import { type MemoryAdmin, memoryAdmin } from "./testing/memory-admin.ts";

const lone = (model: string) => [{ variant: { id: "variant-1", model }, weight: 100 }];
const fileRouter: Router = { name: "from-file", routes: [], defaultRoute: { id: "default", variants: lone("a/b") } };

let admin: MemoryAdmin;
let api: ApiServer;
let audited: Pick<AuditEntry, "action" | "subject" | "detail">[];

beforeEach(async () => {
  admin = memoryAdmin([fileRouter], (router) =>
    router.routes.flatMap((route, index) =>
      route.condition === "1 + true"
        ? [{ path: ["routes", index, "condition"], message: "no such overload: int + bool (line 1, column 3)" }]
        : [],
    ),
  );
  audited = [];
  const audit = async (entry: (typeof audited)[number]) => void audited.push(entry);
  api = await serveApi({ routes: routerRoutes({ admin, audit }), errorBody: statusBody });
});
afterEach(() => api.close());

const support = {
  name: "routers/support",
  displayName: "Support",
  routes: [
    {
      route: {
        route_id: "premium",
        variants: [{ variant: { variant_id: "v", model_id: "openai/gpt-5" }, weight: 100 }],
      },
      condition: { cel_expression: 'tier == "premium"' },
    },
  ],
  defaultRoute: { route_id: "rest", variants: [{ variant: { variant_id: "v", model_id: "groq/llama" }, weight: 100 }] },
};

const violation = (field: string, description: string) => ({
  code: 3,
  message: `${field}: ${description}`,
  details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] }],
});

describe("the vendor's API", () => {
  test("creates, shows, changes and deletes, and every write is an operation that is done", async () => {
    const created = await api.call("POST /router/v1/routers", support);
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({
      name: expect.stringMatching(/^operations\/[0-9a-f-]{36}$/),
      metadata: { "@type": expect.stringContaining("CreateRouterMetadata"), target: "routers/support" },
      done: true,
      response: { ...support, createTime: "1970-01-01T00:00:01.000Z", updateTime: "1970-01-01T00:00:01.000Z" },
    });

    const shown = await api.call("GET /router/v1/routers/support");
    expect(shown.body).toMatchObject({ ...support, etag: '"1"' });
    expect(shown.headers.get("etag")).toBe('"1"');

    const changed = await api.call("PATCH /router/v1/routers/support?update_mask=displayName", {
      name: "support",
      displayName: "Other",
    });
    expect(changed.body).toMatchObject({ done: true, response: { ...support, displayName: "Other", etag: '"2"' } });

    const removed = await api.call("DELETE /router/v1/routers/support");
    expect(removed.body).toMatchObject({ done: true, response: {} });
    expect((await api.call("GET /router/v1/routers/support")).status).toBe(404);
  });

  test("answers who polls an operation, on the vendor's two paths", async () => {
    const { body } = await api.call("POST /router/v1/routers", support);
    expect((await api.call(`GET /router/v1/${body["name"]}`)).body).toEqual(body);
    expect((await api.call(`GET /lro/v1alpha/${body["name"]}`)).body).toEqual(body);
    expect((await api.call("GET /router/v1/operations/none")).body).toMatchObject({ code: 5 });
  });

  test("takes the router inside an envelope, and its id beside it", async () => {
    const { name: _, ...nameless } = support;
    const one = await api.call("POST /router/v1/routers", { router: nameless, routerId: "one" });
    expect(one.body).toMatchObject({ response: { name: "routers/one" } });
    const two = await api.call("POST /router/v1/routers?router_id=two", nameless);
    expect(two.body).toMatchObject({ response: { name: "routers/two" } });
    const three = await api.call("POST /router/v1/routers?routerId=three", support);
    expect(three.body).toEqual(violation("router_id", "is not the router's name"));
    const four = await api.call("POST /router/v1/routers", { router: { ...nameless, wieght: 1 }, routerId: "four" });
    expect(four.body).toEqual(violation("router.wieght", "unknown field"));
    const five = await api.call("PATCH /router/v1/routers/one", {
      router: { displayName: "x" },
      updateMask: "display_name",
    });
    expect(five.body).toMatchObject({ response: { displayName: "x", defaultRoute: support.defaultRoute } });
  });

  test("lists page by page, in the order of names, in either spelling", async () => {
    for (const name of ["c", "a", "b"]) await api.call("POST /router/v1/routers", { ...support, name });
    const first = await api.call("GET /router/v1/routers?page_size=2");
    expect(first.body).toMatchObject({ routers: [{ name: "routers/a" }, { name: "routers/b" }] });
    const next = await api.call(`GET /router/v1/routers?pageSize=2&pageToken=${first.body["nextPageToken"]}`);
    expect(next.body).toMatchObject({
      routers: [{ name: "routers/c" }, { name: "routers/from-file", readOnly: true }],
    });
    expect(next.body).not.toHaveProperty("nextPageToken");
    expect((await api.call("GET /router/v1/routers?page_size=0")).body["routers"]).toHaveLength(4);
    expect((await api.call("GET /router/v1/routers?page_size=5000")).body["routers"]).toHaveLength(4);
    expect(await api.call("GET /router/v1/routers?page_size=-1")).toMatchObject({
      status: 400,
      body: violation("page_size", "must be a whole number"),
    });
    expect(await api.call("GET /router/v1/routers?page_token=!!")).toMatchObject({ status: 400, body: { code: 3 } });
  });

  test("clears what a mask names and the body does not have", async () => {
    await api.call("POST /router/v1/routers", support);
    const mask = "display_name,defaults,routes,default_route";
    const { defaultRoute } = support;
    const changed = await api.call(`PATCH /router/v1/routers/support?update_mask=${mask}`, {
      name: "support",
      defaultRoute,
    });
    expect(changed.body["response"]).not.toHaveProperty("displayName");
    expect(changed.body).toMatchObject({ response: { routes: [], defaultRoute } });
  });
});

describe("the OpenAPI document's API", () => {
  test("creates, shows, changes and deletes plain objects", async () => {
    const router = {
      name: "short",
      description: "x",
      rules: [],
      defaultModel: "a/b",
      cache: { enabled: true, ttlSeconds: 60 },
    };
    const created = await api.call("POST /v1/routers", router);
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({ id: "short", ...router });
    expect((await api.call("GET /v1/routers/short")).body).toEqual(created.body);
    const changed = await api.call("PATCH /v1/routers/short", { cache: { enabled: false } });
    expect(changed.body).toMatchObject({ ...router, cache: { enabled: false } });
    expect((await api.call("GET /v1/routers")).body).toMatchObject({ routers: [{ id: "from-file" }, { id: "short" }] });
    const removed = await api.call("DELETE /v1/routers/short");
    expect([removed.status, removed.body]).toEqual([204, {}]);
  });

  test("shows and changes a router of the vendor's shape without harm to it", async () => {
    await api.call("POST /router/v1/routers", support);
    const shown = await api.call("GET /v1/routers/support");
    expect(shown.body).toMatchObject({
      id: "support",
      displayName: "Support",
      rules: [
        { type: "conditional", id: "premium", condition: 'tier == "premium"' },
        { type: "split", id: "rest", variants: [{ id: "v", model: "groq/llama", weight: 100 }] },
      ],
    });
    await api.call("PATCH /v1/routers/support", { description: "Short" });
    await api.call("PATCH /v1/routers/support", shown.body);
    expect((await api.call("GET /router/v1/routers/support")).body).toMatchObject({ ...support, description: "Short" });
  });
});

describe.each([["/router/v1/routers"], ["/v1/routers"]])("at %s", (path) => {
  const create = (body: unknown, headers = {}) => api.call(`POST ${path}`, body, headers);

  test.each<readonly [string, unknown, string, string]>([
    [
      "weights of 99",
      { name: "r", defaultRoute: { variants: [{ variant: { modelId: "a/b" }, weight: 99 }] } },
      "defaultRoute.variants",
      "the weights of a route must add up to exactly 100, these add up to 99",
    ],
    [
      "both ways to search",
      { name: "r", rules: [{ condition: "x", variants: [{ model: "a/b", web_search: {}, web_search_options: {} }] }] },
      "rules[0].variants[0].web_search_options",
      "web_search and web_search_options exclude each other: write one of them",
    ],
    ["an unknown field", { name: "r", default_rout: 1 }, "default_rout", "unknown field; did you mean default_route?"],
    [
      "a router that names itself",
      { name: "r", defaultModel: "inworld/r" },
      "defaultModel",
      "a router cannot name itself",
    ],
    [
      "a condition of the wrong type",
      { name: "r", rules: [{ provider: {} }, { condition: "1 + true", model: "a/b" }] },
      "rules[1].condition",
      "no such overload: int + bool (line 1, column 3)",
    ],
  ])("%s is a 400 that names the field", async (...[, body, field, description]) => {
    const answer = await create(body);
    expect([answer.status, answer.body]).toEqual([400, violation(field, description)]);
  });

  test.each<readonly [string, string, string]>([
    ["no JSON", "{", "ends too early"],
    ["a list", "[]", "must be a JSON object"],
    ["nothing", "", "JSON"],
    ["the same field twice", '{"name":"a","name":"b"}', "name"],
    ["depth", `{"routes":${"[".repeat(100)}${"]".repeat(100)}}`, "nesting too deep"],
  ])("%s is a 400", async (_what, body, message) => {
    const answer = await create(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 3, message: expect.stringContaining(message) } });
  });

  test("a body that curl calls a form is JSON, one of another type is a 415", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await create({ name: "r" }, form)).status).toBe(200);
    expect(await create("name: r", { "content-type": "text/yaml" })).toMatchObject({ status: 415, body: { code: 3 } });
    expect(await create("x", { "content-encoding": "gzip" })).toMatchObject({ status: 415, body: { code: 3 } });
  });

  test("a body beyond 1 MiB is a 413, with and without a length", async () => {
    const large = JSON.stringify({ name: "r", description: "x".repeat(1024 * 1024) });
    expect(await create(large)).toMatchObject({ status: 413, body: { code: 3 } });
    const chunked = await fetch(api.url + path, {
      method: "POST",
      headers: { authorization: "Bearer 0123456789abcdef" },
      body: new Blob([large]).stream(),
      duplex: "half",
    });
    expect(chunked.status).toBe(413);
  });

  test("no key and a wrong key are a 401 in this API's own shape; Basic is fine", async () => {
    const wrong = await api.call(`GET ${path}`, undefined, { authorization: "Bearer wrong" });
    expect(wrong).toMatchObject({ status: 401, body: { code: 16, message: expect.any(String), details: [] } });
    expect(wrong.headers.get("www-authenticate")).toContain("Bearer");
    expect((await api.call(`GET ${path}`, undefined, { authorization: "" })).status).toBe(401);
    expect((await api.call(`GET ${path}`, undefined, { authorization: "Basic 0123456789abcdef" })).status).toBe(200);
  });

  test("what is there already, what is not, and what cannot be changed here", async () => {
    await create({ name: "r" });
    expect(await create({ name: "r" })).toMatchObject({ status: 409, body: { code: 6 } });
    expect(await create({ name: "from-file" })).toMatchObject({ status: 409, body: { code: 6 } });
    for (const line of [`GET ${path}/none`, `DELETE ${path}/none`, `GET ${path}/..%2Fx`]) {
      expect(await api.call(line)).toMatchObject({ status: 404, body: { code: 5 } });
    }
    expect(await api.call(`PATCH ${path}/none`, {})).toMatchObject({ status: 404, body: { code: 5 } });
    const readOnly = {
      status: 403,
      body: { code: 7, message: expect.stringContaining("configuration file: change it there") },
    };
    expect(await api.call(`PATCH ${path}/from-file`, {})).toMatchObject(readOnly);
    expect(await api.call(`DELETE ${path}/from-file`)).toMatchObject(readOnly);
    const put = await api.call(`PUT ${path}/r`, {});
    expect(put).toMatchObject({ status: 405, body: { code: 12 } });
    expect(put.headers.get("allow")).toBe("GET, PATCH, DELETE");
    expect((await api.call(`GET ${path}/%ZZ`)).status).toBe(400);
  });

  test("another name and an unknown mask are a 400", async () => {
    await create({ name: "r" });
    expect((await api.call(`PATCH ${path}/r`, { name: "s" })).body).toEqual(
      violation("name", "a router's name cannot be changed"),
    );
    expect((await api.call(`PATCH ${path}/r?update_mask=nothing`, {})).body).toEqual(
      violation("update_mask", "'nothing' is no field that can be updated"),
    );
  });

  test("a router that another one names is not deleted", async () => {
    await create({ name: "inner", defaultModel: "a/b" });
    await create({ name: "outer", rules: [{ condition: "x", model: "router/inner" }] });
    const refused = await api.call(`DELETE ${path}/inner`);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 9,
        message: "The router 'inner' is used by 'outer': change that first.",
        details: [{ violations: [{ subject: "routers/outer" }] }],
      },
    });
    await api.call(`DELETE ${path}/outer`);
    expect((await api.call(`DELETE ${path}/inner`)).status).toBeLessThan(300);
  });

  test("a change is made for the revision that was read, if its sender says which", async () => {
    await create({ name: "r" });
    const [first, second] = [{ "if-match": '"1"' }, { "if-match": '"2"' }];
    expect((await api.call(`PATCH ${path}/r`, { displayName: "a" }, first)).status).toBe(200);
    expect(await api.call(`PATCH ${path}/r`, { displayName: "b" }, first)).toMatchObject({
      status: 412,
      body: { code: 10 },
    });
    expect(await api.call(`PATCH ${path}/r`, { displayName: "b", etag: '"1"' })).toMatchObject({
      status: 409,
      body: { code: 10 },
    });
    expect((await api.call(`DELETE ${path}/r`, undefined, { "if-match": '"x"' })).status).toBe(412);
    expect((await api.call(`PATCH ${path}/r`, { displayName: "b" }, { "if-match": "*" })).status).toBe(200);
    expect((await api.call(`DELETE ${path}/r`, undefined, second)).status).toBe(412);
    expect((await api.call(`DELETE ${path}/r`, undefined, { "if-match": '"3"' })).status).toBeLessThan(300);
  });

  test("a change by another replica in between is kept, and the own one laid over it", async () => {
    await create({ name: "r", description: "old", displayName: "old" });
    let once = true;
    admin.interfere = () => {
      if (once) admin.put({ name: "r", description: "theirs", displayName: "old", routes: [] });
      once = false;
    };
    await api.call(`PATCH ${path}/r`, { displayName: "ours" });
    expect((await admin.get("r"))?.router).toMatchObject({ description: "theirs", displayName: "ours" });
    admin.interfere = () => admin.put({ name: "r", routes: [] });
    expect(await api.call(`PATCH ${path}/r`, { displayName: "never" })).toMatchObject({
      status: 409,
      body: { code: 10 },
    });
  });

  test("a store that fails is a 503, a bug a 500, and neither tells its cause", async () => {
    admin.get = () => Promise.reject(new StoreError("unavailable", "host db.internal is gone"));
    expect(await api.call(`GET ${path}/r`)).toMatchObject({ status: 503, body: { code: 14 } });
    admin.get = () => Promise.reject(new Error("secret cause"));
    const bug = await api.call(`GET ${path}/r`);
    expect(bug).toMatchObject({ status: 500, body: { code: 13, message: "The gateway failed." } });
    expect(api.errors).toHaveLength(2);
  });
});

test("changes of one router that come at once are all kept", async () => {
  await api.call("POST /v1/routers", { name: "r" });
  const fields = ["displayName", "description", "continuation", "hedging", "cache", "timeouts"];
  const values = ["a", "b", true, true, { enabled: true }, { totalMs: 5 }];
  await Promise.all(fields.map((field, index) => api.call("PATCH /v1/routers/r", { [field]: values[index] })));
  const { body } = await api.call("GET /v1/routers/r");
  expect(fields.map((field) => body[field])).toEqual(values);
});

test("what was changed is in the audit log, without the prompts of templates; what failed is not", async () => {
  await api.call("POST /router/v1/routers", support);
  await api.call("POST /router/v1/routers", support);
  const templates = [{ role: "system", content: "a secret prompt" }];
  await api.call("PATCH /router/v1/routers/support", { defaults: { message_templates: templates } });
  await api.call("DELETE /v1/routers/support");
  expect(audited).toEqual([
    { action: "router.create", subject: "routers/support", detail: {} },
    { action: "router.update", subject: "routers/support", detail: { fields: ["defaults"] } },
    { action: "router.delete", subject: "routers/support", detail: {} },
  ]);
});

test("only the latest operations are remembered", async () => {
  const { createOperations } = await import("./operations.ts");
  const operations = createOperations();
  const ids = Array.from({ length: 501 }, () =>
    String(operations.finished("Create", "routers/x", {})["name"]).slice(11),
  );
  expect(operations.get(ids[0] ?? "")).toBeUndefined();
  expect(operations.get(ids[1] ?? "")).toBeDefined();
});
