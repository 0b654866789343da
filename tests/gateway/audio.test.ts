import { request as httpRequest } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  attemptsOf,
  audioProviders,
  digest,
  FORM_TYPE,
  field,
  file,
  form,
  headOf,
  noise,
  type Piece,
  type Played,
  play,
  transcribe,
  transcription,
  wav,
} from "./audio-support.ts";
import { KEY, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
let played: Played;
beforeAll(async () => {
  played = await play();
  rig = await startRig({
    limits: { formBytes: 8 * 1024 * 1024 },
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

const lastForm = () => rig.simulator.journal.last()?.form?.parts ?? [];
const lastDigest = () => lastForm().find(({ name }) => name === "file")?.sha256;

describe("a transcript", () => {
  test("is of the client's own bytes, whatever the order of the form, with the upstream's name of the model", async () => {
    const bytes = noise(700_000);
    const pieces = [field("model", "first/m"), field("language", "en"), file(bytes)];
    for (const order of [pieces, pieces.toReversed()]) {
      const answer = await transcribe(rig, ...order);
      expect(answer.status, answer.text).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ text: `Heard 700000 bytes of sound.mp3: ${digest(bytes)}.` });
      expect(answer.headers["x-signalbox-provider"]).toBe("first");
      const values = lastForm().map(({ name, filename, head }) => [name, filename ?? head.toString()]);
      expect(values).toEqual(
        order.map(({ name, filename, value }) => [name, filename ?? (name === "model" ? "m" : value)]),
      );
    }
  });

  test("costs its tokens, its seconds, or what nobody knows, and never nothing", async () => {
    const cost = async (...pieces: readonly Piece[]) => {
      const answer = await transcribe(rig, ...pieces);
      expect(answer.status, answer.text).toBe(200);
      const [row] = await attemptsOf(rig, answer);
      const { input_tokens, output_tokens, audio_seconds, cost_nano, unpriced, estimated } = row ?? {};
      return { input_tokens, output_tokens, audio_seconds, cost_nano, unpriced, estimated };
    };
    const priced = { unpriced: 0, estimated: 0 };
    const seconds = { input_tokens: null, output_tokens: null };
    // 320,000 bytes are ten seconds, which are a hundred tokens of sound, and some of text.
    const tokens = await cost(field("model", "first/m"), file(noise(320_000)));
    expect(tokens).toMatchObject({ ...priced, input_tokens: 100 });
    expect(tokens.cost_nano).toBe(100 * 6000 + (tokens.output_tokens ?? 0) * 10_000);
    expect(await cost(field("model", "first/whisper-1"), file(noise(320_000)))).toEqual({
      ...priced,
      ...seconds,
      audio_seconds: 10,
      cost_nano: 1_000_000,
    });
    const verbose = field("response_format", "verbose_json");
    expect(await cost(field("model", "first/whisper-other"), verbose, file(noise(320_000)))).toMatchObject({
      ...priced,
      audio_seconds: 10,
      cost_nano: 1_000_000,
    });
    const subtitles = field("response_format", "srt");
    expect(await cost(field("model", "first/whisper-other"), subtitles, file(wav(7), "a.wav"))).toMatchObject({
      audio_seconds: 7,
      cost_nano: 700_000,
      unpriced: 0,
      estimated: 1,
    });
    expect(await cost(field("model", "first/whisper-other"), subtitles, file(noise(1000)))).toMatchObject({
      audio_seconds: null,
      unpriced: 1,
    });
  });

  test("comes in every format, unchanged", async () => {
    const bytes = noise(1000);
    const of = async (model: string, format: string) => {
      const answer = await transcribe(rig, field("model", model), field("response_format", format), file(bytes));
      const direct = await send(
        rig.simulator.url,
        transcription(field("model", model.replace("first/", "")), field("response_format", format), file(bytes)),
      );
      expect(answer.text).toBe(direct.text);
      expect(answer.headers["content-type"]).toBe(direct.headers["content-type"]);
      return answer.status;
    };
    for (const format of ["json", "text", "srt", "verbose_json", "vtt"])
      expect(await of("first/whisper-1", format)).toBe(200);
    expect(await of("first/diarize", "diarized_json")).toBe(200);
    expect(await of("first/m", "srt")).toBe(400);
    expect(await of("first/m", "yaml")).toBe(400);
  });

  test("streams", async () => {
    const bytes = noise(64_000);
    const answer = await transcribe(rig, field("model", "first/m"), field("stream", "true"), file(bytes));
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    expect(answer.text).toContain(
      `"type":"transcript.text.done","text":"Heard 64000 bytes of sound.mp3: ${digest(bytes)}."`,
    );
    expect(await attemptsOf(rig, answer)).toMatchObject([{ input_tokens: 20, unpriced: 0, estimated: 0 }]);
  });

  test("a stream without its end is a failure that the client is told", async () => {
    rig.simulator.faults.push("cut-after=2");
    const answer = await transcribe(rig, field("model", "first/m"), field("stream", "true"), file(noise(1000)));
    expect(answer.text).toContain('"error"');
    expect(answer.text).not.toContain("transcript.text.done");
  });

  test("of sound in another language is a translation", async () => {
    const answer = await send(rig.gateway.url, {
      ...transcription(field("model", "first/whisper-1"), file(noise(32_000))),
      path: "/v1/audio/translations",
    });
    expect(answer.status, answer.text).toBe(200);
    expect(rig.simulator.journal.last()?.url).toBe("/v1/audio/translations");
  });
});

describe("when an upstream fails", () => {
  for (const fault of ["status=503", "reset", "cut"]) {
    test(`the next is sent the same bytes (${fault})`, async () => {
      const bytes = noise(3_000_000);
      rig.simulator.faults.push(fault);
      const answer = await transcribe(rig, field("model", "both"), file(bytes), field("prompt", "words"));
      expect(answer.status, answer.text).toBe(200);
      const forms = rig.simulator.journal.entries.map((entry) => entry.form?.parts.map(({ sha256 }) => sha256));
      expect(forms.length).toBe(2);
      expect(forms[1]).toEqual(forms[0]);
      expect(lastDigest()).toBe(digest(bytes));
    });
  }

  test("before it has read all, and the client is still sending, the next is sent all of it", async () => {
    const bytes = noise(2_000_000);
    let refused = 0;
    played.handle = (request, response) => {
      request.once("data", () => {
        refused += 1;
        response.writeHead(503, { "content-type": "application/json" });
        response.end('{"error":{"message":"busy","type":"server_error"}}');
        rest.resolve();
      });
    };
    const rest = Promise.withResolvers<void>();
    const outgoing = open({ model: "played/m", headers: { "x-signalbox-routing": '{"models":["second/m"]}' } });
    outgoing.request.write(bytes.subarray(0, 500_000));
    await rest.promise;
    outgoing.request.end(Buffer.concat([bytes.subarray(500_000), Buffer.from("\r\n--b--\r\n")]));
    const answer = await outgoing.answer;
    expect([answer.status, refused]).toEqual([200, 1]);
    expect(lastDigest()).toBe(digest(bytes));
  });

  test("what it says of the request goes to the client in its own words", async () => {
    const answer = await transcribe(rig, field("model", "first/m"), file(noise(1000), "notes.txt"));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error.message).toContain("Unrecognized file format");
  });
});

interface Opened {
  readonly model: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: boolean;
}

/** A form whose model has been sent, and of whose file the client sends what it likes. */
function open({ model, headers = {}, stream = false }: Opened) {
  const request = httpRequest(`${rig.gateway.url}/v1/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, ...FORM_TYPE, ...headers },
    agent: false,
  });
  const { promise: answer, resolve } = Promise.withResolvers<{ readonly status: number; readonly text: string }>();
  request.on("error", () => undefined);
  request.on("response", async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  });
  const wish = stream ? `${headOf("stream")}true\r\n` : "";
  request.write(`${wish}${headOf("model")}${model}\r\n${headOf("file", "sound.mp3")}`);
  return { request, answer };
}

/** What an upstream sees of one request. */
function watched() {
  const begun = Promise.withResolvers<Buffer>();
  const ended = Promise.withResolvers<"whole" | "cut">();
  let asked = 0;
  played.handle = (request, response) => {
    asked += 1;
    let seen = Buffer.alloc(0);
    request.on("data", (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (seen.includes("first words")) begun.resolve(seen);
    });
    request.on("end", () => {
      ended.resolve("whole");
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"text":"heard"}');
    });
    request.on("close", () => ended.resolve("cut"));
    request.on("error", () => ended.resolve("cut"));
  };
  return { begun: begun.promise, ended: ended.promise, asked: () => asked };
}

describe("while the client still sends", () => {
  test("the upstream gets the beginning", async () => {
    const upstream = watched();
    const client = open({ model: "played/m" });
    client.request.write("first words");
    expect((await upstream.begun).toString()).toContain("first words");
    client.request.end(" and last\r\n--b--\r\n");
    expect(await upstream.ended).toBe("whole");
    expect(await client.answer).toEqual({ status: 200, text: '{"text":"heard"}' });
  });

  test("its slowness is not the upstream's", async () => {
    const upstream = watched();
    const client = open({ model: "hurried/m", stream: true });
    client.request.write("first words");
    await upstream.begun;
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.request.end("\r\n--b--\r\n");
    expect(await client.answer).toMatchObject({ status: 200 });
    expect(upstream.asked()).toBe(1);
  });

  test("too much of it ends the upstream's request, and the client is told 413", async () => {
    const upstream = watched();
    const client = open({ model: "played/m" });
    client.request.write("first words");
    await upstream.begun;
    const more = () => {
      while (!client.request.destroyed && client.request.write(Buffer.alloc(65_536)));
    };
    client.request.on("drain", more);
    more();
    expect(await client.answer).toMatchObject({ status: 413 });
    expect(await upstream.ended).toBe("cut");
    client.request.destroy();
  });

  test("a second model ends it, too", async () => {
    const upstream = watched();
    const client = open({ model: "played/m" });
    client.request.write("first words");
    await upstream.begun;
    client.request.write(`\r\n${headOf("model")}first/m\r\n--b--\r\n`);
    const { status, text } = await client.answer;
    expect([status, text]).toEqual([400, expect.stringContaining("more than once")]);
    expect(await upstream.ended).toBe("cut");
    client.request.destroy();
  });

  test("a form that never ends properly ends it, too", async () => {
    const upstream = watched();
    const client = open({ model: "played/m" });
    client.request.write("first words");
    await upstream.begun;
    client.request.end("\r\n--b");
    expect(await client.answer).toMatchObject({ status: 400 });
    expect(await upstream.ended).toBe("cut");
  });

  test("a client that goes away ends it, too", async () => {
    const upstream = watched();
    const client = open({ model: "played/m" });
    client.request.write("first words");
    await upstream.begun;
    client.request.destroy();
    expect(await upstream.ended).toBe("cut");
  });
});

describe("bad forms", () => {
  const bad = async (raw: Buffer | string, headers: Readonly<Record<string, string>> = FORM_TYPE) => {
    const answer = await send(rig.gateway.url, { path: "/v1/audio/transcriptions", raw, headers });
    expect(rig.simulator.journal.length).toBe(0);
    return `${answer.status} ${JSON.parse(answer.text).error.message}`;
  };

  test("are refused in OpenAI's shape before anybody is asked", async () => {
    expect(await bad(form(file(noise(10))))).toMatch(/^400 'model' is missing/);
    expect(await bad(form(field("model", ""), file(noise(10))))).toMatch(/^400 'model'/);
    expect(await bad("{}", { "content-type": "application/json" })).toMatch(/^415/);
    expect(await bad(form(), { "content-type": "multipart/form-data" })).toMatch(/^400.*boundary/);
    expect(await bad(form(...Array.from({ length: 10_000 }, () => field("a", "1"))))).toMatch(
      /^400.*more than 200 parts/,
    );
    expect(await bad(form(file(noise(9 * 1024 * 1024)), field("model", "first/m")))).toMatch(/^413/);
    expect(await bad(form(field("model", "nobody/has-it"), file(noise(10))))).toMatch(/^404/);
    expect(await bad(form(field("model", "silent/m"), file(noise(10))))).toMatch(/^4\d\d.*transcription/);
  });

  test("cannot be repeated under a key: of them no copy is kept", async () => {
    expect(
      await bad(form(field("model", "first/m"), file(noise(10))), { ...FORM_TYPE, "idempotency-key": "k" }),
    ).toMatch(/^400.*Idempotency-Key/);
  });

  test("fields go by the names that the endpoint has for them", async () => {
    const answer = await transcribe(
      rig,
      field("model", "renamed/m"),
      field("hint", "words"),
      field("language", "en"),
      file(noise(10)),
    );
    expect(answer.status, answer.text).toBe(200);
    expect(lastForm().map(({ name }) => name)).toEqual(["model", "prompt", "file"]);
    expect(answer.headers["x-signalbox-dropped"]).toBe("language");
  });
});
