import { createServer } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LimitStanding } from "../../packages/gateway/src/accounting/accounts.ts";
import { limitHeaders, tellLimits } from "../../packages/gateway/src/pipeline/limit-headers.ts";
import { readRateLimits } from "../../packages/gateway/src/upstream/rate-limits.ts";
import { answerJson, startUpstream, type Upstream } from "./routing-support.ts";
import { ask, DIALECTS, type Rig, send, startRig } from "./support.ts";

const now = Date.parse("2026-11-20T12:00:00.250Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const standing = (more: Partial<LimitStanding>): LimitStanding => ({
  unit: "requests",
  windowMs: MINUTE,
  limit: 60,
  remaining: 12,
  resetMs: 48_000,
  ...more,
});
const tokens = standing({ unit: "tokens", limit: 100_000, remaining: 99_000.4, resetMs: 600 });
const daily = standing({ windowMs: DAY, limit: 1000, remaining: 988, resetMs: 1_036_801 });

/** Of either router's clients, whatever the dialect. */
const ROUTERS = {
  "x-ratelimit-limit-minute": "60",
  "x-ratelimit-remaining-minute": "12",
  "x-ratelimit-reset-minute": "48",
  "x-ratelimit-limit-day": "1000",
  "x-ratelimit-remaining-day": "988",
  "x-ratelimit-reset-day": "1037",
  "x-ratelimit-limit": "60",
  "x-ratelimit-remaining": "12",
  "x-ratelimit-reset": String(Date.parse("2026-11-20T12:00:49Z") / 1000),
};

describe("the headers of a caller's limits", () => {
  const all = [standing({ limit: 100, remaining: 80 }), standing({}), tokens, daily];

  test.each(["openai-chat", "openai-responses"] as const)(
    "%s: OpenAI's names and spans, of the tightest",
    (dialect) => {
      expect(limitHeaders(dialect, all, now)).toEqual({
        ...ROUTERS,
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "12",
        "x-ratelimit-reset-requests": "48s",
        "x-ratelimit-limit-tokens": "100000",
        "x-ratelimit-remaining-tokens": "99000",
        "x-ratelimit-reset-tokens": "600ms",
      });
    },
  );

  test("anthropic-messages: Anthropic's names and times", () => {
    expect(limitHeaders("anthropic-messages", all, now)).toEqual({
      ...ROUTERS,
      "anthropic-ratelimit-requests-limit": "60",
      "anthropic-ratelimit-requests-remaining": "12",
      "anthropic-ratelimit-requests-reset": "2026-11-20T12:00:49Z",
      "anthropic-ratelimit-tokens-limit": "100000",
      "anthropic-ratelimit-tokens-remaining": "99000",
      "anthropic-ratelimit-tokens-reset": "2026-11-20T12:00:01Z",
    });
  });

  test("gemini: none of its own", () => {
    expect(limitHeaders("gemini", all, now)).toEqual(ROUTERS);
  });

  test.each(DIALECTS)("%s: nothing for a caller without limits", (dialect) => {
    expect(limitHeaders(dialect, [], now)).toEqual({});
  });

  test("what has no header of its own is told as the limit that binds", () => {
    const fiveHours = standing({ windowMs: 5 * HOUR, limit: 200, remaining: 3, resetMs: HOUR });
    const reset = String(Math.ceil((now + HOUR) / 1000));
    const binding = { "x-ratelimit-limit": "200", "x-ratelimit-remaining": "3", "x-ratelimit-reset": reset };
    expect(limitHeaders("openai-chat", [fiveHours], now)).toEqual(binding);
    expect(limitHeaders("gemini", [tokens], now)).toMatchObject({ "x-ratelimit-limit": "100000" });
  });

  test.each([
    [0, "0ms"],
    [12, "12ms"],
    [999.2, "1s"],
    [1500, "1.5s"],
    [360_000, "6m0s"],
    [59 * MINUTE + 59_999, "59m59.999s"],
    [DAY + 1000, "24h0m1s"],
  ])("%d ms is %s in OpenAI's headers", (resetMs, text) => {
    expect(limitHeaders("openai-chat", [standing({ resetMs })], now)["x-ratelimit-reset-requests"]).toBe(text);
  });

  test("a gateway in front of this one reads them as they are meant", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DAY }), (resetMs) => {
        const spent = standing({ remaining: 0, resetMs });
        const told = limitHeaders("openai-chat", [spent], now);
        const { "x-ratelimit-reset-requests": reset = "" } = told;
        const hint = readRateLimits(
          { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset },
          undefined,
          new Date(now),
        );
        expect(hint.resetMs).toBe(resetMs);
      }),
    );
  });

  test("figures are whole, never negative, and no header is longer than it needs to be", () => {
    const figure = fc.double({ min: -1e9, max: 1e15, noNaN: true });
    const any = fc.record({
      unit: fc.constantFrom("requests" as const, "tokens" as const),
      windowMs: fc.constantFrom(MINUTE, HOUR, DAY),
      limit: figure,
      remaining: figure,
      resetMs: fc.double({ min: -1e6, max: 1e10, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...DIALECTS), fc.array(any, { maxLength: 5 }), (dialect, standings) => {
        for (const value of Object.values(limitHeaders(dialect, standings, now))) {
          expect(value).toMatch(/^(\d+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|(\d+h)?(\d+m)?\d+(\.\d{1,3})?s|\d+ms)$/);
        }
      }),
    );
  });
});

test("they are on whatever is answered then, and on nothing that has begun", async () => {
  const server = createServer((_request, response) => {
    const surface = { dialect: "openai-chat", operation: "generate", framing: "sse", query: "" } as const;
    tellLimits({ response, surface }, [tokens]);
    response.writeHead(429, { "content-type": "application/json" });
    tellLimits({ response, surface }, [standing({})]);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { status, headers } = await send(`http://127.0.0.1:${port}`, { path: "/" });
  server.close();
  expect(status).toBe(429);
  expect(headers).toMatchObject({ "x-ratelimit-limit-tokens": "100000", "content-type": "application/json" });
  expect(headers["x-ratelimit-limit-requests"]).toBeUndefined();
});

describe("a provider's own quota", () => {
  const quota = {
    "x-ratelimit-limit-requests": "7777",
    "x-ratelimit-remaining-tokens": "7777",
    "anthropic-ratelimit-tokens-remaining": "7777",
    "anthropic-ratelimit-unified-status": "7777",
    "anthropic-organization-id": "7777",
    "openai-organization": "7777",
    "ratelimit-limit": "7777",
    "x-ratelimit-reset": "7777",
  };
  let upstream: Upstream;
  let rig: Rig;
  let status = 200;

  beforeAll(async () => {
    upstream = await startUpstream((_call, response) => {
      for (const [name, value] of Object.entries(quota)) response.setHeader(name, value);
      answerJson(response, status, status === 200 ? COMPLETION : { error: { message: "no", type: "x", code: null } });
    });
    const endpoints = {
      "openai-chat": { baseUrl: `${upstream.url}/v1` },
      "anthropic-messages": { baseUrl: upstream.url },
    };
    rig = await startRig({ moreProviders: () => ({ metered: { auth: "none", models: ["m"], endpoints } }) });
  });
  afterAll(async () => {
    await rig.close();
    await upstream.close();
  });

  test.each([200, 400, 429])("never reaches a client of its dialect (%d)", async (wanted) => {
    status = wanted;
    const answer = await send(rig.gateway.url, ask("openai-chat", "metered/m", { text: "hi", stream: false }));
    expect(answer.status).toBe(wanted);
    expect(JSON.stringify(answer.headers)).not.toContain("7777");
  });
});

const COMPLETION = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
