import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import { csvColumns } from "./csv.ts";
import { costOf, DAY, dataOf, entry, NOW, never, readCsv, SESSION, totalsOf } from "./testing/ledger.ts";
import { as, serveUsage, type UsageApi } from "./testing/usage-api.ts";

const ofKeyA = "key-a-secret-of-16";
const callers = { [ofKeyA]: { id: "key-a" } };

const entries = [
  entry({ key: "key-a", team: "team_a", org: "org_1" }),
  entry({ key: "key-a", team: "team_a", org: "org_1", session: SESSION }),
  entry({ key: "key-b", team: "team_b", org: "org_1" }),
  entry({ key: "key-c", team: "team_c", org: "org_2", at: NOW - 2 * DAY }),
  entry({ key: "local", running: true }),
];
const [first = never(), second = never(), third = never(), , running = never()] = entries.map(
  ({ admission }) => admission.id,
);

describe.each(await testStores())("the usage API on $kind", (stores) => {
  describe.skipIf(!stores.available)("", () => {
    let api: UsageApi;

    beforeAll(async () => {
      api = await serveUsage(stores, { entries, callers });
    });
    afterAll(() => api.close());

    test("tells sums of the last 30 days, exactly, and by what is asked for", async () => {
      const { status, body } = await api.call("GET /v1/usage?group_by=provider,day");
      expect(status).toBe(200);
      expect(body).toMatchObject({
        from: "2026-10-23T00:00:00.000Z",
        to: "2026-11-22T00:00:00.000Z",
        group_by: ["provider", "day"],
        totals: {
          requests: 4,
          failed: 0,
          unknown: 0,
          unpriced: 0,
          attempts: 8,
          input_tokens: 400,
          cache_read_tokens: 80,
          cache_write_tokens: 12,
          output_tokens: 200,
          reasoning_tokens: 36,
          cost: "4.00000002",
          cost_nano: "4000000020",
          usd: 4.00000002,
          average_ms: 512,
          average_first_token_ms: 200,
        },
        data: [
          { day: "2026-11-19", provider: "openai", requests: 0, attempts: 1, cost_nano: "1000000002" },
          { day: "2026-11-19", provider: "anthropic", requests: 1, attempts: 1, cost_nano: "3" },
          { day: "2026-11-21", provider: "openai", requests: 0, attempts: 3, cost_nano: "3000000006" },
          { day: "2026-11-21", provider: "anthropic", requests: 3, attempts: 3, cost_nano: "9" },
        ],
        truncated: false,
      });
    });

    test("tells hours and sessions too", async () => {
      const { body } = await api.call("GET /v1/usage?group_by=hour&group_by=session&from=2026-11-21&router=support");
      expect(body["data"]).toMatchObject([
        { hour: "2026-11-21T10:00:00Z", session: null, requests: 2 },
        { hour: "2026-11-21T10:00:00Z", session: SESSION, requests: 1 },
      ]);
    });

    test("tells thousands of groups as it tells few of them", async () => {
      const at = Date.UTC(2026, 5, 1);
      const sessions = Array.from({ length: 1_001 }, (_, index) => `s-${String(index).padStart(4, "0")}`);
      await api.write(sessions.map((session) => entry({ key: "key-d", at, session })));
      const of = "group_by=session&from=2026-06-01&to=2026-06-02&key_id=key-d";
      const { body: some } = await api.call(`GET /v1/usage?${of}`);
      const { status, body: all } = await api.call(`GET /v1/usage?${of}&limit=2000`);
      expect(status).toBe(200);
      expect(dataOf(all).map(({ session }) => session)).toEqual(sessions);
      expect(some).toEqual({ ...all, data: dataOf(all).slice(0, 1_000), truncated: true });
      expect(Object.keys(all)).toEqual(Object.keys(some));
    });

    test("lists requests, and tells all of one", async () => {
      const { body } = await api.call("GET /v1/usage/requests?limit=2&state=settled");
      expect(body["data"]).toMatchObject([{ id: first }, { id: second, session: SESSION, dropped: ["top_k"] }]);
      const next = await api.call(`GET /v1/usage/requests?limit=2&state=settled&cursor=${String(body["next_cursor"])}`);
      expect(next.body).toMatchObject({ data: [{ id: third }, {}], next_cursor: null });
      const one = await api.call(`GET /v1/usage/requests/${first}`);
      expect(one.body).toMatchObject({
        id: first,
        request_id: `req_${first.replaceAll("-", "")}`,
        state: "settled",
        requested_model: "-fast",
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        cost: "1.000000005",
        attempts: [
          {
            position: 0,
            started_after_ms: 2,
            error: "upstream_overloaded",
            cost_nano: "1000000002",
            input_tokens: null,
          },
          { position: 1, started_after_ms: 110, first_token_ms: 90, cost: "0.000000003", price_id: null },
        ],
      });
      const running_ = await api.call(`GET /v1/usage/requests/${running}`);
      expect(running_.body).toMatchObject({ state: "admitted", reserved_nano: "7", duration_ms: null, attempts: [] });
    });

    test.each([
      ["its id in the path", (id: string) => `/v1/generation/${id}`],
      ["its request's id in the path", (id: string) => `/v1/generation/req_${id.replaceAll("-", "")}`],
      ["its id in the query", (id: string) => `/v1/generation?id=${id}`],
    ])("tells of a generation by %s, as OpenRouter does", async (_how, path) => {
      const { status, body } = await api.call(`GET ${path(first)}`);
      expect(status).toBe(200);
      expect(body["data"]).toMatchObject({
        id: first,
        model: "anthropic/claude-sonnet-4-5",
        provider_name: "anthropic",
        streamed: true,
        cancelled: false,
        finish_reason: "stop",
        tokens_prompt: 123,
        tokens_completion: 50,
        native_tokens_prompt: 123,
        native_tokens_cached: 20,
        native_tokens_reasoning: 9,
        total_cost: 1.000000005,
        usage: 1.000000005,
        latency: 512,
        generation_time: 400,
        service_tier: "standard",
        app_id: null,
        upstream_id: null,
      });
    });

    test("finds a generation right after its answer", async () => {
      const fresh = entry({ key: "key-a", team: "team_a", at: NOW - 40 * DAY });
      api.pend(fresh);
      const { status } = await api.call(
        `GET /v1/generation/${fresh.admission.id}`,
        undefined,
        as("key-a-secret-of-16"),
      );
      expect(status).toBe(200);
    });

    test("exports lines whose costs add up to the sums", async () => {
      for (const filter of ["", "&key_id=key-a", "&team_id=team_b", "&from=2026-11-20"]) {
        const sums = await api.call(`GET /v1/usage?group_by=day${filter}`);
        for (const rows of ["requests", "attempts"] as const) {
          const { text } = await api.csv(`?rows=${rows}${filter}`);
          expect(costOf(text)).toBe(BigInt(String(totalsOf(sums.body)["cost_nano"])));
        }
      }
      const ofProvider = await api.call("GET /v1/usage?provider=openai");
      const { text } = await api.csv("?rows=attempts&provider=openai");
      expect(costOf(text)).toBe(BigInt(String(totalsOf(ofProvider.body)["cost_nano"])));
    });

    test("exports every column, and nothing that a spreadsheet runs", async () => {
      const { status, headers, text } = await api.csv("?from=2026-11-21&to=2026-11-22");
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
      expect(headers.get("content-disposition")).toBe(
        'attachment; filename="signalbox-requests-2026-11-21-2026-11-21.csv"',
      );
      const [head, ...lines] = readCsv(text);
      expect(head).toEqual(csvColumns.requests);
      expect(lines).toHaveLength(3);
      const column = (name: string) => csvColumns.requests.indexOf(name);
      const line = lines.find((cells) => cells[0] === second);
      expect(line?.[column("session")]).toBe(`'${SESSION}`);
      expect(line?.[column("requested_model")]).toBe("'-fast");
      expect(line?.[column("cost_nano")]).toBe("1000000005");
      expect(line?.[column("cost_usd")]).toBe("1.000000005");
      for (const cell of lines.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    });

    test("tells activity by day, as OpenRouter does: days that are over, unless one is asked for", async () => {
      const { body } = await api.call("GET /v1/activity");
      expect(body).toEqual({
        data: [
          activity({ date: "2026-11-19", model: "openai/gpt-5", usage: 1.000000002, requests: 0 }),
          activity({ date: "2026-11-19", model: "anthropic/claude-sonnet-4-5", usage: 3e-9, requests: 1 }),
        ],
      });
      const today = await api.call("GET /v1/activity?date=2026-11-21");
      expect(dataOf(today.body)).toHaveLength(2);
    });
  });
});

interface Activity {
  readonly date: string;
  readonly model: string;
  readonly usage: number;
  readonly requests: number;
}

function activity({ date, model, usage, requests }: Activity) {
  const answered = requests > 0;
  return {
    date,
    model,
    model_permaslug: model,
    endpoint_id: model,
    provider_name: model.split("/")[0],
    usage,
    byok_usage_inference: 0,
    requests,
    prompt_tokens: answered ? 123 : 0,
    completion_tokens: answered ? 50 : 0,
    reasoning_tokens: answered ? 9 : 0,
  };
}
