import { grammarViolation, parseSse, runAll, type StreamEvent } from "@signalbox/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { egressOf } from "../../packages/gateway/src/pipeline/dialects.ts";
import { ask, DIALECTS, type Rig, send, startRig, TERMINALS } from "./support.ts";

type DialectName = (typeof DIALECTS)[number];

const SAID =
  "Track one is clear since dawn. Behind platform seven waits the night express from Lisbon, whose driver reads; " +
  "nobody whistles, snow falls, both lamps glow red, and at half past nine a mail van rolls slowly home.";

/** Upstreams that go on with what they are given, and the mark that each needs. */
const GOES_ON = ["told-chat", "told-messages", "told-gemini"] as const;
const CUT_AFTER_CONTENT = "cut-after=6";

const told = [{ id: "sim-model", prefill: true }];
const SETTINGS = {
  continuation: true,
  // What is tested here fails on purpose and often.
  retries: { maxPerRequest: 3, budgetFloorPerSecond: 1000 },
  timeouts: { firstTokenMs: 1500, idleMs: 300, stallMs: 300 },
  models: Object.fromEntries(
    GOES_ON.flatMap((second) => [
      [`then-${second}`, { targets: ["chat/sim-model", `${second}/sim-model`] }],
      [`messages-then-${second}`, { targets: ["messages/sim-model", `${second}/sim-model`] }],
    ]).concat([
      ["then-responses", { targets: ["chat/sim-model", "responses/sim-model"] }],
      ["two-more", { targets: ["chat/sim-model", "told-messages/sim-model", "told-gemini/sim-model"] }],
    ]),
  ),
  moreProviders: (url: string) => ({
    "told-chat": {
      auth: "none",
      models: ["sim-model"],
      endpoints: { "openai-chat": { baseUrl: `${url}/v1`, quirks: { assistantPrefix: "prefix" } } },
    },
    "told-messages": { auth: "none", models: told, endpoints: { "anthropic-messages": { baseUrl: url } } },
    "told-gemini": { auth: "none", models: told, endpoints: { gemini: { baseUrl: url } } },
  }),
};

/** What a client reads out of a stream, by the codec that reads upstreams. */
function read(client: DialectName, text: string) {
  const origin = { dialect: client, provider: "gateway", model: "m" };
  const events: readonly StreamEvent[] = runAll(
    egressOf(client).decodeStream(origin),
    runAll(parseSse(), [Buffer.from(text)]),
  );
  expect(grammarViolation(events)).toBeUndefined();
  const said = events.map((event) => {
    if (event.type === "part-start") return event.part.type === "text" ? event.part.text : "";
    return event.type === "part-delta" && event.delta.type === "text" ? event.delta.text : "";
  });
  const last = events.at(-1);
  const usage = last?.type === "response-end" ? last.usage : undefined;
  return { text: said.join(""), end: last?.type, usage };
}

/** Messages of the wire that end an answer, well or badly. */
function terminals(client: DialectName, text: string): number {
  const ends = {
    "openai-chat": /^\[DONE\]$/,
    "openai-responses": /"response\.completed"/,
    "anthropic-messages": /"message_stop"/,
    gemini: /"finishReason"/,
  };
  return runAll(parseSse(), [Buffer.from(text)]).filter(({ data, event }) =>
    ends[client].test(event === undefined ? data : `"${event}"`),
  ).length;
}

const calls = (rig: Rig) => rig.simulator.journal.entries.map(({ url }) => url);
const logged = (rig: Rig) => rig.log.findLast(({ msg }) => msg === "request") ?? {};

interface Asked {
  readonly client: DialectName;
  readonly model: string;
}

function go(rig: Rig, { client, model }: Asked, text = `[[say ${SAID}]]`) {
  return send(rig.gateway.url, ask(client, model, { text, stream: true }));
}

describe.each(DIALECTS)("an %s client", (client) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(SETTINGS);
  });
  afterAll(() => rig.close());
  beforeEach(() => rig.simulator.journal.clear());

  describe.each(GOES_ON)("whose stream %s goes on with", (second) => {
    test.each(["then", "messages-then"])("reads all of it once, wherever it was cut (%s)", async (first) => {
      let continued = 0;
      for (let cut = 0; cut <= 14; cut += 1) {
        rig.simulator.faults.push(`cut-after=${cut}`);
        const answer = await go(rig, { client, model: `${first}-${second}` });
        expect(read(client, answer.text), `cut after ${cut}`).toMatchObject({ text: SAID, end: "response-end" });
        expect(terminals(client, answer.text), `cut after ${cut}`).toBe(1);
        if (JSON.stringify(logged(rig)).includes('"continues":true')) continued += 1;
      }
      expect(continued).toBeGreaterThan(5);
    });
  });

  test.each([
    "reset-after=6",
    "malformed-after=6",
    "error-after=6",
    "stall-after=6",
    "cut-before-end",
    "stall-before-end",
  ])("is spared %s", async (fault) => {
    rig.simulator.faults.push(fault);
    const answer = await go(rig, { client, model: "then-told-messages" });
    expect(read(client, answer.text)).toMatchObject({ text: SAID, end: "response-end" });
    expect(terminals(client, answer.text)).toBe(1);
  });

  test("does not read twice what the second repeats", async () => {
    for (const repeat of [8, 30, 1000]) {
      rig.simulator.faults.push(CUT_AFTER_CONTENT);
      const answer = await go(rig, { client, model: "then-told-gemini" }, `[[say ${SAID}]] [[repeat ${repeat}]]`);
      expect(read(client, answer.text).text).toBe(SAID);
    }
  });

  test("is answered by a third when the second is cut too", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT, CUT_AFTER_CONTENT);
    const answer = await go(rig, { client, model: "two-more" });
    expect(read(client, answer.text)).toMatchObject({ text: SAID, end: "response-end" });
    expect(calls(rig)).toHaveLength(3);
  });
});

describe("a stream that is cut", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig(SETTINGS);
  });
  afterEach(() => rig.close());

  test.each(DIALECTS)("ends in an error event when nobody can go on with it (%s client)", async (client) => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    const answer = await go(rig, { client, model: "then-responses" });
    expect(answer.text).toContain("error");
    expect(answer.text).not.toContain(TERMINALS[client]);
    expect(read(client, answer.text).end).toBe("response-error");
    expect(calls(rig)).toHaveLength(1);
    expect(logged(rig)).toMatchObject({ error: "upstream_truncated" });
  });

  test("ends in the error of the cut when those who could go on fail", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT, "status=500", "status=400");
    const answer = await go(rig, { client: "openai-chat", model: "two-more" });
    expect(read("openai-chat", answer.text).end).toBe("response-error");
    expect(calls(rig)).toEqual([
      "/v1/chat/completions",
      "/v1/messages",
      expect.stringContaining("streamGenerateContent"),
    ]);
    expect(logged(rig)).toMatchObject({ error: "upstream_truncated" });
  });

  test("is gone on with by the next when the first who could fails", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT, "status=503");
    const answer = await go(rig, { client: "anthropic-messages", model: "two-more" });
    expect(read("anthropic-messages", answer.text)).toMatchObject({ text: SAID, end: "response-end" });
  });

  test("is gone on with by the same target, when it is the only one", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    const answer = await go(rig, { client: "openai-chat", model: "told-messages/sim-model" });
    expect(read("openai-chat", answer.text)).toMatchObject({ text: SAID, end: "response-end" });
    expect(calls(rig)).toEqual(["/v1/messages", "/v1/messages"]);
  });

  test("is not gone on with once it holds a call", async () => {
    const text = '[[say First a look at the timetable.]] [[tool look {"at":"the timetable of the night express"}]]';
    let broken = 0;
    for (let cut = 1; cut <= 12; cut += 1) {
      rig.simulator.journal.clear();
      rig.simulator.faults.push(`cut-after=${cut}`);
      const answer = await go(rig, { client: "openai-chat", model: "messages-then-told-messages" }, text);
      const hasCall = answer.text.split("[DONE]").at(0)?.includes("tool_calls") === true;
      if (calls(rig).length > 1 || !hasCall || answer.text.includes("[DONE]")) continue;
      broken += 1;
      expect(read("openai-chat", answer.text).end).toBe("response-error");
    }
    expect(broken).toBeGreaterThan(0);
  });

  test("is not gone on with where JSON was asked for", async () => {
    rig.simulator.faults.push("cut-after=3");
    const call = ask("openai-chat", "then-told-messages", { text: `[[say ${SAID}]] as JSON`, stream: true });
    const body = { ...Object(call.body), response_format: { type: "json_object" } };
    const answer = await send(rig.gateway.url, { ...call, body });
    expect(read("openai-chat", answer.text).end).toBe("response-error");
    expect(calls(rig)).toHaveLength(1);
  });

  test("is asked for as the last assistant message, with what is left of the limit", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    await go(rig, { client: "anthropic-messages", model: "then-told-messages" });
    const body = Object(rig.simulator.journal.last()?.json);
    const last = body.messages.at(-1);
    const prefix = typeof last.content === "string" ? last.content : last.content[0].text;
    expect(last.role).toBe("assistant");
    expect(SAID.startsWith(prefix)).toBe(true);
    expect(prefix).toBe(prefix.trimEnd());
    expect(prefix.length).toBeGreaterThan(20);
    expect(body.max_tokens).toBeLessThan(1000);
    expect(body.max_tokens).toBeGreaterThan(900);
  });

  test("is told of: both attempts, what each used, and both together for the client", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    const call = ask("anthropic-messages", "then-told-messages", { text: `[[say ${SAID}]]`, stream: true });
    const answer = await send(rig.gateway.url, {
      ...call,
      headers: { ...call.headers, "x-signalbox-metadata": "body" },
    });
    const { attempts, usage } = Object(logged(rig));
    expect(attempts).toMatchObject([
      {
        provider: "chat",
        error: "upstream_truncated",
        usageEstimated: true,
        usage: { inputTokens: expect.any(Number) },
      },
      { provider: "told-messages", continues: true, usage: { inputTokens: expect.any(Number) } },
    ]);
    for (const kind of ["inputTokens", "outputTokens"])
      expect(usage[kind]).toBe(attempts[0].usage[kind] + attempts[1].usage[kind]);
    expect(attempts[0].usage.outputTokens).toBeGreaterThan(5);
    expect(read("anthropic-messages", answer.text).usage).toMatchObject({
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
    });
    const metadata = Object(
      JSON.parse(
        answer.text
          .split("\n")
          .findLast((line) => line.includes("generation_id"))
          ?.slice(6) ?? "{}",
      ),
    ).metadata;
    expect(metadata.attempts).toMatchObject([
      { model: "chat/sim-model", success: false, error: { code: "upstream_truncated" } },
      { model: "told-messages/sim-model", success: true, continues: true },
    ]);
    expect(metadata.reasoning).toContain("continuing the answer after 'chat/sim-model' failed (upstream_truncated)");
  });

  test("is whole in Gemini's framing as one JSON array too", async () => {
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    const call = ask("gemini", "then-told-messages", { text: `[[say ${SAID}]]`, stream: true });
    const answer = await send(rig.gateway.url, { ...call, path: call.path.replace("?alt=sse", "") });
    const chunks = JSON.parse(answer.text);
    expect(chunks.map((chunk: unknown) => Object(chunk).candidates[0].content.parts[0].text).join("")).toBe(SAID);
    expect(Object(logged(rig)).attempts).toHaveLength(2);
  });

  test("because its bytes were broken is not left running upstream", async () => {
    rig.simulator.faults.push("malformed-after=6;pace=20");
    await go(rig, { client: "openai-chat", model: "then-told-messages" });
    const [cut] = rig.simulator.journal.entries;
    await expect.poll(() => cut?.endedAt).toBeDefined();
    expect(cut).toMatchObject({ complete: false, aborted: true });
  });
});

describe("a request", () => {
  test.each([
    ["that was not opted in", { continuation: false }],
    ["that may not be retried", { retries: { maxPerRequest: 0 } }],
    [
      "whose target is spent and the budget too",
      { retries: { maxPerRequest: 3, budgetPercent: 0, budgetFloorPerSecond: 0 } },
    ],
  ])("%s gets an error event", async (_name, settings) => {
    const rig = await startRig({ ...SETTINGS, ...settings });
    rig.simulator.faults.push(CUT_AFTER_CONTENT);
    const answer = await go(rig, { client: "openai-chat", model: "told-messages/sim-model" });
    expect(read("openai-chat", answer.text).end).toBe("response-error");
    expect(calls(rig)).toHaveLength(1);
    await rig.close();
  });
});
