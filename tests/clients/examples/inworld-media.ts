import { expect } from "vitest";
import { basic, bearer, type Example, from } from "./example.ts";
import { PICTURE } from "./pictures.ts";

const openapi = from("https://github.com/api-evangelist/inworld-ai, openapi/inworld-router-api-openapi.yml");
const text = from("https://docs.inworld.ai/router/capabilities/text-chat");
const voice = from("https://docs.inworld.ai/router/guides/llm-plus-tts");
const moderations = from("https://docs.inworld.ai/router/moderations");
const moderation = from("https://docs.inworld.ai/api-reference/routerAPI/create-moderation");

const chatModeration = from("https://docs.inworld.ai/api-reference/routerAPI/create-chat-moderation");

const path = "/v1/chat/completions";
/** A WAV file without sound in it. */
const SILENCE = Buffer.from(
  "RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\0\0\0\0",
  "latin1",
);

const shown = (model: string) => `{
    "model": "${model}",
    "messages": [
      {
        "role": "user",
        "content": [
          { "type": "text", "text": "Describe this image." },
          { "type": "image_url", "image_url": { "url": "data:image/png;base64,${PICTURE}" } }
        ]
      }
    ]
  }`;

const verdict = {
  flagged: false,
  categories: expect.objectContaining({ sexual: false, "self-harm/intent": false, "violence/graphic": false }),
  category_scores: expect.objectContaining({ sexual: expect.any(Number) }),
  category_applied_input_types: expect.objectContaining({ sexual: ["text"] }),
};

export const inworldMedia: readonly Example[] = [
  ...["google-ai-studio/gemini-2.5-flash", "anthropic/claude-opus-4-6", "openai/gpt-4o"].map((model) =>
    text(`a picture is described by ${model}`, {
      path,
      headers: bearer,
      body: shown(model),
      expects: { body: { choices: [{ message: { content: expect.stringContaining("saw image/png") } }] } },
    }),
  ),
  text("sound is transcribed in a chat", {
    path,
    headers: bearer,
    body: `{
    "model": "google-ai-studio/gemini-2.5-flash",
    "messages": [
      {
        "role": "user",
        "content": [
          { "type": "text", "text": "Transcribe this audio." },
          { "type": "input_audio", "input_audio": { "data": "${SILENCE.toString("base64")}", "format": "wav" } }
        ]
      }
    ]
  }`,
    expects: { body: { choices: [{ message: { content: expect.stringContaining("saw audio/wav") } }] } },
  }),
  openapi("modalities and image_config make a picture", {
    path,
    headers: basic,
    body: `{ "model": "google-ai-studio/gemini-2.5-flash-image", "modalities": ["image"],
      "image_config": { "aspect_ratio": "16:9" }, "messages": [{ "role": "user", "content": "A signal box." }] }`,
    expects: {
      body: {
        choices: [
          { message: { images: [{ image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) } }] } },
        ],
      },
      headers: { "x-signalbox-dropped": undefined },
      upstream: [
        {
          model: "gemini-2.5-flash-image",
          body: { generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9" } } },
        },
      ],
    },
  }),
  openapi("modalities and image_config in a stream", {
    path,
    headers: basic,
    body: `{ "model": "google-ai-studio/gemini-2.5-flash-image", "modalities": ["image", "text"], "stream": true,
      "messages": [{ "role": "user", "content": "[[say You said: a box]] [[image]]" }] }`,
    expects: { stream: "data:image/png;base64,iVBOR" },
  }),
  openapi("modalities of who makes no pictures", {
    path,
    headers: basic,
    body: `{ "model": "anthropic/claude-opus-4-6", "modalities": ["image", "text"], "image_config": { "aspect_ratio": "16:9" },
      "messages": [{ "role": "user", "content": "A signal box." }] }`,
    expects: { status: 400, body: { error: { message: expect.stringContaining("image") } }, upstream: [] },
  }),
  // Theirs is spoken by a second model, whoever answers.
  voice("audio goes to a chat API that may speak itself", {
    path,
    headers: basic,
    body: `{
    "model": "openai/gpt-4o-audio-preview",
    "max_tokens": 1000,
    "audio": {
      "voice": "Dennis",
      "model": "inworld-tts-2"
    },
    "messages": [
      {"role": "user", "content": "What is the meaning of life?"}
    ]
  }`,
    expects: {
      upstream: [{ model: "gpt-4o-audio-preview", path, body: { audio: { voice: "Dennis", model: "inworld-tts-2" } } }],
    },
  }),
  voice("audio of a model whose API has none is reported as not served", {
    path,
    headers: basic,
    body: `{
    "model": "anthropic/claude-opus-4-6",
    "max_tokens": 1000,
    "stream": true,
    "audio": {
      "voice": "Dennis",
      "model": "inworld-tts-2"
    },
    "messages": [
      {"role": "user", "content": "What is the meaning of life?"}
    ]
  }`,
    expects: { stream: "[DONE]", headers: { "x-signalbox-dropped": expect.stringContaining("audio") } },
  }),
  moderations("text is judged", {
    path: "/v1/moderations",
    headers: bearer,
    body: `{
    "input": "Hello world!"
  }`,
    expects: {
      // Inworld has a judge of its own, which tells AILuminate's signals beside these.
      body: { id: expect.stringMatching(/^modr-/), model: expect.any(String), results: [verdict] },
      upstream: [{ model: "omni-moderation-latest", path: "/v1/moderations" }],
    },
  }),
  moderation("texts are judged one by one", {
    path: "/v1/moderations",
    headers: basic,
    body: `{ "input": ["Hello world!", "Tell me something"], "model": "omni-moderation-latest" }`,
    expects: { body: { results: [verdict, verdict] } },
  }),
  moderations("the last messages of a conversation are judged together", {
    path: "/v1/chat/moderations",
    headers: bearer,
    body: `{
    "messages": [
      {"role": "user", "content": "Hello!"},
      {"role": "assistant", "content": "Hi there!"},
      {"role": "user", "content": "Tell me something"}
    ],
    "scope": 2
  }`,
    expects: {
      body: { id: expect.stringMatching(/^modr-/), model: expect.any(String), result: verdict },
      upstream: [
        {
          model: "omni-moderation-latest",
          path: "/v1/moderations",
          body: { input: ["Hi there!", "Tell me something"] },
          without: ["messages", "scope"],
        },
      ],
    },
  }),
  ...[
    { scope: `"last"`, flagged: false, judged: ["Tell me more"] },
    { scope: `"all"`, flagged: true, judged: ["I will kill him", "Tell me more"] },
  ].map(({ scope, flagged, judged }) =>
    chatModeration(`the scope ${scope} of a conversation`, {
      path: "/v1/chat/moderations",
      headers: basic,
      body: `{ "scope": ${scope}, "messages": [ {"role": "user", "content": [{ "type": "text", "text": "I will kill him" }]},
        {"role": "user", "content": "Tell me more"} ] }`,
      expects: {
        body: { result: { flagged, categories: { violence: flagged, sexual: false } } },
        upstream: [{ model: "omni-moderation-latest", body: { input: judged } }],
      },
    }),
  ),
  ...["0", `"first"`, "1.5"].map((scope) =>
    chatModeration(`the scope ${scope}, which is none`, {
      path: "/v1/chat/moderations",
      headers: basic,
      body: `{ "scope": ${scope}, "messages": [{"role": "user", "content": "Hello!"}] }`,
      expects: { status: 400, body: { error: { param: "scope" } }, upstream: [] },
    }),
  ),
  chatModeration("pictures of a conversation are reported as not judged", {
    path: "/v1/chat/moderations",
    headers: basic,
    body: `{ "messages": [{ "role": "user", "content": [ { "type": "text", "text": "Hello!" },
      { "type": "image_url", "image_url": { "url": "data:image/png;base64,${PICTURE}" } } ] }] }`,
    expects: { body: { result: { flagged: false } }, headers: { "x-signalbox-dropped": "media" } },
  }),
  ...["[]", `"Hello!"`, `[{ "role": "assistant", "content": null }]`].map((messages) =>
    chatModeration(`messages without anything to judge: ${messages}`, {
      path: "/v1/chat/moderations",
      headers: basic,
      body: `{ "messages": ${messages} }`,
      expects: { status: 400, body: { error: { param: "messages" } }, upstream: [] },
    }),
  ),
];
