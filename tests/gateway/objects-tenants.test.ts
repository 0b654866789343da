import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf, objectProviders, parsed, publicModels, tenantKey, tenantOf } from "./objects-support.ts";
import { type Answer, type Rig, startRig } from "./support.ts";

/** Two of one organisation and team, and one of another. */
const TENANTS = ["ann", "bob", "eve"] as const;
type Tenant = (typeof TENANTS)[number];

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreKeys: TENANTS.map((tenant) => tenantKey(tenant, tenant === "eve" ? { org: "o2" } : { org: "o1", team: "t1" })),
    moreProviders: objectProviders,
    models: publicModels,
  });
});
afterAll(() => rig.close());

type Kind = "file" | "batch" | "message-batch" | "gemini-batch";

/** What was made, whose it is, and the word that nobody else may read. */
interface Made {
  readonly owner: Tenant;
  readonly kind: Kind;
  readonly id: string;
  readonly canary: string;
  gone: boolean;
}

interface Use {
  readonly to: string;
  readonly body?: (id: string) => unknown;
  readonly deletes?: true;
}

const ask = (content: unknown) => ({ model: "first/m", input: [{ role: "user", content }] });
const USES: Readonly<Record<Kind, readonly Use[]>> = {
  file: [
    { to: "GET /v1/files/ID" },
    { to: "GET /v1/files/ID/content" },
    {
      to: "POST /v1/batches",
      body: (id) => ({ input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" }),
    },
    { to: "POST /v1/responses", body: (id) => ask([{ type: "input_file", file_id: id }]) },
    { to: "POST /v1/responses", body: (id) => ask([{ type: "input_image", file_id: id }]) },
    { to: "DELETE /v1/files/ID", deletes: true },
  ],
  batch: [{ to: "GET /v1/batches/ID" }, { to: "POST /v1/batches/ID/cancel" }],
  "message-batch": [
    { to: "GET /v1/messages/batches/ID" },
    { to: "GET /v1/messages/batches/ID/results" },
    { to: "POST /v1/messages/batches/ID/cancel" },
    { to: "DELETE /v1/messages/batches/ID", deletes: true },
  ],
  "gemini-batch": [
    { to: "GET /v1beta/batches/ID" },
    { to: "POST /v1beta/batches/ID:cancel" },
    { to: "DELETE /v1beta/batches/ID", deletes: true },
  ],
};
const LISTS = ["GET /v1/files", "GET /v1/batches", "GET /v1/messages/batches", "GET /v1beta/batches"];
const KINDS = ["file", "batch", "message-batch", "gemini-batch"] as const;

const headersFor = (to: string): Readonly<Record<string, string>> =>
  to.includes("/messages/") ? { "anthropic-version": "2023-06-01" } : {};

let counter = 0;

async function make(who: Tenant, kind: Kind): Promise<readonly Made[]> {
  counter += 1;
  const canary = `canary-${who}-${counter}-x`;
  const { call, upload, finished } = tenantOf(rig, who);
  const made = (id: string, what: Kind = kind): Made => ({ owner: who, kind: what, id, canary, gone: false });
  const headers = { "anthropic-version": "2023-06-01" };
  switch (kind) {
    case "file":
      return [made(parsed(await upload(linesOf({ text: canary }))).id)];
    case "batch": {
      const batch = await finished({ text: `[[say ${canary}]]`, id: canary });
      return [made(batch.id), made(batch.output_file_id, "file"), made(batch.input_file_id, "file")];
    }
    case "message-batch": {
      const params = { model: "claude/m", max_tokens: 9, messages: [{ role: "user", content: `[[say ${canary}]]` }] };
      const body = { requests: [{ custom_id: canary, params }] };
      return [made(parsed(await call("POST /v1/messages/batches", { body, headers })).id)];
    }
    case "gemini-batch": {
      const request = { contents: [{ role: "user", parts: [{ text: `[[say ${canary}]]` }] }] };
      const body = { batch: { displayName: canary, inputConfig: { requests: { requests: [{ request }] } } } };
      const answer = await call("POST /v1beta/models/google/m:batchGenerateContent", { body });
      return [made(parsed(answer).name.replace("batches/", ""))];
    }
  }
}

const expectNoOthers = (all: readonly Made[], tenant: Tenant, { text }: Answer): void => {
  for (const { owner, id, canary } of all) {
    if (owner === tenant) continue;
    expect(text).not.toContain(canary);
    expect(text).not.toContain(`"${id}"`);
  }
};

interface Step {
  readonly who: Tenant;
  readonly make?: Kind;
  readonly list?: string;
  readonly what: number;
  readonly how: number;
}

async function run(all: Made[], { who, make: kind, list, what, how }: Step): Promise<void> {
  if (kind !== undefined) {
    all.push(...(await make(who, kind)));
    return;
  }
  const { call } = tenantOf(rig, who);
  if (list !== undefined) {
    expectNoOthers(all, who, await call(list, { headers: headersFor(list) }));
    return;
  }
  const thing = all[what % Math.max(1, all.length)];
  const uses = USES[thing?.kind ?? "file"];
  const use = uses[how % uses.length];
  if (thing === undefined || use === undefined) return;
  rig.simulator.journal.clear();
  const headers = headersFor(use.to);
  const answer = await call(use.to.replace("ID", thing.id), { headers, ...(use.body && { body: use.body(thing.id) }) });
  if (thing.owner === who) {
    if (use.deletes === true && answer.status === 200) thing.gone = true;
    return;
  }
  expect([use.to, answer.status]).toEqual([use.to, 404]);
  expect(answer.text).not.toContain(thing.canary);
  expect(rig.simulator.journal.entries.map(({ url }) => url)).toEqual([]);
}

const who = fc.constantFrom(...TENANTS);
const numbers = { what: fc.nat(50), how: fc.nat(50) };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ who, make: fc.constantFrom(...KINDS), ...numbers }) },
  { weight: 1, arbitrary: fc.record({ who, list: fc.constantFrom(...LISTS), ...numbers }) },
  { weight: 5, arbitrary: fc.record({ who, ...numbers }) },
);

test("nobody sees, uses, cancels or deletes what is another's, whatever they try", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      const all: Made[] = [];
      for (const taken of steps) await run(all, taken);
      for (const { owner, id, kind, gone } of all) {
        const [first] = USES[kind];
        const headers = headersFor(first?.to ?? "");
        const answer = await tenantOf(rig, owner).call((first?.to ?? "").replace("ID", id), { headers });
        expect([kind, answer.status]).toEqual([kind, gone ? 404 : 200]);
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);
