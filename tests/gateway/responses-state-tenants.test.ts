import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { plainKey } from "../../packages/gateway/src/config/client-key.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { type Answer, type Rig, send, startRig } from "./support.ts";

/** Two of one organisation, and one of another. */
const TENANTS = ["ann", "bob", "eve"] as const;
type Tenant = (typeof TENANTS)[number];

const secretOf = (tenant: Tenant) => `the-key-of-the-tenant-${tenant}`;
const keyOf = (tenant: Tenant): ClientKey =>
  plainKey({
    id: tenant,
    name: tenant,
    hash: createHash("sha256").update(secretOf(tenant)).digest("hex"),
    org: tenant === "eve" ? "org_2" : "org_1",
  });

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreKeys: TENANTS.map(keyOf),
    moreProviders: (url) => ({
      stateful: {
        auth: "none",
        models: ["m"],
        endpoints: { "openai-responses": { baseUrl: `${url}/v1`, quirks: { keepsState: true } } },
      },
    }),
  });
});
afterAll(() => rig.close());

function call(tenant: Tenant, to: string, body?: unknown): Promise<Answer> {
  const [method = "", path = ""] = to.split(" ");
  return send(rig.gateway.url, { path, method, body, headers: { authorization: `Bearer ${secretOf(tenant)}` } });
}

/** What was made, whose it is, and the word that nobody else may read or send. */
interface Made {
  readonly owner: Tenant;
  readonly id: string;
  readonly canary: string;
  readonly kind: "response" | "conversation";
  gone: boolean;
}

type Step =
  | { readonly do: "ask"; readonly who: Tenant; readonly model: string; readonly background: boolean }
  | { readonly do: "converse"; readonly who: Tenant }
  | { readonly do: "use"; readonly who: Tenant; readonly what: number; readonly how: number };

const who = fc.constantFrom(...TENANTS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    who,
    model: fc.constantFrom("messages/m", "stateful/m", "chat/m"),
    background: fc.boolean(),
  }),
  fc.record({ do: fc.constant("converse" as const), who }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant("use" as const), who, what: fc.nat(50), how: fc.nat(50) }) },
);

interface Use {
  readonly method: string;
  readonly path: (id: string) => string;
  readonly body?: (id: string, model: string) => unknown;
  readonly deletes?: true;
}

const asked = (more: (id: string) => object) => (id: string, model: string) => ({ model, input: "more", ...more(id) });
const USES: Readonly<Record<Made["kind"], readonly Use[]>> = {
  response: [
    { method: "GET", path: (id) => `/v1/responses/${id}` },
    { method: "GET", path: (id) => `/v1/responses/${id}/input_items` },
    { method: "POST", path: (id) => `/v1/responses/${id}/cancel` },
    { method: "POST", path: () => "/v1/responses", body: asked((id) => ({ previous_response_id: id })) },
    { method: "DELETE", path: (id) => `/v1/responses/${id}`, deletes: true },
  ],
  conversation: [
    { method: "GET", path: (id) => `/v1/conversations/${id}` },
    { method: "GET", path: (id) => `/v1/conversations/${id}/items` },
    { method: "POST", path: (id) => `/v1/conversations/${id}`, body: () => ({ metadata: {} }) },
    { method: "POST", path: (id) => `/v1/conversations/${id}/items`, body: () => ({ items: [] }) },
    { method: "POST", path: () => "/v1/responses", body: asked((id) => ({ conversation: id })) },
    { method: "DELETE", path: (id) => `/v1/conversations/${id}`, deletes: true },
  ],
};

/** What it sends must not be taken for what others have sent. */
const ended = (tenant: Tenant, id: string) =>
  vi.waitFor(async () => {
    const { status } = JSON.parse((await call(tenant, `GET /v1/responses/${id}`)).text);
    expect(status).toBe("completed");
  });

let counter = 0;
const newCanary = (tenant: Tenant): string => {
  counter += 1;
  return `canary-${tenant}-${counter}-x`;
};

async function run(made: Made[], taken: Step): Promise<void> {
  switch (taken.do) {
    case "ask": {
      const canary = newCanary(taken.who);
      const { model, background } = taken;
      const answer = await call(taken.who, "POST /v1/responses", { model, input: `[[say ${canary}]]`, background });
      expect(answer.status).toBe(200);
      const { id } = JSON.parse(answer.text);
      if (background) await ended(taken.who, id);
      made.push({ owner: taken.who, id, canary, kind: "response", gone: false });
      return;
    }
    case "converse": {
      const canary = newCanary(taken.who);
      const body = { metadata: { canary }, items: [{ role: "user", content: canary }] };
      const answer = await call(taken.who, "POST /v1/conversations", body);
      made.push({ owner: taken.who, id: JSON.parse(answer.text).id, canary, kind: "conversation", gone: false });
      return;
    }
    case "use": {
      const thing = made[taken.what % Math.max(1, made.length)];
      if (thing !== undefined) await use(made, thing, taken);
    }
  }
}

async function use(made: readonly Made[], thing: Made, { who: tenant, how }: Step & { do: "use" }): Promise<void> {
  const uses = USES[thing.kind];
  const chosen = uses[how % uses.length];
  if (chosen === undefined) return;
  rig.simulator.journal.clear();
  const model = how % 2 === 0 ? "messages/m" : "stateful/m";
  const answer = await call(tenant, `${chosen.method} ${chosen.path(thing.id)}`, chosen.body?.(thing.id, model));
  for (const other of made) if (other.owner !== tenant) expect(answer.text).not.toContain(other.canary);
  if (thing.owner === tenant) {
    if (chosen.deletes === true && answer.status === 200) thing.gone = true;
    return;
  }
  expect([400, 404]).toContain(answer.status);
  expect(answer.text).toMatch(/not found/);
  for (const { body, url } of rig.simulator.journal.entries) {
    expect(body.toString()).not.toContain(thing.canary);
    expect(url).not.toContain(thing.id);
  }
}

test("nobody sees, goes on from, cancels or deletes what is another's, whatever they try", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const made: Made[] = [];
      for (const taken of steps) await run(made, taken);
      for (const { owner, id, kind, gone } of made) {
        const path = kind === "response" ? `/v1/responses/${id}` : `/v1/conversations/${id}`;
        expect((await call(owner, `GET ${path}`)).status).toBe(gone ? 404 : 200);
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);
