import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import { uuidV7 } from "../../../config/uuid.ts";
import { entry, NOW, totalsOf } from "./testing/ledger.ts";
import { serveUsage, type UsageApi } from "./testing/usage-api.ts";

const callers = {};
const entries = [entry({}), entry({}), entry({}), entry({})];

describe.each(await testStores())("bad input to the usage API on $kind", (stores) => {
  describe.skipIf(!stores.available)("", () => {
    let api: UsageApi;

    beforeAll(async () => {
      api = await serveUsage(stores, { entries, callers });
    });
    afterAll(() => api.close());

    test.each([
      ["from=yesterday", "from"],
      ["from=2026-02-31", "from"],
      ["from=2026-11-21T10:00:00", "from"],
      ["to=99999-01-01", "to"],
      ["to=1999-12-31", "to"],
      ["from=1763683200000", "from"],
      ["from=2026-11-21&from=2026-11-20", "from"],
      ["from=2026-11-21&to=2026-11-21", "from"],
      ["from=2026-11-22&to=2026-11-21", "from"],
      ["state=done", "state"],
      ["state=' or 1=1 --", "state"],
      [`model=${"m".repeat(501)}`, "model"],
      [Array.from({ length: 51 }, () => "key_id=a").join("&"), "key_id"],
      ["team=team_b", "team"],
      ["key_name=a", "key_name"],
    ])("refuses %s everywhere", async (query, param) => {
      for (const path of ["/v1/usage", "/v1/usage/requests", "/v1/usage.csv"]) {
        const { status, body } = await api.call(`GET ${path}?${query.replaceAll(" ", "%20")}`);
        expect([path, status]).toEqual([path, 400]);
        expect(body["error"]).toMatchObject({ param, type: "invalid_request_error" });
      }
    });

    test.each([
      ["/v1/usage?group_by=secret", "group_by"],
      ["/v1/usage?group_by=key;drop table requests", "group_by"],
      ["/v1/usage?group_by=hour", "group_by"],
      ["/v1/usage?limit=1000000000", "limit"],
      ["/v1/usage/requests?limit=201", "limit"],
      ["/v1/usage/requests?limit=0", "limit"],
      ["/v1/usage/requests?limit=-1", "limit"],
      ["/v1/usage/requests?limit=1e9", "limit"],
      ["/v1/usage/requests?limit=10&limit=20", "limit"],
      ["/v1/usage.csv?rows=secrets", "rows"],
      ["/v1/usage.csv?limit=5", "limit"],
      ["/v1/activity?date=2026-11-20T13:00:00Z", "date"],
      ["/v1/activity?date=soon", "date"],
    ])("refuses %s", async (path, param) => {
      const { status, body } = await api.call(`GET ${path.replaceAll(" ", "%20")}`);
      expect(status).toBe(400);
      expect(body["error"]).toMatchObject({ param });
    });

    test.each([
      ["a cursor that is none", "/v1/usage/requests?cursor='%20or%201=1", 400],
      ["a huge cursor", `/v1/usage/requests?cursor=${"A".repeat(9_000)}`, 400],
      ["SQL for an id", "/v1/generation/'%20or%201=1%20--", 404],
      ["a huge id", `/v1/generation/${"a".repeat(10_240)}`, 404],
      ["no id", "/v1/generation", 404],
      ["an id of nothing", `/v1/usage/requests/${uuidV7(NOW)}`, 404],
      ["an old kind of id", "/v1/generation/9b365b38-0000-4000-8000-000000000000", 404],
      ["a path that is not encoded", "/v1/generation/%E0%A4%A", 400],
    ])("answers %s as an error", async (_what, path, status) => {
      const answered = await api.call(`GET ${path}`);
      expect(answered.status).toBe(status);
      expect(answered.body["error"]).toBeDefined();
    });

    test("SQL in a filter finds nothing, and harms nothing", async () => {
      const sql = encodeURIComponent("' or 1=1; drop table requests; --");
      for (const name of ["key_id", "team_id", "org_id", "model", "provider", "router", "session"]) {
        const { status, body } = await api.call(`GET /v1/usage?${name}=${sql}&group_by=model`);
        expect([status, totalsOf(body)["requests"]]).toEqual([200, 0]);
      }
      expect(totalsOf((await api.call("GET /v1/usage")).body)["requests"]).toBe(4);
    });
  });
});
