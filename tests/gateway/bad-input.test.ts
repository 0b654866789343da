import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type Call, DIALECTS, KEY, PROVIDERS, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    limits: {
      bodyBytes: {
        "openai-chat": 6_000_000,
        "openai-responses": 6_000_000,
        "anthropic-messages": 6_000_000,
        gemini: 6_000_000,
      },
    },
  });
});
afterAll(() => rig.close());

/** CPU time of this process, which the gateway and the simulator share with the test. */
async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe.each(DIALECTS)("%s", (dialect) => {
  const plain = (model = `${PROVIDERS[dialect]}/m`): Call => ask(dialect, model, { text: "hello", stream: false });
  const go = (change: Partial<Call>) => send(rig.gateway.url, { ...plain(), ...change });
  const shape = (text: string) => {
    const body = JSON.parse(text);
    if (dialect === "anthropic-messages") return body.type === "error" ? body.error.type : "wrong";
    if (dialect === "gemini") return body.error.status;
    return body.error.code ?? body.error.type;
  };
  const expectShape = (text: string, words: readonly [string, string, string]) => {
    const place = dialect === "anthropic-messages" ? 1 : dialect === "gemini" ? 2 : 0;
    expect(shape(text)).toBe(words[place]);
  };

  test("truncated JSON is 400", async () => {
    const whole = JSON.stringify(plain().body);
    const answer = await go({ raw: whole.slice(0, -3) });
    expect(answer.status).toBe(400);
    expectShape(answer.text, ["invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"]);
  });

  test("depth 10,000 is 400", async () => {
    const deep = `{"model":"${PROVIDERS[dialect]}/m","x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
    expect((await go({ raw: deep })).status).toBe(400);
  });

  test("5,000,000 opening brackets are 400, at a cost near that of reading them", async () => {
    const bomb = Buffer.from(`{"x":${"[".repeat(5_000_000)}`);
    const reading = await cpuMsOf(() => go({ raw: Buffer.alloc(bomb.length, 32) }));
    let status = 0;
    const cost = await cpuMsOf(async () => {
      status = (await go({ raw: bomb })).status;
    });
    expect(status).toBe(400);
    expect(cost - reading).toBeLessThan(50);
  });

  test.runIf(dialect !== "gemini")("a repeated model, however written, is 400", async () => {
    const body = JSON.stringify(plain().body);
    for (const key of ["model", "mod\\u0065l"]) {
      const answer = await go({ raw: body.replace("{", `{"${key}":"other",`) });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("uplicate");
    }
  });

  test("invalid UTF-8 is 400", async () => {
    const raw = Buffer.concat([Buffer.from('{"model":"a","x":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect((await go({ raw })).status).toBe(400);
  });

  test("another content type is 415", async () => {
    expect((await go({ headers: { ...plain().headers, "content-type": "text/plain" } })).status).toBe(415);
  });

  test("an unknown model is 404", async () => {
    for (const model of ["no-such-model", "../../etc", "x".repeat(3000)]) {
      const answer = await send(rig.gateway.url, plain(model));
      expect(answer.status).toBe(404);
      expectShape(answer.text, ["model_not_found", "not_found_error", "NOT_FOUND"]);
      expect(answer.text.length).toBeLessThan(1000);
    }
  });

  test("no credential, and a wrong one, are 401", async () => {
    for (const authorization of ["", "Bearer wrong-key-of-some-length"]) {
      const answer = await go({ headers: { ...plain().headers, authorization } });
      expect(answer.status).toBe(401);
      expectShape(answer.text, ["invalid_api_key", "authentication_error", "UNAUTHENTICATED"]);
    }
  });

  test("two credentials that differ are 401", async () => {
    const answer = await go({ headers: { ...plain().headers, "x-api-key": "another-key-of-some-length" } });
    expect(answer.status).toBe(401);
  });

  test("a body over the limit is 413, with a length and without", async () => {
    const raw = Buffer.alloc(7_000_000, 32);
    const declared = await go({ raw }).catch(() => undefined);
    expect(declared?.status ?? 413).toBe(413);
    expect(await chunked(plain().path)).toContain(" 413 ");
  });

  test("the process goes on", async () => {
    expect((await send(rig.gateway.url, plain())).status).toBe(200);
  });
});

/** Sends chunks without a length until the gateway answers; returns its status line. */
function chunked(path: string): Promise<string> {
  const { hostname, port } = new URL(rig.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEY}\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  return new Promise((resolve, reject) => {
    let sent = 0;
    const more = () => {
      while (sent < 200 && !socket.destroyed) {
        sent += 1;
        if (!socket.write(chunk)) return void socket.once("drain", more);
      }
    };
    socket.once("data", (data) => {
      resolve(data.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
    more();
  });
}

test.each([
  ["/v2/nothing", "GET", 404],
  ["/v1/../admin", "GET", 404],
  ["//admin", "GET", 404],
  ["/v1/chat/completions", "GET", 405],
  ["/v1/responses", "GET", 426],
])("%s by %s is %i", async (path, method, status) => {
  const answer = await send(rig.gateway.url, { path, method });
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toHaveProperty("error");
});

test("field names that no header can carry are reported all the same", async () => {
  const body = { model: "messages/m", "naïve\r\nx-evil": 1, messages: [{ role: "user", content: "hello" }] };
  const answer = await send(rig.gateway.url, { path: "/v1/chat/completions", body });
  expect(answer.status).toBe(200);
  expect(answer.headers["x-signalbox-dropped"]).toContain("x-evil");
  expect(answer.headers["x-evil"]).toBeUndefined();
});

test.each(["m\r\nx-evil: 1", "é"])("a model named %j reaches no header as it is", async (name) => {
  const open = await startRig({
    moreProviders: (url) => ({ open: { auth: "none", endpoints: { "openai-chat": { baseUrl: `${url}/v1` } } } }),
  });
  const body = { model: `open/${name}`, messages: [{ role: "user", content: "hello" }] };
  const answer = await send(open.gateway.url, { path: "/v1/chat/completions", body });
  await open.close();
  expect(answer.status).toBe(200);
  expect(answer.headers["x-signalbox-model"]).toMatch(/^[\x21-\x7e]+$/);
  expect(answer.headers["x-evil"]).toBeUndefined();
});

test("an encoding that is none is 404", async () => {
  expect((await send(rig.gateway.url, { path: "/v1/models/%E0%A4%A", method: "GET" })).status).toBe(404);
});

test("a foreign host name on a loopback listener is 421", async () => {
  const answer = await send(rig.gateway.url, {
    ...ask("openai-chat", "chat/m", { text: "hello", stream: false }),
    headers: { host: "attacker.com" },
  });
  expect(answer.status).toBe(421);
});
