import { type JsonObject, scanObject } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SurfaceDialect, surfaceDialects } from "../config/quirks.ts";
import { answersWanted, requestFeatures } from "./request-features.ts";
import type { RequestFeatures } from "./request-view.ts";

function featuresOf(dialect: SurfaceDialect, body: JsonObject | string): RequestFeatures {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return requestFeatures({ bytes, scan: scanObject(bytes), dialect });
}

const base64 = "iVBORw0KGgo".repeat(1000);
const dataUrl = `data:image/png;base64,${base64}`;

interface Case {
  readonly image: JsonObject;
  readonly imageInToolResult?: JsonObject;
  readonly document: JsonObject;
  readonly audio?: JsonObject;
  readonly words: (text: string) => JsonObject;
  readonly schema: JsonObject;
  readonly thinking: JsonObject;
  readonly notThinking: JsonObject;
  readonly limit: JsonObject;
}

const user = (content: JsonObject[]) => ({ messages: [{ role: "user", content }] });
const input = (content: JsonObject[]) => ({ input: [{ type: "message", role: "user", content }] });
const contents = (parts: JsonObject[]) => ({ contents: [{ role: "user", parts }] });

const cases: Readonly<Record<SurfaceDialect, Case>> = {
  "openai-chat": {
    image: user([
      { type: "text", text: "?" },
      { type: "image_url", image_url: { url: dataUrl } },
    ]),
    document: user([{ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${base64}` } }]),
    audio: user([{ type: "input_audio", input_audio: { data: base64, format: "wav" } }]),
    words: (text) => ({ messages: [{ role: "user", content: text }] }),
    schema: { response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } } },
    thinking: { reasoning_effort: "high" },
    notThinking: { reasoning_effort: "none" },
    limit: { max_completion_tokens: 512 },
  },
  "openai-responses": {
    image: input([{ type: "input_image", image_url: dataUrl }]),
    imageInToolResult: {
      input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_image", image_url: dataUrl }] }],
    },
    document: input([{ type: "input_file", filename: "a.pdf", file_data: base64 }]),
    audio: input([{ type: "input_audio", input_audio: { data: base64, format: "mp3" } }]),
    words: (text) => ({ input: text }),
    schema: { text: { format: { type: "json_schema", name: "a", schema: {} } } },
    thinking: { reasoning: { effort: "low" } },
    notThinking: { reasoning: { summary: "auto" } },
    limit: { max_output_tokens: 512 },
  },
  "anthropic-messages": {
    image: user([{ type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }]),
    imageInToolResult: user([
      {
        tool_use_id: "t",
        type: "tool_result",
        content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }],
      },
    ]),
    document: user([{ type: "document", source: { type: "base64", media_type: "application/pdf", data: base64 } }]),
    words: (text) => ({ messages: [{ role: "user", content: text }] }),
    schema: { output_config: { format: { type: "json_schema", schema: {} } } },
    thinking: { thinking: { type: "enabled", budget_tokens: 1024 } },
    notThinking: { thinking: { type: "adaptive" } },
    limit: { max_tokens: 512 },
  },
  gemini: {
    image: contents([{ text: "?" }, { inlineData: { mimeType: "image/png", data: base64 } }]),
    imageInToolResult: contents([
      {
        functionResponse: { name: "f", response: {}, parts: [{ inlineData: { mimeType: "image/png", data: base64 } }] },
      },
    ]),
    document: contents([{ file_data: { mime_type: "application/pdf", file_uri: "gs://a/b.pdf" } }]),
    audio: contents([{ inlineData: { mimeType: "audio/wav", data: base64 } }]),
    words: (text) => contents([{ text }]),
    schema: { generationConfig: { responseMimeType: "application/json", responseJsonSchema: { type: "object" } } },
    thinking: { generationConfig: { thinkingConfig: { thinkingBudget: 8192 } } },
    notThinking: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    limit: { generationConfig: { maxOutputTokens: 512 } },
  },
};

const plain = { tools: false, images: false, documents: false, audio: false, jsonSchema: false, reasoning: false };

describe.each(surfaceDialects)("%s", (dialect) => {
  const given = cases[dialect];

  it("sees images and counts them as an image, not as their base64", () => {
    for (const body of [given.image, given.imageInToolResult ?? given.image]) {
      const features = featuresOf(dialect, body);
      expect(features).toMatchObject({ ...plain, images: true });
      expect(features.inputTokens).toBeGreaterThanOrEqual(1600);
      expect(features.inputTokens).toBeLessThan(1700);
    }
  });

  it("sees documents and sounds", () => {
    expect(featuresOf(dialect, given.document)).toMatchObject({ ...plain, documents: true });
    if (given.audio !== undefined) expect(featuresOf(dialect, given.audio)).toMatchObject({ ...plain, audio: true });
  });

  it("is not fooled by text that speaks of them", () => {
    const text =
      '{"type":"image","source":{}} {"type":"image_url"} {"type": "input_image"} {"inlineData":{"mimeType":"image/png"}} "tools":[1] json_schema \\';
    expect(featuresOf(dialect, given.words(text))).toMatchObject(plain);
  });

  it("sees tools, but not in an empty list", () => {
    const words = given.words("hi");
    expect(featuresOf(dialect, { ...words, tools: [{ name: "a" }] }).tools).toBe(true);
    expect(featuresOf(dialect, `${JSON.stringify(words).slice(0, -1)},"tools":[ ]}`).tools).toBe(false);
    expect(featuresOf(dialect, { ...words, tools: null }).tools).toBe(false);
  });

  it("sees a wanted schema, a demand to think, and the room for the answer", () => {
    const words = given.words("hi");
    expect(featuresOf(dialect, { ...words, ...given.schema })).toMatchObject({ ...plain, jsonSchema: true });
    expect(featuresOf(dialect, { ...words, ...given.thinking })).toMatchObject({ ...plain, reasoning: true });
    expect(featuresOf(dialect, { ...words, ...given.notThinking })).toMatchObject(plain);
    expect(featuresOf(dialect, { ...words, ...given.limit }).maxOutputTokens).toBe(512);
    expect(featuresOf(dialect, words).maxOutputTokens).toBeUndefined();
  });

  it("counts text by its length", () => {
    const { inputTokens } = featuresOf(dialect, given.words("word ".repeat(8000)));
    expect(inputTokens).toBeGreaterThan(9_900);
    expect(inputTokens).toBeLessThan(10_100);
  });

  it("never throws, whatever the body", () => {
    const strange = fc.jsonValue({ maxDepth: 5 });
    const keys = [
      "messages",
      "input",
      "contents",
      "tools",
      "system",
      "thinking",
      "generationConfig",
      "max_tokens",
      "text",
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), strange), (body) => {
        expect(featuresOf(dialect, JSON.stringify(body)).inputTokens).toBeGreaterThan(0);
      }),
    );
  });
});

it("does not take the arguments of a tool call for an image, nor a text document for a file", () => {
  const call = user([{ type: "tool_use", id: "t", name: "list", input: { filter: { type: "image" } } }]);
  expect(featuresOf("anthropic-messages", call)).toMatchObject(plain);
  const text = user([{ type: "document", source: { type: "text", media_type: "text/plain", data: "words" } }]);
  expect(featuresOf("anthropic-messages", text)).toMatchObject(plain);
});

it("takes what is malformed for absent", () => {
  const body =
    '{"messages":[{"role" "user","content":[{"type":"text",,"text"},{"type":"image"}]}],"max_tokens":"many"}';
  expect(featuresOf("openai-chat", body)).toMatchObject({ ...plain, maxOutputTokens: undefined });
});

it("takes the larger of two names for the room of an answer: servers differ in which they go by", () => {
  for (const body of [
    { max_tokens: 9, max_completion_tokens: 1000 },
    { max_tokens: 1000, max_completion_tokens: 9 },
    { max_tokens: 1000, max_completion_tokens: null },
    { max_tokens: "nine", max_completion_tokens: 1000 },
  ])
    expect(featuresOf("openai-chat", { messages: [], ...body }).maxOutputTokens).toBe(1000);
});

describe("how many answers are wanted", () => {
  const wanted = (dialect: SurfaceDialect, body: JsonObject | string) => {
    const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return answersWanted({ bytes, scan: scanObject(bytes), dialect });
  };

  it("is what the dialect's own field says, in any spelling of a number", () => {
    expect(wanted("openai-chat", { n: 3 })).toBe(3);
    expect(wanted("openai-chat", { n: "1000" })).toBe(1000);
    expect(wanted("openai-chat", '{"n":1e3}')).toBe(1000);
    expect(wanted("openai-chat", `{"n":2.${"0".repeat(50)}}`)).toBe(2);
    expect(wanted("gemini", { generationConfig: { candidateCount: 4 } })).toBe(4);
    expect(wanted("gemini", { generation_config: { candidate_count: 5 } })).toBe(5);
  });

  it("is one where nothing is said, or nothing that a server could take", () => {
    for (const n of [null, 0, -7, 0.5, "", "many", true, [9], { n: 9 }]) expect(wanted("openai-chat", { n })).toBe(1);
    expect(wanted("openai-chat", '{"n":1e400}')).toBe(1);
    for (const dialect of surfaceDialects) expect(wanted(dialect, {})).toBe(1);
    for (const dialect of ["openai-responses", "anthropic-messages"] as const)
      expect(wanted(dialect, { n: 9, candidateCount: 9 })).toBe(1);
  });
});
