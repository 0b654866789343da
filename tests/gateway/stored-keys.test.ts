import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey } from "../../packages/gateway/src/config/key-secret.ts";
import { ask, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
const actor = { id: "local", name: "local" };

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

async function create() {
  const made = makeKey();
  const { id, digest, lastFour } = made;
  await rig.store.accounts.keys.create({ id, digest, lastFour, name: "stored" }, actor);
  return made;
}

function call(dialect: (typeof DIALECTS)[number], secret: string) {
  const asked = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "hello", stream: false });
  return send(rig.gateway.url, { ...asked, headers: { ...asked.headers, authorization: `Bearer ${secret}` } });
}

test.each(DIALECTS)("a key that was stored is let in, in %s", async (dialect) => {
  const { shown } = await create();
  expect((await call(dialect, shown)).status).toBe(200);
});

test("a key that was revoked behind this process's back is refused soon, and its neighbour is not", async () => {
  const [kept, revoked] = [await create(), await create()];
  for (const { shown } of [kept, revoked]) expect((await call("openai-chat", shown)).status).toBe(200);
  await rig.store.accounts.keys.update(revoked.id, { disabled: true }, { actor });
  await expect.poll(async () => (await call("openai-chat", revoked.shown)).status, { timeout: 20_000 }).toBe(401);
  expect((await call("openai-chat", kept.shown)).status).toBe(200);
});

test("one whose secret is nearly right is told what one that is nonsense is told", async () => {
  const { shown } = await create();
  const nearly = await call("openai-chat", `${shown.slice(0, -1)}${shown.endsWith("a") ? "b" : "a"}`);
  const nonsense = await call("openai-chat", "' OR '1'='1");
  const unknown = await call("openai-chat", makeKey().shown);
  expect(nearly.status).toBe(401);
  for (const other of [nonsense, unknown]) {
    expect(other.text).toBe(nearly.text);
    expect(Object.keys(other.headers)).toEqual(Object.keys(nearly.headers));
  }
});
