import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { speakers, type Wish } from "./cloud-speakers.ts";
import { CLOUD_WAYS, type CloudWay, clouds, deployments } from "./cloud-ways.ts";
import { totals } from "./ledger-support.ts";
import { type Answer, type Call, DIALECTS, type Rig, send, startRig, TERMINALS } from "./support.ts";

/** Clients of every dialect, at every cloud. The simulator checks AWS's signatures and the seals of what was thought. */

const rigs: { [R in CloudWay["rig"]]?: Rig } = {};
const rigOf = ({ rig }: CloudWay): Rig => {
  const found = rigs[rig];
  if (found === undefined) throw new Error("The gateway is not there.");
  return found;
};

beforeAll(async () => {
  rigs.clouds = await startRig({ moreProviders: clouds });
  rigs.deployments = await startRig({ moreProviders: deployments });
});
afterAll(async () => {
  for (const rig of Object.values(rigs)) await rig.close();
});
beforeEach(() => {
  for (const rig of Object.values(rigs)) rig.simulator.journal.clear();
});

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SCHEMA = {
  type: "object",
  properties: { platform: { type: "integer" } },
  required: ["platform"],
  additionalProperties: false,
};

const CELLS = CLOUD_WAYS.flatMap((way) =>
  DIALECTS.flatMap((client) => [false, true].map((stream) => ({ way, client, stream, name: way.name }))),
);

describe.each(CELLS)("$name for a client of $client, streamed: $stream", ({ way, client, stream }) => {
  const speaker = speakers[client];
  const sent = (call: Call) => send(rigOf(way).gateway.url, call);
  const first = (wish: Omit<Wish, "stream">, streamed = stream) =>
    sent(speaker.first(way.model, { ...wish, stream: streamed }));
  const asked = () => rigOf(way).simulator.journal.entries.filter(({ url }) => !url.endsWith("/token"));
  /** That nothing went wrong, and the answer came to its end. */
  const expectWhole = ({ status, text }: Answer) => {
    expect(status, text).toBe(200);
    if (stream) expect(text).toContain(TERMINALS[client]);
    if (stream) expect(text).not.toMatch(/event: error|"error":\s*\{/);
  };

  /** The attempt of the one request that it makes. */
  const billed = async (run: () => Promise<void>) => {
    const rig = rigOf(way);
    const before = (await totals(rig)).requests;
    await run();
    await expect.poll(async () => (await totals(rig)).requests).toBe(before + 1);
    const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
    return (await rig.store.usage.attemptsOf(requests[0]?.id ?? ""))[0];
  };

  test("text, where its models stand, let in as it lets in", async () => {
    expectWhole(await first({ text: "[[say All aboard.]]" }));
    const [entry] = asked();
    expect(entry?.url.split("?")[0]).toBe(way.path(stream, client));
    expect(entry?.headers.authorization).toMatch(way.credential);
    expect(entry?.status).toBe(200);
  });

  test("what is used is billed by the cloud's own list, nothing of it twice", async () => {
    const { input, output, cacheRead = 0, cacheWrite = 0 } = way.price;
    const read = cacheRead > 0 ? 400 : 0;
    const written = cacheWrite > 0 ? 200 : 0;
    const text = `[[cache ${read} ${written}]] [[say All aboard.]]`;
    const attempt = await billed(async () => expectWhole(await first({ text })));
    const usage = asked()[0]?.usage;
    if (usage === undefined) throw new Error("There is no such call.");
    const anew = usage.input - read - written;
    const perMillion = anew * input + read * cacheRead + written * cacheWrite + usage.output * output;
    expect(attempt).toMatchObject({
      input_tokens: anew,
      cache_read_tokens: read,
      output_tokens: usage.output,
      estimated: 0,
      unpriced: 0,
      cost_nano: Math.round(perMillion * 1000),
    });
    expect(attempt?.cache_write_5m_tokens ?? 0).toBe(written);
  });

  test("a tool is called, and its result goes back with all that was thought", async () => {
    const wish = { text: '[[think A plan.]] [[tool add {"a":1}]]', tool: true, thinks: true } as const;
    const whole = await first(wish, false);
    expect(whole.status, whole.text).toBe(200);
    expect(speaker.calls(whole.text)).toEqual([{ a: 1 }]);
    const second = await sent(speaker.second(way.model, { ...wish, stream }, whole.text));
    expectWhole(second);
    if (!stream) expect(speaker.text(second.text)).toContain("Tool said: ");
    if (way.signs && client !== "openai-chat")
      expect(asked().at(-1)?.body.toString()).toMatch(/"signature"|"encrypted_content"|"thoughtSignature"/);
  });

  const marks = client === "openai-chat" || client === "anthropic-messages";
  test.runIf(marks)("a breakpoint stands where there are any, and is said to be left out elsewhere", async () => {
    const wish = { text: "[[say All aboard.]]", prefix: `${client} ${stream} `.repeat(60) };
    const answer = await first(wish);
    expectWhole(answer);
    const { "x-signalbox-lane": lane, "x-signalbox-dropped": dropped, "x-signalbox-adapted": adapted } = answer.headers;
    if (!way.breakpoints)
      return lane === "passthrough" || expect(`${dropped} ${adapted}`).toMatch(/cache-(control|breakpoint)/);
    expect(asked()[0]?.body.toString()).toMatch(/"cachePoint":|"cache_control":/);
    const again = await billed(async () => expectWhole(await first(wish)));
    expect(again?.cache_read_tokens).toBeGreaterThan(100);
  });

  test("an image is seen", async () => {
    const answer = await first({ text: "What is this?", image: PNG });
    expectWhole(answer);
    expect(asked()[0]?.body.toString()).toContain(PNG);
    if (!stream) expect(speaker.text(answer.text)).toContain("[saw image/png 70 bytes]");
  });

  test("a schema is kept to, or said as an instruction", async () => {
    const answer = await first({ text: "Which one?", schema: SCHEMA });
    expectWhole(answer);
    expect(asked()[0]?.body.toString()).toContain("platform");
    if (!way.schemas) return expect(answer.headers["x-signalbox-adapted"]).toContain("structured-output");
    if (!stream) expect(JSON.parse(speaker.text(answer.text))).toEqual({ platform: expect.any(Number) });
  });

  test("a prompt that is too long is told in the client's own words", async () => {
    const answer = await first({ text: "[[fault context-overflow]]" });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(speaker.overflow);
  });

  test.each(["cut-after=6", "error-after=6"])("a stream that ends in %s is an error", async (fault) => {
    if (!stream) return;
    const answer = await first({ text: `[[fault ${fault}]] [[stream 40]]` });
    expect(answer.text).toMatch(/error/i);
    const { error } = rigOf(way).log.at(-1) ?? {};
    expect(String(error)).toMatch(fault.startsWith("cut") ? /^upstream_truncated$/ : /^upstream_|overloaded/);
  });
});
