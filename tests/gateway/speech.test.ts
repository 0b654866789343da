import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { attemptsOf, audioProviders, digest, type Played, play } from "./audio-support.ts";
import { KEY, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
let played: Played;
beforeAll(async () => {
  played = await play();
  rig = await startRig({
    models: {
      both: { targets: ["first/m", "second/m"] },
      "omni-moderation-latest": { targets: ["first/omni-moderation-latest"] },
    },
    moreProviders: (url) => audioProviders(url, played.url),
  });
});
afterAll(async () => {
  await rig.close();
  played.close();
});
afterEach(() => {
  rig.simulator.faults.clear();
  rig.simulator.journal.clear();
});

const speak = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  send(rig.gateway.url, { path: "/v1/audio/speech", body: { voice: "alloy", ...body }, headers });

describe("speech", () => {
  /** As bytes: sound is no text. */
  const bytesOf = async (url: string, model: string) => {
    const response = await fetch(`${url}/v1/audio/speech`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ model, voice: "alloy", input: "Track nine is clear.".repeat(50), response_format: "wav" }),
    });
    return { type: response.headers.get("content-type"), digest: digest(new Uint8Array(await response.arrayBuffer())) };
  };

  test("is the upstream's sound, byte by byte", async () => {
    const through = await bytesOf(rig.gateway.url, "first/tts-1");
    expect(through).toEqual(await bytesOf(rig.simulator.url, "tts-1"));
    expect(through.type).toBe("audio/wav");
  });

  test("costs its characters, or the tokens that the upstream tells, or what nobody knows", async () => {
    const characters = await speak({ model: "first/tts-1", input: "\u{1f682} clear." });
    expect(await attemptsOf(rig, characters)).toMatchObject([
      { characters: 8, cost_nano: 120_000, unpriced: 0, estimated: 0 },
    ]);
    const told = await speak({ model: "first/tts-2", input: "Track nine is clear.", stream_format: "sse" });
    expect(told.text).toContain("speech.audio.done");
    expect(await attemptsOf(rig, told)).toMatchObject([
      { input_tokens: 5, output_tokens: 5, cost_nano: 63_000, unpriced: 0 },
    ]);
    const untold = await speak({ model: "first/tts-2", input: "Track nine is clear." });
    expect(await attemptsOf(rig, untold)).toMatchObject([{ characters: 20, unpriced: 1 }]);
  });

  test("falls back, and breaks where it can no longer", async () => {
    rig.simulator.faults.push("status=503");
    expect((await speak({ model: "both", input: "Hello" })).status).toBe(200);
    rig.simulator.faults.push("reset-after=3");
    expect(await speak({ model: "first/tts-1", input: "Hello".repeat(100) })).toMatchObject({ cut: true });
  });

  test("is refused as OpenAI refuses it", async () => {
    expect((await speak({ model: "first/tts-1", input: "Hello", speed: 9 })).status).toBe(400);
    expect((await speak({ model: "first/tts-1", input: 5 })).status).toBe(400);
    expect((await speak({ input: "Hello" })).status).toBe(400);
  });

  test("fields go by the names that the endpoint has for them", async () => {
    const answer = await send(rig.gateway.url, {
      path: "/v1/audio/speech",
      body: { model: "renamed/tts-1", input: "Hello", voice_id: "alloy", speed: 2 },
    });
    expect(answer.status).toBe(200);
    expect(rig.simulator.journal.last()?.json).toEqual({ model: "tts-1", input: "Hello", voice: "alloy" });
    expect(answer.headers["x-signalbox-dropped"]).toBe("speed");
  });

  test("is said once under a key", async () => {
    const ask = () => speak({ model: "first/tts-1", input: "Once" }, { "idempotency-key": "say-it-once" });
    const [first, second] = [await ask(), await ask()];
    expect(second.text).toBe(first.text);
    expect(rig.simulator.journal.length).toBe(1);
  });
});

describe("moderation", () => {
  const judge = (body: object) => send(rig.gateway.url, { path: "/v1/moderations", body });

  test("judges text, texts and pictures", async () => {
    const picture = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
    const inputs = ["I want to kill them.", ["Hello", "kill"], [{ type: "text", text: "Hello" }, picture]];
    const flags = [];
    for (const input of inputs) {
      const answer = await judge({ model: "first/omni-moderation-latest", input });
      expect(answer.status, answer.text).toBe(200);
      flags.push(JSON.parse(answer.text).results.map(({ flagged }: { flagged: boolean }) => flagged));
      expect(await attemptsOf(rig, answer)).toMatchObject([{ cost_nano: 0, unpriced: 0 }]);
    }
    expect(flags).toEqual([[true], [false, true], [false]]);
  });

  test("takes OpenAI's model where none is named", async () => {
    const answer = await judge({ input: "Hello" });
    expect(answer.status, answer.text).toBe(200);
    expect(rig.simulator.journal.last()?.json).toEqual({ model: "omni-moderation-latest", input: "Hello" });
  });
});

describe("sound in a conversation", () => {
  const body = {
    modalities: ["text", "audio"],
    audio: { voice: "alloy", format: "wav" },
    messages: [
      { role: "user", content: "Hello" },
      { role: "assistant", audio: { id: "audio_1" } },
      { role: "user", content: "Again" },
    ],
  };
  const converse = (model: string, headers: Readonly<Record<string, string>> = {}) =>
    send(rig.gateway.url, { path: "/v1/chat/completions", body: { model, ...body }, headers });

  test("goes to an upstream of OpenAI's as it is", async () => {
    await converse("first/m");
    expect(rig.simulator.journal.last()?.json).toEqual({ model: "m", ...body });
  });

  test("comes back as it is, whole and as a stream", async () => {
    const base = { id: "chatcmpl-1", created: 1, model: "m" };
    const spoken = { id: "audio_2", data: "UklGRg==", transcript: "Hi.", expires_at: 9 };
    const usage = {
      prompt_tokens: 3,
      completion_tokens: 5,
      total_tokens: 8,
      completion_tokens_details: { audio_tokens: 4 },
    };
    const message = { role: "assistant", content: null, audio: spoken };
    const whole = {
      ...base,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    };
    const chunk = (delta: object, finish: string | null, more: object = {}) =>
      `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
    const stream = [
      chunk({ role: "assistant", audio: { id: "audio_2", transcript: "Hi." } }, null),
      chunk({ audio: { data: "UklGRg==" } }, null),
      chunk({ audio: { expires_at: 9 } }, "stop", { usage }),
      "data: [DONE]\n\n",
    ].join("");
    const answers = [
      { type: "application/json", text: JSON.stringify(whole) },
      { type: "text/event-stream", text: stream },
    ];
    for (const { type, text } of answers) {
      played.handle = (request, response) => {
        request.resume();
        response.writeHead(200, { "content-type": type });
        response.end(text);
      };
      const answer = await send(rig.gateway.url, {
        path: "/v1/chat/completions",
        body: { model: "played/m", ...body, stream: type !== "application/json" },
        headers: { "x-signalbox-metadata": "off" },
      });
      expect(answer.text).toContain('"UklGRg=="');
      expect(answer.text).toContain('"expires_at":9');
      expect(await lastAudioTokens()).toBe(4);
    }
  });

  const lastAudioTokens = async () => {
    await send(rig.gateway.url, { method: "GET", path: "/v1/generation?id=019ab000-0000-7000-8000-000000000000" });
    const { requests } = await rig.store.usage.requests({ from: 0, to: Date.UTC(2100, 0), limit: 1 });
    const [attempt] = await rig.store.usage.attemptsOf(requests[0]?.id ?? "");
    return attempt?.audio_output_tokens;
  };

  for (const provider of ["messages", "responses"]) {
    test(`is told to be lost where it cannot be had: ${provider}`, async () => {
      const answer = await converse(`${provider}/m`);
      const dropped = String(answer.headers["x-signalbox-dropped"]);
      expect([answer.status, dropped]).toEqual([200, expect.stringContaining("audio")]);
      expect((await converse(`${provider}/m`, { "x-signalbox-strict": "true" })).status).toBe(400);
    });
  }
});
