import { expect } from "vitest";
import { bearer, type Example, formBearer, from } from "./example.ts";
import { PICTURE, pictureFile } from "./pictures.ts";

const making = from("https://docs.routeway.ai/core-concepts/image-generation/generating-images");
const guide = from("https://docs.routeway.ai/guides/image-generation/generating-images");
const editing = from("https://docs.routeway.ai/core-concepts/image-generation/editing-images");
const editGuide = from("https://docs.routeway.ai/guides/image-generation/editing-images");
const edits = from("https://docs.routeway.ai/api-reference/ImageEdits/edits");

const GENERATIONS = "/v1/images/generations";
const EDITS = "/v1/images/edits";

const url = { url: expect.stringMatching(/^https:/) };
const inlined = { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) };
const bytes = { b64_json: expect.stringMatching(/^iVBOR/) };
const storm = `"model": "flux-kontext-max", "prompt": "Replace the sky with a dramatic stormy sky"`;
const source = { image_url: `data:image/png;base64,${PICTURE}` };

export const routewayImages: readonly Example[] = [
  making("a picture", {
    path: GENERATIONS,
    headers: bearer,
    body: `{
    "model": "flux-1-schnell",
    "prompt": "A serene Japanese garden at dawn, soft mist, cherry blossoms, photorealistic",
    "size": "1024x1024",
    "n": 1
  }`,
    // Where its format is not said, it is the maker's own; Routeway says `url`.
    expects: {
      body: { created: expect.any(Number), data: [bytes] },
      upstream: [{ model: "flux-1-schnell", path: GENERATIONS, body: { size: "1024x1024", n: 1 } }],
    },
  }),
  making("a picture as a URL", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "flux-1-schnell", "prompt": "A futuristic city", "quality": "standard", "response_format": "url" }`,
    expects: { body: { data: [url] }, upstream: [{ model: "flux-1-schnell", body: { quality: "standard" } }] },
  }),
  making("a picture as bytes", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "flux-1-schnell", "prompt": "A futuristic city", "response_format": "b64_json" }`,
    expects: { body: { data: [bytes] } },
  }),
  guide("four pictures", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "gpt-image-1", "prompt": "A minimalist logo for a coffee shop", "n": 4, "size": "1024x1024" }`,
    expects: { body: { data: [bytes, bytes, bytes, bytes] }, upstream: [{ model: "gpt-image-1", body: { n: 4 } }] },
  }),
  // OpenAI refuses the field for this model, which answers with bytes always.
  guide("a model that has bytes alone is asked for a URL", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "gpt-image-1", "prompt": "A detailed sketch of a cat", "response_format": "url" }`,
    expects: {
      body: { data: [inlined] },
      headers: { "x-signalbox-adapted": "response-format" },
      upstream: [{ model: "gpt-image-1", without: ["response_format"] }],
    },
  }),
  guide("a model that has bytes alone is asked for bytes", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "gpt-image-1", "prompt": "A detailed sketch of a cat", "response_format": "b64_json" }`,
    expects: { body: { data: [bytes] }, upstream: [{ model: "gpt-image-1", without: ["response_format"] }] },
  }),
  ...[
    { format: "url", picture: inlined },
    { format: "b64_json", picture: bytes },
  ].map(({ format, picture }) =>
    editGuide(`the same in a form that asks for ${format}`, {
      path: EDITS,
      headers: formBearer,
      form: [
        { name: "model", value: "gpt-image-1" },
        pictureFile("photo.png"),
        { name: "prompt", value: "In blue" },
        { name: "response_format", value: format },
      ],
      expects: { body: { data: [picture] }, upstream: [{ model: "gpt-image-1" }] },
    }),
  ),
  ...["1024x1024", "1792x1024", "1024x1792"].map((size) =>
    guide(`a picture of ${size}`, {
      path: GENERATIONS,
      headers: bearer,
      body: `{ "model": "gpt-image-1", "prompt": "A panoramic view of a tropical beach", "size": "${size}", "quality": "high" }`,
      expects: { upstream: [{ model: "gpt-image-1", body: { size, quality: "high" } }] },
    }),
  ),
  making("more pictures than ten", {
    path: GENERATIONS,
    headers: bearer,
    body: `{ "model": "flux-1-schnell", "prompt": "A city", "n": 11 }`,
    expects: { status: 400, body: { error: { param: "n" } }, upstream: [] },
  }),
  edits("a picture in base64 is changed", {
    path: EDITS,
    headers: bearer,
    body: `{ "model": "flux-kontext-max", "images": ["${PICTURE}"], "prompt": "Add a sunset in the background", "size": "1024x1024", "n": 1 }`,
    expects: {
      body: { created: expect.any(Number), data: [bytes] },
      // OpenAI's own JSON has objects with addresses in them.
      upstream: [{ model: "flux-kontext-max", path: EDITS, body: { images: [source], size: "1024x1024", n: 1 } }],
    },
  }),
  editing("a picture with a mask, both in base64", {
    path: EDITS,
    headers: bearer,
    body: `{ ${storm}, "images": ["${PICTURE}"], "mask": "${PICTURE}", "response_format": "url" }`,
    expects: {
      body: { data: [url] },
      upstream: [{ model: "flux-kontext-max", body: { images: [source], mask: source } }],
    },
  }),
  editing("several pictures", {
    path: EDITS,
    headers: bearer,
    body: `{ ${storm}, "images": ["${PICTURE}", "${PICTURE}"] }`,
    expects: { upstream: [{ model: "flux-kontext-max", body: { images: [source, source] } }] },
  }),
  editing("a picture under the name that OpenAI's library gives it", {
    path: EDITS,
    headers: bearer,
    body: `{ ${storm}, "image": "${PICTURE}" }`,
    expects: { upstream: [{ model: "flux-kontext-max", body: { images: [source] }, without: ["image"] }] },
  }),
  editing("strength, guidance_scale, num_inference_steps and seed", {
    path: EDITS,
    headers: bearer,
    body: `{ ${storm}, "images": ["${PICTURE}"], "strength": 0.7, "guidance_scale": 7.5, "num_inference_steps": 30, "seed": 42 }`,
    expects: {
      upstream: [
        {
          model: "flux-kontext-max",
          body: { strength: 0.7, guidance_scale: 7.5, num_inference_steps: 30, seed: 42 },
        },
      ],
    },
  }),
  editing("strength and guidance_scale, where nobody has such", {
    path: EDITS,
    headers: bearer,
    body: `{ "model": "google-ai-studio/gemini-2.5-flash-image", "prompt": "A storm", "images": ["${PICTURE}"],
      "strength": 0.7, "guidance_scale": 7.5 }`,
    expects: {
      body: { data: [bytes] },
      headers: { "x-signalbox-dropped": expect.stringContaining("strength") },
      upstream: [{ model: "gemini-2.5-flash-image" }],
    },
  }),
  editGuide("a picture in a form", {
    path: EDITS,
    headers: formBearer,
    form: [
      { name: "model", value: "gpt-image-1" },
      pictureFile("input.png"),
      { name: "prompt", value: "Add a rainbow in the sky" },
    ],
    expects: { body: { data: [bytes] }, upstream: [{ model: "gpt-image-1", path: EDITS }] },
  }),
  editGuide("a picture with a mask in a form", {
    path: EDITS,
    headers: formBearer,
    form: [
      { name: "model", value: "gpt-image-1" },
      pictureFile("room.png"),
      pictureFile("mask.png", "mask"),
      { name: "prompt", value: "A modern red sofa" },
      { name: "size", value: "1024x1024" },
    ],
    expects: { body: { data: [bytes] }, upstream: [{ model: "gpt-image-1" }] },
  }),
  editGuide("several outcomes of a form", {
    path: EDITS,
    headers: formBearer,
    form: [
      { name: "model", value: "gpt-image-1" },
      pictureFile("photo.png"),
      { name: "prompt", value: "Replace the background with a snowy mountain landscape" },
      { name: "n", value: "3" },
    ],
    expects: { body: { data: [bytes, bytes, bytes] } },
  }),
  editGuide("several pictures in a form, with strength and guidance_scale", {
    path: EDITS,
    headers: formBearer,
    form: [
      { name: "model", value: "flux-kontext-max" },
      pictureFile("one.png", "image[]"),
      pictureFile("two.png", "image[]"),
      { name: "prompt", value: "Put the first into the second" },
      { name: "strength", value: "0.7" },
      { name: "guidance_scale", value: "7.5" },
    ],
    expects: { body: { data: [bytes] }, upstream: [{ model: "flux-kontext-max" }] },
  }),
];
