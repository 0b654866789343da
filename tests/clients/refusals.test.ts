import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";
import { type Surface, stainlessClass } from "./driver.ts";
import { findPython } from "./drivers/index.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import type { Asked, RefusalClient } from "./refusal-client.ts";

/** What becomes of a key's limits in the hands of the vendors' libraries, with everything that these do on their own. */

const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));
const libraries = installed ? await import("./drivers/refusals.ts") : undefined;
const program = libraries === undefined ? undefined : findPython();
const clients: readonly RefusalClient[] =
  libraries === undefined ? [] : [...libraries.javascript, ...(program === undefined ? [] : libraries.python(program))];

const OWNER = "an-owners-key-for-these-tests";
const MODELS: Readonly<Record<Surface, string>> = {
  "openai-chat": "chat/m",
  "openai-responses": "responses/m",
  "anthropic-messages": "messages/m",
  gemini: "own-gemini/m",
};

const configuration = (simulator: string) => {
  const provider = (endpoints: object) => ({
    auth: "none",
    models: [{ id: "m", price: { input: 3, output: 15 } }],
    endpoints,
  });
  return {
    keys: [{ name: "owner", key: OWNER, role: "owner" }],
    providers: {
      chat: provider({ "openai-chat": { baseUrl: `${simulator}/v1` } }),
      responses: provider({ "openai-responses": { baseUrl: `${simulator}/v1` } }),
      messages: provider({ "anthropic-messages": { baseUrl: simulator } }),
      "own-gemini": provider({ gemini: { baseUrl: simulator } }),
    },
  };
};

let simulator: Simulator;
let gateway: Gateway;
let proxy: CountingProxy;
beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startGateway(simulator.url, configuration(simulator.url));
  proxy = await startCountingProxy(gateway.url);
});
afterAll(async () => {
  for (const { close } of clients) close?.();
  await proxy?.close();
  await gateway?.close();
  await simulator.close();
});
beforeEach(() => {
  proxy.take();
  simulator.journal.clear();
});

async function api(line: string, body: object): Promise<{ readonly key: string; readonly id: string }> {
  const [method = "", path = ""] = line.split(" ");
  const headers = { authorization: `Bearer ${OWNER}`, "content-type": "application/json" };
  const answer = await fetch(gateway.url + path, { method, headers, body: JSON.stringify(body) });
  const { key, data } = await answer.json();
  return { key, id: data.id };
}

const makeKey = (policy: object) => api("POST /v1/keys", { name: "made", ...policy });
const perMinute = (limit: number) => ({ limits: [{ unit: "requests", per: "minute", limit }] });
const perDay = (limit: number) => ({ limits: [{ unit: "requests", per: "day", limit }] });

/** Each library, whole and streamed. */
const cells = clients.flatMap((client) => [false, true].map((stream) => ({ client, stream, name: client.name })));

const isGoogle = ({ surface }: RefusalClient) => surface === "gemini";
const isPython = ({ name }: RefusalClient) => name.includes("Python");

function errorClass(client: RefusalClient, status: number): string {
  if (isGoogle(client)) return isPython(client) ? "ClientError" : "ApiError";
  // Anthropic's libraries have a class for it, and the older ones have not.
  if (status === 402) return client.name.includes("0.x") ? "APIError" : "PaymentRequiredError";
  return stainlessClass(status);
}

/** What each library shows of an error beside its status: by the vendor's own words. */
function told(client: RefusalClient, words: Readonly<Record<Surface, string>>, param?: string) {
  const { surface } = client;
  const word = words[surface];
  const requestId = expect.stringMatching(/^req_[0-9a-f]{32}$/);
  switch (surface) {
    case "openai-chat":
    case "openai-responses":
      return { code: word, requestId, ...(param === undefined ? {} : { param }) };
    case "anthropic-messages":
      return isPython(client) ? { requestId } : { type: word, requestId };
    case "gemini":
      return isPython(client) ? { type: word } : { message: expect.stringContaining(`"${word}"`) };
  }
}

interface Tried {
  readonly asked: Asked;
  /** The statuses that the library got, one after the other. */
  readonly statuses: readonly number[];
}

async function tryOut({ client, stream }: (typeof cells)[number], key: string, model?: string): Promise<Tried> {
  proxy.take();
  const target = { root: proxy.url, key, model: model ?? MODELS[client.surface] };
  const asked = await client.ask(target, stream);
  return { asked, statuses: proxy.take().map(({ status }) => status) };
}

describe.skipIf(clients.length === 0).each(cells)("$name, stream: $stream", (cell) => {
  const { client } = cell;

  test("a budget that is used up is an error of quota, and is asked for once", async () => {
    const { key } = await makeKey({ limit: 0.000001 });
    const status = client.surface === "anthropic-messages" ? 402 : 429;
    const { asked, statuses } = await tryOut(cell, key);
    expect(asked.refused).toMatchObject({
      name: errorClass(client, status),
      status,
      message: expect.stringContaining("budget of this API key"),
      ...told(client, {
        "openai-chat": "insufficient_quota",
        "openai-responses": "insufficient_quota",
        "anthropic-messages": "billing_error",
        gemini: "RESOURCE_EXHAUSTED",
      }),
    });
    expect(statuses).toEqual([status]);
    expect(simulator.journal.entries).toEqual([]);
  });

  test("a rate limit that soon has room again is waited for by the library itself", async () => {
    const { key } = await makeKey(perMinute(100));
    await exhaust(key);
    const { asked, statuses } = await tryOut(cell, key);
    if (isGoogle(client)) {
      // Google's libraries do not try again unless they are told to.
      expect(statuses).toEqual([429]);
      expect(asked.refused).toMatchObject({ name: errorClass(client, 429), status: 429 });
      expect(asked.refused?.message).toMatch(/retryDelay/);
    } else {
      expect(asked).toMatchObject({ text: "hello" });
      expect(statuses).toEqual([429, 200]);
    }
  });

  test("a rate limit that has no room for long is an error at once", async () => {
    const { key } = await makeKey(perDay(1));
    expect((await tryOut(cell, key)).asked.text).toBe("hello");
    const { asked, statuses } = await tryOut(cell, key);
    expect(asked.refused).toMatchObject({
      name: errorClass(client, 429),
      status: 429,
      message: expect.stringContaining("per-day rate limit exceeded (1 requests per day)"),
      ...told(client, {
        "openai-chat": "rate_limit_exceeded",
        "openai-responses": "rate_limit_exceeded",
        "anthropic-messages": "rate_limit_error",
        gemini: "RESOURCE_EXHAUSTED",
      }),
    });
    expect(statuses).toEqual([429]);
    if (!isGoogle(client)) {
      expect(asked.refused?.headers).toMatchObject({
        "x-ratelimit-limit": "1",
        "x-ratelimit-remaining": "0",
        "x-should-retry": "false",
      });
      expect(asked.refused?.headers).not.toHaveProperty("retry-after");
    }
  });

  test.skipIf(isGoogle(client))("what is left of a limit is in the headers that the library hands out", async () => {
    const { key } = await makeKey(perMinute(100));
    const { asked } = await tryOut(cell, key);
    const own =
      client.surface === "anthropic-messages"
        ? { "anthropic-ratelimit-requests-limit": "100", "anthropic-ratelimit-requests-remaining": "99" }
        : { "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "99" };
    expect(asked.headers).toMatchObject(own);
  });

  // One child process asks one question after the other.
  test.skipIf(isPython(client))(
    "of two requests where one is allowed at a time the second takes its turn",
    async () => {
      const { key } = await makeKey({ concurrency: 1 });
      simulator.faults.push("latency=500");
      const target = { root: proxy.url, key, model: MODELS[client.surface] };
      const both = await Promise.all([cell.client.ask(target, cell.stream), cell.client.ask(target, cell.stream)]);
      const statuses = proxy.take().map(({ status }) => status);
      const answered = both.filter(({ text }) => text === "hello");
      if (isGoogle(client)) {
        expect(statuses).toEqual([429, 200]);
        expect(answered).toHaveLength(1);
      } else {
        expect(statuses).toEqual([429, 200, 200]);
        expect(answered).toHaveLength(2);
      }
    },
  );

  test("a key that is revoked is not valid from then on, and is asked with once", async () => {
    const { key, id } = await makeKey({});
    expect((await tryOut(cell, key)).asked.text).toBe("hello");
    await api(`PATCH /v1/keys/${id}`, { disabled: true });
    const { asked, statuses } = await tryOut(cell, key);
    expect(asked.refused).toMatchObject({
      name: errorClass(client, 401),
      status: 401,
      message: expect.stringContaining("No valid API key was sent"),
      ...told(client, {
        "openai-chat": "invalid_api_key",
        "openai-responses": "invalid_api_key",
        "anthropic-messages": "authentication_error",
        gemini: "UNAUTHENTICATED",
      }),
    });
    expect(statuses).toEqual([401]);
  });

  test("a model that the key may not have is no permission, and is asked for once", async () => {
    const { key } = await makeKey({ models: ["nothing/like-it"] });
    const { asked, statuses } = await tryOut(cell, key);
    const words = {
      "openai-chat": "permission_denied",
      "openai-responses": "permission_denied",
      "anthropic-messages": "permission_error",
      gemini: "PERMISSION_DENIED",
    };
    expect(asked.refused).toMatchObject({
      name: errorClass(client, 403),
      status: 403,
      message: expect.stringContaining("This key may not ask for"),
      ...told(client, words, "model"),
    });
    expect(statuses).toEqual([403]);
    expect(simulator.journal.entries).toEqual([]);
  });
});

/** Until the limit refuses. */
async function exhaust(key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: MODELS["openai-chat"], messages: [{ role: "user", content: "hello" }] });
  for (let status = 200; status === 200; ) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
    await answer.text();
    status = answer.status;
  }
}
