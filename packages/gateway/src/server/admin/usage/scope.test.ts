import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import { roles } from "../../../config/access.ts";
import { OWNER_SECRET } from "../testing/api-server.ts";
import { DAY, dataOf, entry, NOW, never, totalsOf } from "./testing/ledger.ts";
import { as, serveUsage, type UsageApi } from "./testing/usage-api.ts";

const ofTeamA = (role: string | undefined) => `team-a-${role ?? "none"}-secret-of-16`;

const callers = {
  "key-a-secret-of-16": { id: "key-a" },
  "viewer-of-team-a-secret": { id: "viewer-a", role: "viewer", team: "team_a", org: "org_1" },
  "viewer-of-org-1-secret": { id: "viewer-1", role: "viewer", org: "org_1" },
  "viewer-of-all-secret": { id: "viewer", role: "viewer" },
  [ofTeamA(undefined)]: { id: "of-team-a", team: "team_a", org: "org_1" },
  ...Object.fromEntries(roles.map((role) => [ofTeamA(role), { id: "of-team-a", role, team: "team_a", org: "org_1" }])),
} as const;

const entries = [
  entry({ key: "key-a", team: "team_a", org: "org_1" }),
  entry({ key: "key-b", team: "team_b", org: "org_1" }),
  entry({ key: "key-c", team: "team_c", org: "org_2", at: NOW - 2 * DAY }),
  entry({ key: "local", running: true }),
];
const [, ofTeamB = never()] = entries.map(({ admission }) => admission.id);
const everyKey = ["key-a", "key-b", "key-c", "local"];

/** Who sees the requests of which keys. */
const table: readonly (readonly [secret: string, seen: readonly string[]])[] = [
  [OWNER_SECRET, everyKey],
  ["viewer-of-all-secret", everyKey],
  ["viewer-of-org-1-secret", ["key-a", "key-b"]],
  ["viewer-of-team-a-secret", ["key-a"]],
  ["key-a-secret-of-16", ["key-a"]],
];

/** What somebody may write to see more. */
const queries = [
  "",
  "team_id=team_b&",
  "key_id=key-b&",
  "org_id=org_2&",
  "session=&",
  "state=settled&",
  "model=claude-sonnet-4-5&",
  "provider=openai&",
];

describe.each(await testStores())("whose usage a key sees on $kind", (stores) => {
  describe.skipIf(!stores.available)("", () => {
    let api: UsageApi;

    beforeAll(async () => {
      api = await serveUsage(stores, { entries, callers });
    });
    afterAll(() => api.close());

    const keysIn = (body: Readonly<Record<string, unknown>>) => dataOf(body).map(({ key_id }) => String(key_id));

    describe.each(table)("%s", (secret, seen) => {
      const hidden = everyKey.filter((key) => !seen.includes(key) && key !== "local");

      test("sees all of its scope", async () => {
        const { body } = await api.call("GET /v1/usage/requests?limit=200", undefined, as(secret));
        expect(keysIn(body).sort()).toEqual(seen);
      });

      test.each(queries)("sees nothing else by asking for '%s'", async (query) => {
        const list = await api.call(`GET /v1/usage/requests?${query}`, undefined, as(secret));
        const sums = await api.call(`GET /v1/usage?${query}group_by=key,team,org`, undefined, as(secret));
        const files = await Promise.all(
          ["requests", "attempts"].map((rows) => api.csv(`?${query}rows=${rows}`, secret)),
        );
        const cells = files.flatMap(({ text }) => text.split(/[,\r\n]/));
        const told = [...keysIn(list.body), ...keysIn(sums.body), ...cells];
        expect(hidden.filter((key) => told.includes(key))).toEqual([]);
      });

      test.each(entries)("sees that request or is told that there is none: $admission.key", async ({ admission }) => {
        const status = seen.includes(admission.key) ? 200 : 404;
        for (const path of ["/v1/usage/requests/", "/v1/generation/", "/v1/generation?id="]) {
          expect((await api.call(`GET ${path}${admission.id}`, undefined, as(secret))).status).toBe(status);
        }
      });
    });

    test.each([...roles, undefined])("a key of team A with the role %s never sees team B", async (role) => {
      const secret = as(ofTeamA(role));
      const list = await api.call("GET /v1/usage/requests", undefined, secret);
      expect(dataOf(list.body).every(({ team_id }) => team_id === "team_a")).toBe(true);
      expect((await api.call(`GET /v1/generation/${ofTeamB}`, undefined, secret)).status).toBe(404);
      const sums = await api.call("GET /v1/usage?team_id=team_b", undefined, secret);
      expect(totalsOf(sums.body)).toMatchObject({ requests: 0, cost: "0" });
      const activity = await api.call("GET /v1/activity?date=2026-11-21", undefined, secret);
      expect(dataOf(activity.body)).toHaveLength(role === undefined ? 0 : 2);
    });
  });
});
