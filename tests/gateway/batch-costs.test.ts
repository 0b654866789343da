import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  lineOf,
  linesOf,
  objectProviders,
  parsed,
  publicModels,
  rowsOf,
  secretOf,
  tenantKey,
  tenantOf,
} from "./objects-support.ts";
import { KEY, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "thrifty", key: secretOf("thrifty"), budgets: [{ window: "day", limit: 0.003 }] },
    ],
    moreKeys: ["ann", "bob", "eve", "zoe", "tim"].map((tenant) => tenantKey(tenant, { org: `org-${tenant}` })),
    moreProviders: objectProviders,
    models: publicModels,
  });
});
afterAll(() => rig.close());

const as = (tenant: string) => tenantOf(rig, tenant);
const rowsFor = async (key: string) => (await rowsOf(rig)).filter((row: { key_id: string }) => row.key_id === key);
const contentOf = (tenant: string, id: string) => as(tenant).call(`GET /v1/files/${id}/content`);

/** What lines of chat answers cost at $2 and $10 for a million tokens, halved for a batch, in nano-dollars. */
const costOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).response.body.usage)
    .reduce((sum, { prompt_tokens: input, completion_tokens: output }) => sum + input * 1000 + output * 5000, 0);

describe("what a batch costs", () => {
  test("is not known before its results are fetched, and then is in one row, at half the price", async () => {
    const batch = await as("ann").finished({ text: "[[text 20]]" }, { text: "[[text 7]]" });
    const [before, ...none] = await rowsFor("ann");
    expect(none).toEqual([]);
    expect(before).toMatchObject({ operation: "batch", state: "unknown", cost_nano: "0" });
    const answers = await Promise.all(Array.from({ length: 10 }, () => contentOf("ann", batch.output_file_id)));
    const costs = costOf(answers[0]?.text ?? "");
    const rows = await rowsFor("ann");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ id: before.id, state: "settled", provider: "first", cost_nano: String(costs) });
    const attempts = await rig.store.usage.attemptsOf(before.id);
    expect(attempts).toMatchObject([{ model: "m", service_tier: "batch", credential: "first#one", cost_nano: costs }]);
    await contentOf("ann", batch.output_file_id);
    expect(await rowsFor("ann")).toEqual(rows);
  });

  test("is known of one whose client left before the end of its results", async () => {
    const batch = await as("bob").finished(...Array(4).fill({ text: "[[text 400000]]" }));
    const url = new URL(`${rig.gateway.url}/v1/files/${batch.output_file_id}/content`);
    await new Promise<void>((resolve) => {
      const outgoing = httpRequest(url, { headers: { authorization: `Bearer ${secretOf("bob")}` } }, (incoming) => {
        incoming.once("data", () => {
          incoming.destroy();
          resolve();
        });
      });
      outgoing.on("error", () => resolve());
      outgoing.end();
    });
    await vi.waitFor(async () => expect(await rowsFor("bob")).toMatchObject([{ state: "settled" }]), { timeout: 5000 });
    const [row] = await rowsFor("bob");
    expect(row.cost_nano).toBe(String(costOf((await contentOf("bob", batch.output_file_id)).text)));
  });

  test("is nothing where it has answered nothing", async () => {
    const failed = await as("eve").finished({ text: "[[fault status=500]]" });
    expect(failed.output_file_id).toBeNull();
    const { id } = parsed(await as("eve").started(await as("eve").uploaded(linesOf({ text: "[[batch polls=3]]" }))));
    await as("eve").call(`POST /v1/batches/${id}/cancel`);
    await as("eve").call(`GET /v1/batches/${id}`);
    const rows = await rowsFor("eve");
    expect(rows).toMatchObject([
      { state: "settled", cost_nano: "0" },
      { state: "settled", cost_nano: "0" },
    ]);
  });

  test("is told to be unknown where there is no price for batches", async () => {
    const lines = [{ model: "spare/unpriced-in-batches" }];
    const batch = await as("zoe").finished(...lines);
    await contentOf("zoe", batch.output_file_id);
    expect(await rowsFor("zoe")).toMatchObject([{ state: "settled", unpriced: true }]);
  });

  test.each([
    ["embeddings", { url: "/v1/embeddings", body: { input: "hello", messages: undefined, max_tokens: undefined } }],
    ["responses", { url: "/v1/responses", body: { input: "hello", messages: undefined, max_tokens: undefined } }],
  ])("is known of %s", async (_, line) => {
    const before = (await rowsFor("tim")).length;
    const batch = await as("tim").finished(line);
    const { text } = await contentOf("tim", batch.output_file_id);
    const { usage } = JSON.parse(text).response.body;
    const rows = await rowsFor("tim");
    expect(rows).toHaveLength(before + 1);
    const tokens = usage.input_tokens ?? usage.prompt_tokens;
    expect(rows[0]).toMatchObject({ state: "settled", input_tokens: tokens, unpriced: false });
  });
});

describe("a budget", () => {
  const lines = (count: number) => linesOf(...Array.from({ length: count }, () => ({})));

  test("holds the worst of a batch until it is known what that came to", async () => {
    const thrifty = as("thrifty");
    // Each line: about 35 tokens in and 100 out at most, at half price 0.00054 dollars.
    const file = await thrifty.uploaded(lines(4));
    const first = await thrifty.started(file);
    expect(first.status).toBe(200);
    const [row] = (await rowsOf(rig)).filter(({ key_name: name }: { key_name: string }) => name === "thrifty");
    expect(row).toMatchObject({ state: "unknown" });
    expect(Number(row.cost_nano)).toBeGreaterThan(4 * 500_000);
    const second = await thrifty.started(file);
    expect([second.status, parsed(second).error.code]).toEqual([429, "insufficient_quota"]);
    const batch = parsed(await thrifty.call(`GET /v1/batches/${parsed(first).id}`));
    const { text } = await thrifty.call(`GET /v1/files/${batch.output_file_id}/content`);
    expect(costOf(text)).toBeLessThan(900_000);
    expect((await thrifty.started(file)).status).toBe(200);
  });

  test("refuses what may write without end, where it would be too much", async () => {
    const unlimited = lineOf({}).replace(',"max_tokens":100', "");
    const answer = await as("thrifty").started(await as("thrifty").uploaded(unlimited));
    expect(answer.status).toBe(429);
  });

  test("keeps what has no price in batches out", async () => {
    const answer = await as("thrifty").upload(linesOf({ model: "spare/unpriced-in-batches" }));
    expect(answer.status).toBe(403);
  });
});

test("what was claimed by a process that died is written by the next who fetches", async () => {
  const batch = await as("ann").finished({ text: "[[text 3]]" });
  const named = { kind: "openai-batch" as const, id: batch.id, keyId: "ann" };
  expect(await rig.store.objects.claimBilling(named, 0)).toBe(true);
  const { text } = await contentOf("ann", batch.output_file_id);
  const [row] = await rowsFor("ann");
  expect(row).toMatchObject({ state: "settled", cost_nano: String(costOf(text)) });
});

test("what is written to the ledger several times is there once", async () => {
  const batch = await as("ann").finished({ text: "[[text 4]]" });
  // As if each process had died between the ledger and the mark.
  const billed = vi.spyOn(rig.store.objects, "billed").mockResolvedValue();
  const claims = vi.spyOn(rig.store.objects, "claimBilling").mockResolvedValue(true);
  await contentOf("ann", batch.output_file_id);
  const before = await rowsFor("ann");
  await Promise.all([1, 2, 3].map(() => contentOf("ann", batch.output_file_id)));
  expect(claims).toHaveBeenCalledTimes(4);
  billed.mockRestore();
  claims.mockRestore();
  await send(rig.gateway.url, { method: "GET", path: "/v1/usage" });
  expect(await rowsFor("ann")).toEqual(before);
});
