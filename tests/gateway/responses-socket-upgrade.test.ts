import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, createMessage as create, refused, typesOf } from "./socket-support.ts";
import { KEY, type Rig, send, startRig } from "./support.ts";

const LIMITED_KEY = "a-key-with-a-limit-of-requests";
const READING_KEY = "a-key-that-only-reads-things";
const CHAT_KEY = "a-key-for-chat-surfaces-only";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    keys: [
      { name: "tests", key: KEY, role: "owner" },
      { name: "limited", key: LIMITED_KEY, limits: [{ unit: "requests", per: "hour", limit: 1 }] },
      { name: "reading", key: READING_KEY, role: "viewer" },
      { name: "chat", key: CHAT_KEY, surfaces: ["openai-chat"] },
    ],
  });
});
afterAll(() => rig.close());

describe("the key", () => {
  test("is asked for limits with each message", async () => {
    const limited = await connect(rig.gateway.url, { headers: { authorization: `Bearer ${LIMITED_KEY}` } });
    limited.send(create("[[say x]]"));
    expect((await limited.turn()).at(-1).type).toBe("response.completed");
    limited.send(create("[[say x]]"));
    expect(await limited.next()).toMatchObject({ type: "error", status: 429, headers: { "x-should-retry": "false" } });
    await limited.close();
  });

  test("may be revoked while the connection stands: the next message is refused, and the connection ends", async () => {
    const body = { name: "short-lived" };
    const made = JSON.parse((await send(rig.gateway.url, { path: "/v1/keys", body })).text);
    const headers = { authorization: `Bearer ${made.key}` };
    const theirs = await connect(rig.gateway.url, { headers });
    theirs.send(create("[[say x]]"));
    expect((await theirs.turn()).at(-1).type).toBe("response.completed");
    await send(rig.gateway.url, { path: `/v1/keys/${made.data?.id ?? made.id}`, method: "DELETE" });
    theirs.send(create("[[say x]]"));
    expect(await theirs.next()).toMatchObject({ type: "error", status: 401, error: { code: "invalid_api_key" } });
    expect(await theirs.ended).toBe(1008);
  });

  test.each([
    ["none", "", 401],
    ["a wrong one", "Bearer nothing-that-opens-anything", 401],
    ["one that only reads", `Bearer ${READING_KEY}`, 403],
    ["one of other surfaces", `Bearer ${CHAT_KEY}`, 403],
  ])("%s is refused by HTTP, before the upgrade", async (_name, authorization, status) => {
    const answer = await refused(rig.gateway.url, { headers: { authorization } });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ message: expect.any(String), code: expect.any(String) });
  });

  test("may stand in the query", async () => {
    const theirs = await connect(rig.gateway.url, {
      path: `/v1/responses?key=${KEY}`,
      headers: { authorization: "" },
    });
    theirs.send(create("[[say x]]"));
    expect((await theirs.turn()).at(-1).type).toBe("response.completed");
    expect(JSON.stringify(rig.log)).not.toContain(KEY);
    await theirs.close();
  });
});

describe("the upgrade", () => {
  test.each(["/api", "/openai", "/anthropic", "/genai"])("is served under %s", async (prefix) => {
    const theirs = await connect(rig.gateway.url, { path: `${prefix}/v1/responses/` });
    theirs.send(create("[[say x]]"));
    expect((await theirs.turn()).at(-1).type).toBe("response.completed");
    await theirs.close();
  });

  test("of another host name is refused on a loopback listener", async () => {
    const answer = await refused(rig.gateway.url, { headers: { host: "evil.example" } });
    expect(answer.status).toBe(421);
  });

  test("of another path is answered as if it were none", async () => {
    expect((await refused(rig.gateway.url, { path: "/v1/models" })).status).toBe(200);
    expect((await refused(rig.gateway.url, { path: "/v1/nothing" })).status).toBe(404);
  });

  test.each(["h2c", "websocket", "TLS/1.0"])("to %s with a POST is answered as if it were none", async (upgrade) => {
    const answer = await send(rig.gateway.url, {
      path: "/v1/responses",
      body: { model: "messages/sim-model", input: "[[say x]]" },
      headers: { upgrade, connection: "Upgrade, HTTP2-Settings", "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA" },
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"x"');
  });

  test("is not needed to be told what the path is for", async () => {
    const answer = await send(rig.gateway.url, { path: "/v1/responses", method: "GET" });
    expect(answer.status).toBe(426);
    expect(answer.headers["upgrade"]).toBe("websocket");
    expect(answer.text).toContain("WebSocket");
  });

  test("is 426 where the operator does not want it", async () => {
    const plain = await startRig({ responses: { webSocket: false } });
    const answer = await refused(plain.gateway.url);
    expect(answer.status).toBe(426);
    expect(answer.body.error.code).toBe("upgrade_required");
    await plain.close();
  });
});

test("the beta of the WebSocket form stays here, others go on", async () => {
  const headers = { "openai-beta": "responses_websockets=2026-02-06, other=v1", "x-signalbox-strict": "false" };
  const theirs = await connect(rig.gateway.url, { headers });
  theirs.send(create("[[say x]]", { model: "responses/sim-model" }));
  await theirs.turn();
  expect(rig.simulator.journal.last()?.headers["openai-beta"]).toBe("other=v1");
  await theirs.close();
});

test("a gateway that stops lets responses end, and closes connections that wait at once", async () => {
  const stopping = await startRig();
  const [busy, idle] = [await connect(stopping.gateway.url), await connect(stopping.gateway.url)];
  busy.send(create("[[stream 40]] [[fault pace=5]]"));
  await busy.next();
  const stopped = stopping.close();
  expect(await idle.ended).toBe(1001);
  busy.send(create("[[say too late]]", { stream_id: "late" }));
  const events = await busy.turn().then(async (first) => [...first, ...(await busy.turn())]);
  expect(typesOf(events)).toContain("response.completed");
  expect(events.find(({ type }) => type === "error")).toMatchObject({ status: 503 });
  expect(await busy.ended).toBe(1001);
  await stopped;
});

test("a connection stands in the log when it opens and when it ends, with how many messages it had", async () => {
  const theirs = await connect(rig.gateway.url);
  theirs.send(create("[[say x]]"));
  await theirs.turn();
  await theirs.close();
  await expect
    .poll(() => rig.log.filter(({ msg }) => msg === "websocket closed").at(-1))
    .toMatchObject({ key: "tests", path: "/v1/responses", messages: 1 });
});
