import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, type Rig, send, startRig } from "./support.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    moreProviders: (url) => {
      const chat = { baseUrl: `${url}/compatible/v1`, quirks: { imageOutput: "image_config" } };
      const gemini = { baseUrl: url };
      return {
        gem: {
          auth: "none",
          models: ["painter", "speaker", "gemini-3-pro-image", "gemini-3-pro"],
          endpoints: { gemini },
        },
        router: { auth: "none", models: ["painter", "speaker"], endpoints: { "openai-chat": chat } },
        tools: {
          auth: "none",
          models: ["painter", "gpt-5"],
          endpoints: {
            "openai-chat": { baseUrl: `${url}/v1`, quirks: { imageOutput: "none" } },
            "openai-responses": { baseUrl: `${url}/v1` },
          },
        },
        writer: {
          auth: "none",
          models: ["claude-of-ours", "claude-opus-4-5"],
          endpoints: { "anthropic-messages": gemini },
        },
      };
    },
    models: { either: { targets: ["writer/claude-of-ours", "gem/painter"] } },
    auto: { models: ["writer/claude-opus-4-5", "gem/gemini-3-pro-image"] },
  });
});
afterAll(() => rig.close());
beforeEach(() => rig.simulator.journal.clear());

const upstream = () => JSON.parse(JSON.stringify(rig.simulator.journal.last()?.json ?? {}));

interface Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly text?: string;
}

const CLIENTS = {
  chat: {
    picture: ({ model, stream, text = "a cat" }: Asked) => ({
      path: "/v1/chat/completions",
      body: {
        model,
        stream,
        modalities: ["image", "text"],
        image_config: { aspect_ratio: "16:9" },
        messages: [{ role: "user", content: text }],
      },
    }),
    pictures: (bodies: readonly Body[]) =>
      bodies
        .flatMap(({ choices = [] }) => choices)
        .flatMap(({ message, delta }: Body) => (message ?? delta)?.images ?? [])
        .map(({ image_url }: Body) => image_url.url.replace("data:image/png;base64,", "")),
  },
  gemini: {
    picture: ({ model, stream, text = "a cat" }: Asked) => ({
      path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      body: {
        contents: [{ role: "user", parts: [{ text }] }],
        generationConfig: { responseModalities: ["TEXT", "IMAGE"], imageConfig: { aspectRatio: "16:9" } },
      },
    }),
    pictures: (bodies: readonly Body[]) =>
      bodies
        .flatMap(({ candidates = [] }) => candidates)
        .flatMap(({ content }: Body) => content?.parts ?? [])
        .flatMap(({ inlineData }: Body) => inlineData?.data ?? []),
  },
  responses: {
    picture: ({ model, stream, text = "a cat" }: Asked) => ({
      path: "/v1/responses",
      body: {
        model,
        stream,
        input: text,
        tools: [{ type: "image_generation", size: "1536x1024" }],
        tool_choice: { type: "image_generation" },
      },
    }),
    pictures: (bodies: readonly Body[]) =>
      bodies
        .flatMap(({ output, item, type }) => output ?? (type === "response.output_item.done" ? [item] : []))
        .flatMap(({ type, result }: Body) => (type === "image_generation_call" ? [result] : [])),
  },
};

// biome-ignore lint/suspicious/noExplicitAny: the bodies of four APIs, of which a few fields are looked at
type Body = any;

const bodiesOf = ({ text }: Answer): readonly Body[] =>
  text.startsWith("{")
    ? [JSON.parse(text)]
    : text
        .split("\n")
        .filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice("data: ".length)));

const ask = async (call: { readonly path: string; readonly body: unknown }) => {
  const answer = await send(rig.gateway.url, call);
  return { ...answer, bodies: bodiesOf(answer) };
};

const names = ["chat", "gemini", "responses"] as const;
const upstreams = ["gem/painter", "router/painter", "tools/painter"] as const;
const pairs = names.flatMap((client) =>
  upstreams.flatMap((model) => [false, true].map((stream) => ({ client, model, stream }))),
);
const PNG = /^iVBORw0KGgo/;

describe("pictures", () => {
  test.each(pairs)("$client is answered with one by $model, stream: $stream", async ({ client, model, stream }) => {
    const text = model === "tools/painter" ? "[[image]]" : "a cat";
    const answer = await ask(CLIENTS[client].picture({ model, stream, text }));
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.anything()]);
    const pictures = CLIENTS[client].pictures(answer.bodies);
    expect(pictures).toHaveLength(1);
    expect(pictures[0]).toMatch(PNG);
    expect(answer.headers["x-signalbox-dropped"] ?? "").not.toMatch(/output|tool|image/);
  });

  test("are asked for in the words of each API", async () => {
    const { picture } = CLIENTS.chat;
    await ask(picture({ model: "gem/painter", stream: false }));
    expect(upstream().generationConfig).toEqual({
      responseModalities: ["IMAGE", "TEXT"],
      imageConfig: { aspectRatio: "16:9" },
    });
    await ask(picture({ model: "tools/painter", stream: false }));
    expect(upstream().tools).toEqual([{ type: "image_generation", size: "1536x1024" }]);
    await ask(CLIENTS.gemini.picture({ model: "router/painter", stream: false }));
    expect(upstream()).toMatchObject({ modalities: ["text", "image"], image_config: { aspect_ratio: "16:9" } });
    await ask(CLIENTS.responses.picture({ model: "gem/painter", stream: false }));
    expect(upstream().generationConfig).toEqual({
      responseModalities: ["TEXT", "IMAGE"],
      imageConfig: { aspectRatio: "3:2" },
    });
    expect(upstream().tools).toBeUndefined();
  });

  test.each([false, true])("are counted, stream: %s", async (stream) => {
    const { body, path } = CLIENTS.chat.picture({ model: "gem/painter", stream });
    const { bodies } = await ask({ path, body: { ...body, stream_options: stream ? { include_usage: true } : null } });
    expect(bodies.at(-1)?.usage.completion_tokens_details).toMatchObject({ image_tokens: 1290 });
  });

  test.each([false, true])(
    "are changed in a second turn by Gemini 3, with its signatures, stream: %s",
    async (stream) => {
      const { path, body } = CLIENTS.chat.picture({ model: "gem/gemini-3-pro-image", stream });
      const { bodies } = await ask({ path, body });
      const told = bodies.flatMap(({ choices }) => choices).map(({ message, delta }: Body) => message ?? delta);
      const assistant = {
        role: "assistant",
        content: told.map(({ content }: Body) => content ?? "").join(""),
        images: told.flatMap(({ images = [] }: Body) => images),
      };
      const messages = [...body.messages, assistant, { role: "user", content: "now in blue" }];
      const second = await ask({ path, body: { ...body, messages } });
      expect(second.status).toBe(200);
      const [, model] = upstream().contents;
      expect(model.parts.map((part: Body) => Object.keys(part).sort())).toEqual([
        ["text", "thoughtSignature"],
        ["inlineData", "thoughtSignature"],
      ]);
      for (const { thoughtSignature } of model.parts) expect(thoughtSignature).not.toMatch(/skip_thought/);
      expect(second.headers["x-signalbox-adapted"] ?? "").not.toContain("signature");
    },
  );

  test("whose signatures a client has lost are changed all the same", async () => {
    const { path, body } = CLIENTS.chat.picture({ model: "gem/gemini-3-pro-image", stream: false });
    const [first] = (await ask({ path, body })).bodies;
    const { content, images } = first.choices[0].message;
    const bare = images.map(({ type, image_url }: Body) => ({ type, image_url }));
    const messages = [
      ...body.messages,
      { role: "assistant", content, images: bare },
      { role: "user", content: "blue" },
    ];
    const second = await ask({ path, body: { ...body, messages } });
    expect(second.status).toBe(200);
    expect(second.headers["x-signalbox-adapted"]).toContain("thought-signature");
  });

  test("of Responses come back to their maker in a second turn", async () => {
    const { path, body } = CLIENTS.responses.picture({ model: "gem/gemini-3-pro-image", stream: false });
    const [first] = (await ask({ path, body })).bodies;
    const input = [{ role: "user", content: "a cat" }, ...first.output, { role: "user", content: "now in blue" }];
    const second = await ask({ path, body: { ...body, input } });
    expect([second.status, second.text.slice(0, 200)]).toEqual([200, expect.anything()]);
    const parts = upstream().contents.flatMap((content: Body) => content.parts);
    const picture = parts.find(({ inlineData }: Body) => inlineData !== undefined);
    expect(picture.thoughtSignature).not.toMatch(/skip_thought/);
  });
});

describe("sound", () => {
  const WORDS = "Good morning, and welcome to the signal box at the end of the line.";
  const chat = (model: string, stream: boolean, format: string) => ({
    path: "/v1/chat/completions",
    body: {
      model,
      stream,
      modalities: ["text", "audio"],
      audio: { voice: "alloy", format },
      messages: [{ role: "user", content: `[[say ${WORDS}]]` }],
    },
  });
  const gemini = (model: string, stream: boolean) => ({
    path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: {
      contents: [{ role: "user", parts: [{ text: `[[say ${WORDS}]]` }] }],
      generationConfig: {
        responseModalities: ["AUDIO"],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
      },
    },
  });
  const samples = (data: readonly string[]) => Buffer.concat(data.map((piece) => Buffer.from(piece, "base64")));
  /** Two samples for each letter. */
  const LENGTH = 4 * WORDS.length;

  test.each(["gem/speaker", "router/speaker", "chat/sim-model"])("whole, as a file: %s", async (model) => {
    const answer = await ask(chat(model, false, "wav"));
    expect(answer.status).toBe(200);
    const { audio, content } = answer.bodies[0].choices[0].message;
    expect(content).toBeNull();
    expect(audio).toMatchObject({ id: expect.any(String), expires_at: expect.any(Number) });
    expect(Buffer.from(audio.data, "base64").toString("latin1", 0, 4)).toBe("RIFF");
  });

  test.each(["gem/speaker", "router/speaker"])("streamed, in samples: %s", async (model) => {
    const { status, bodies } = await ask(chat(model, true, "pcm16"));
    expect(status).toBe(200);
    const audio = bodies.flatMap(({ choices }) => choices).flatMap(({ delta }: Body) => delta.audio ?? []);
    expect(audio.filter(({ id }: Body) => id !== undefined)).toHaveLength(1);
    const pieces = audio.flatMap(({ data }: Body) => data ?? []);
    expect(pieces.length).toBeGreaterThan(1);
    expect(samples(pieces)).toHaveLength(LENGTH);
  });

  test.each([false, true])("Gemini's client is spoken to by OpenAI's model, stream: %s", async (stream) => {
    const { status, bodies, headers } = await ask(gemini("chat/sim-model", stream));
    expect(status).toBe(200);
    const parts = bodies.flatMap(({ candidates }) => candidates).flatMap(({ content }: Body) => content?.parts ?? []);
    const sounds = parts.flatMap(({ inlineData }: Body) => inlineData ?? []);
    for (const { mimeType } of sounds) expect(mimeType).toBe("audio/L16;codec=pcm;rate=24000");
    expect(samples(sounds.map(({ data }: Body) => data))).toHaveLength(LENGTH);
    expect(upstream()).toMatchObject({ modalities: ["text", "audio"], audio: { voice: "alloy", format: "pcm16" } });
    expect(headers["x-signalbox-adapted"]).toContain("voice");
  });

  test("is counted", async () => {
    const [body] = (await ask(chat("gem/speaker", false, "wav"))).bodies;
    const { completion_tokens: all, completion_tokens_details: details } = body.usage;
    expect(details.audio_tokens).toBe(all);
  });

  test("what OpenAI said aloud is named by its id in the next turn", async () => {
    const call = chat("tools/painter", false, "wav");
    const messages = [...call.body.messages, { role: "assistant", audio: { id: "audio_1" } }, ...call.body.messages];
    expect((await ask({ ...call, body: { ...call.body, messages } })).status).toBe(200);
    expect(upstream().messages[1]).toMatchObject({ role: "assistant", audio: { id: "audio_1" } });
  });
});

describe("what is not given", () => {
  const picture = (model: string, modalities: readonly string[], more: Record<string, unknown> = {}) => ({
    path: "/v1/chat/completions",
    body: { model, modalities, messages: [{ role: "user", content: "a cat" }], ...more },
  });

  test("by a model that is known not to is 400, with the modality and who does", async () => {
    for (const model of ["claude-opus-4-5", "gem/gemini-3-pro"]) {
      const { status, bodies } = await ask(picture(model, ["image", "text"]));
      expect(status).toBe(400);
      expect(bodies[0].error).toMatchObject({ code: "unsupported_feature", param: "modalities" });
      expect(bodies[0].error.message).toMatch(/\(modality 'image'\)\. These do: .*gemini-3-pro-image/);
    }
    expect(rig.simulator.journal.last()).toBeUndefined();
  });

  test("by an API that writes alone is left out, or refused where it is all", async () => {
    const left = await ask(picture("writer/claude-of-ours", ["text", "image"], { max_tokens: 50 }));
    expect(left.status).toBe(400);
    expect(left.bodies[0].error.message).toContain("does not answer with pictures");
    const unknown = await ask(picture("messages/sim-model", ["text", "image"]));
    expect([unknown.status, unknown.headers["x-signalbox-dropped"]]).toEqual([
      200,
      expect.stringMatching(/^image-output/),
    ]);
    const all = await ask(picture("messages/sim-model", ["image"]));
    expect([all.status, all.bodies[0].error.code]).toEqual([400, "unsupported_feature"]);
  });

  test("goes to another target that gives it", async () => {
    const answer = await ask(picture("either", ["image"]));
    expect([answer.status, answer.headers["x-signalbox-provider"]]).toEqual([200, "gem"]);
  });

  test("is asked of the Responses API where the chat API of the same provider has none", async () => {
    const answer = await ask(picture("tools/gpt-5", ["text", "image"]));
    expect(answer.status).toBe(200);
    expect(upstream().tools).toEqual([{ type: "image_generation" }]);
  });

  test("auto chooses among models that are known to give it", async () => {
    const answer = await ask(picture("auto", ["image"]));
    expect([answer.status, answer.headers["x-signalbox-provider"]]).toEqual([200, "gem"]);
  });
});
