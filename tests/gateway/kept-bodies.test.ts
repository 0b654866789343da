import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { KeptBody } from "../../packages/gateway/src/store/bodies/bodies.ts";
import { LARGEST_KEPT_BODY } from "../../packages/gateway/src/store/bodies/bodies.ts";
import { withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const PLAIN = "a-key-that-keeps-nothing";
const keys = [
  { name: "tests", key: KEY, privacy: { retainBodiesHours: 2 } },
  { name: "plain", key: PLAIN },
];

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ keys });
});
afterEach(() => rig.close());

const answerOf = (call: Call) => send(rig.gateway.url, call);
const idOf = ({ headers }: Answer) =>
  String(headers["x-request-id"]).replace(/^req_(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const textOf = (body: KeptBody | undefined) => Buffer.from(body?.bytes ?? []).toString();

async function keptOf(answer: Answer): Promise<readonly KeptBody[]> {
  return vi.waitFor(async () => {
    const bodies = await rig.store.bodies.get(idOf(answer));
    expect(bodies).toHaveLength(2);
    return bodies;
  });
}

describe("bodies of a key that wants them kept", () => {
  test.each(DIALECTS.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream }))))(
    "$dialect, stream: $stream: both directions, as they went over the wire",
    async ({ dialect, stream }) => {
      const call = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "[[say hello ü]]", stream });
      const before = Date.now();
      const answer = await answerOf(call);
      const [request, reply] = await keptOf(answer);
      expect(textOf(request)).toBe(JSON.stringify(call.body));
      expect(textOf(reply)).toBe(answer.text);
      expect(reply?.mediaType).toBe(answer.headers["content-type"]);
      expect(request).toMatchObject({ kind: "request", keyId: "config:tests" });
      const hours = ((request?.expiresAt ?? 0) - before) / 3_600_000;
      expect(hours).toBeGreaterThanOrEqual(2);
      expect(hours).toBeLessThan(2.01);
    },
  );

  test.each<Call>([
    { path: "/v1/embeddings", body: { model: "chat/m", input: "a cat" } },
    { path: "/v2/rerank", body: { model: "chat/m", query: "a", documents: ["b"] } },
    { path: "/v1/images/generations", body: { model: "chat/m", prompt: "a", stream: true, partial_images: 1 } },
  ])("$path: both directions too", async (call) => {
    const answer = await answerOf(call);
    const [request, reply] = await keptOf(answer);
    expect([answer.status, textOf(request)]).toEqual([200, JSON.stringify(call.body)]);
    expect(textOf(reply)).toBe(answer.text);
  });

  test("a failure's too", async () => {
    rig.simulator.faults.push("status=400");
    const answer = await answerOf(ask("openai-chat", "chat/m", { text: "hi", stream: false }));
    const [, reply] = await keptOf(answer);
    expect(textOf(reply)).toBe(answer.text);
  });

  test("what is long is cut, and its size told", async () => {
    const answer = await answerOf(
      ask("openai-chat", "chat/m", { text: `[[text 300000]]${"x".repeat(2_000_000)}`, stream: false }),
    );
    const [request, reply] = await keptOf(answer);
    expect(request?.bytes).toHaveLength(LARGEST_KEPT_BODY);
    expect(request?.size).toBeGreaterThan(2_000_000);
    expect(reply?.bytes).toHaveLength(LARGEST_KEPT_BODY);
    expect(reply?.size).toBe(Buffer.byteLength(answer.text));
  });
});

test("nothing is kept for a key that does not say so", async () => {
  const plain = ask("openai-chat", "chat/m", { text: "hi", stream: false });
  const unkept = await answerOf(withHeaders(plain, { authorization: `Bearer ${PLAIN}` }));
  await keptOf(await answerOf(plain));
  expect(await rig.store.bodies.get(idOf(unkept))).toEqual([]);
});

test("an idempotent request is kept, and its replay is not kept again", async () => {
  const call = withHeaders(ask("openai-chat", "chat/m", { text: "hi", stream: true }), {
    "idempotency-key": "order-1",
  });
  const first = await answerOf(call);
  const [, reply] = await keptOf(first);
  expect(textOf(reply)).toBe(first.text);
  const second = await answerOf(call);
  expect(second.headers["idempotency-replayed"]).toBe("true");
  await keptOf(await answerOf(ask("openai-chat", "chat/m", { text: "another", stream: false })));
  expect(await rig.store.bodies.get(idOf(second))).toEqual([]);
});

describe("GET /v1/usage/requests/{id}/bodies", () => {
  const ADMIN = "an-admins-key-for-these-tests";
  const EDITOR = "an-editors-key-for-these-tests";
  const path = (id: string) => `/v1/usage/requests/${id}/bodies`;
  const as = (key: string, id: string) =>
    answerOf({ method: "GET", path: path(id), headers: { authorization: `Bearer ${key}` } });

  beforeEach(async () => {
    await rig.close();
    const others = [
      { name: "admin", key: ADMIN, role: "admin" },
      { name: "editor", key: EDITOR, role: "editor" },
    ];
    rig = await startRig({ keys: [...keys, ...others] });
  });

  test("an admin reads what was asked and answered, by either id", async () => {
    const call = ask("openai-chat", "chat/m", { text: "[[say hello]]", stream: false });
    const answer = await answerOf(call);
    await keptOf(answer);
    for (const id of [idOf(answer), String(answer.headers["x-request-id"])]) {
      const read = await as(ADMIN, id);
      expect(read.status).toBe(200);
      expect(JSON.parse(read.text)).toMatchObject({
        request: idOf(answer),
        data: [
          { kind: "request", key_id: "config:tests", text: JSON.stringify(call.body), complete: true },
          { kind: "answer", media_type: answer.headers["content-type"], text: answer.text },
        ],
      });
    }
  });

  test("nobody else does, not even whose words they are", async () => {
    const answer = await answerOf(ask("openai-chat", "chat/m", { text: "canary", stream: false }));
    await keptOf(answer);
    for (const key of [KEY, EDITOR]) {
      const { status, text } = await as(key, idOf(answer));
      expect(status).toBe(403);
      expect(text).not.toContain("canary");
    }
  });

  test("what is not kept is not found, and neither is what is no id", async () => {
    for (const id of ["0199aaaa-0000-7000-8000-000000000000", "x", "%00"])
      expect((await as(ADMIN, id)).status).toBe(404);
  });
});
