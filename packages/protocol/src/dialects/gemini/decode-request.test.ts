import { expect, test } from "vitest";
import type { GatewayError } from "../../ir/errors.ts";
import type { JsonObject } from "../../ir/json.ts";
import { parseJson } from "../../json/parse.ts";
import { toBase64 } from "../shared/base64.ts";
import { sealEnvelope } from "../shared/envelope.ts";
import { decodeRequest } from "./decode-request.ts";

const decode = (body: JsonObject) => decodeRequest(body, { model: "gemini-x", stream: false });
const user = { role: "user", parts: [{ text: "hi" }] };
const problemOf = (body: JsonObject) => {
  try {
    decode(body);
  } catch (error) {
    return (error as GatewayError).detail.param;
  }
  return undefined;
};

test("model and streaming come from the path", () => {
  expect(decodeRequest({ contents: [user], model: "models/other" }, { model: "m", stream: true })).toMatchObject({
    model: "m",
    stream: true,
  });
  expect(decodeRequest({ contents: [user], model: "models/other" }, {})).toMatchObject({
    model: "other",
    stream: false,
  });
});

test("snake case, single objects and bare strings are read as Google reads them", () => {
  const request = decode({
    system_instruction: { parts: { text: "be brief" } },
    contents: { parts: "hi" },
    generation_config: {
      max_output_tokens: 9,
      response_mime_type: "application/json",
      response_schema: { type: "STRING" },
    },
    safety_settings: null,
  });
  expect(request).toMatchObject({
    instructions: [{ type: "text", text: "be brief" }],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    sampling: { maxOutputTokens: 9 },
    output: { type: "json-schema", schema: { type: "string" } },
  });
  expect(request.extensions).toBeUndefined();
});

test("what is of the wrong type is named by its path", () => {
  expect(problemOf({})).toBe("contents");
  expect(problemOf({ contents: [{ role: "robot", parts: [] }] })).toBe("contents[0].role");
  expect(problemOf({ contents: [user, { parts: [{ text: 3 }] }] })).toBe("contents[1].parts[0].text");
  expect(problemOf({ contents: [user], generationConfig: { topK: "x" } })).toBe("generationConfig.topK");
  expect(problemOf({ contents: [user], tools: [{ functionDeclarations: [{}] }] })).toBe(
    "tools[0].functionDeclarations[0].name",
  );
});

test("calls and results without ids find each other by name, then by order", () => {
  const { messages } = decode({
    contents: [
      user,
      {
        role: "model",
        parts: [
          { functionCall: { name: "a", args: { n: 1 } } },
          { functionCall: { name: "b" } },
          { functionCall: { name: "a" } },
        ],
      },
      {
        role: "user",
        parts: ["b", "a", "z"].map((name) => ({ functionResponse: { name, response: { output: name } } })),
      },
    ],
  });
  const [, calls, results] = messages;
  expect(results?.role).toBe("tool");
  const ids = calls?.content.map((part) => (part.type === "tool-call" ? part.id : ""));
  expect(new Set(ids).size).toBe(3);
  expect(results?.content.map((part) => (part.type === "tool-result" ? part.callId : ""))).toEqual([
    ids?.[1],
    ids?.[0],
    ids?.[2],
  ]);
});

test("a call's id is kept, its arguments are JSON text, and long integers survive", () => {
  const body = parseJson(
    '{"contents":[{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"n":12345678901234567890}}}]}]}',
  ) as JsonObject;
  expect(decode(body).messages[0]?.content[0]).toEqual({
    type: "tool-call",
    id: "c1",
    name: "f",
    arguments: '{"n":12345678901234567890}',
  });
});

test("results beside other parts stand in a message of their own", () => {
  const { messages } = decode({
    contents: [
      { role: "model", parts: [{ functionCall: { id: "1", name: "f" } }] },
      {
        role: "user",
        parts: [
          {
            functionResponse: {
              id: "1",
              name: "f",
              response: { error: "no" },
              parts: [{ inlineData: { mimeType: "image/png", data: "AA==" } }],
              willContinue: true,
            },
          },
          { text: "and?" },
        ],
      },
    ],
  });
  expect(messages.map(({ role }) => role)).toEqual(["assistant", "tool", "user"]);
  expect(messages[1]?.content[0]).toMatchObject({
    type: "tool-result",
    callId: "1",
    isError: true,
    content: [
      { type: "text", text: "no" },
      { type: "media", kind: "image", mediaType: "image/png" },
    ],
    extension: { dialect: "gemini", fields: { functionResponse: { willContinue: true } } },
  });
});

test("media come as data, as files of Google's, and as public addresses", () => {
  const file = "https://generativelanguage.googleapis.com/v1beta/files/abc";
  const parts = [
    { inlineData: { mimeType: "audio/wav", data: "AA==" } },
    { fileData: { fileUri: file, mimeType: "application/pdf" } },
    { fileData: { fileUri: "https://youtu.be/abc" }, videoMetadata: { fps: 2 } },
    { fileData: { fileUri: "https://example.com/a.png" }, mediaResolution: { level: "MEDIA_RESOLUTION_LOW" } },
  ];
  const content = decode({ contents: [{ role: "user", parts }] }).messages[0]?.content;
  expect(content).toMatchObject([
    { kind: "audio", mediaType: "audio/wav", source: { type: "base64", data: "AA==" } },
    { kind: "document", source: { type: "file", id: file, origin: { dialect: "gemini" } } },
    { kind: "video", source: { type: "url" }, extension: { fields: { videoMetadata: { fps: 2 } } } },
    { kind: "image", detail: "low", source: { type: "url", url: "https://example.com/a.png" } },
  ]);
});

test("tools: functions in either schema language, and hosted ones", () => {
  const { tools } = decode({
    contents: [user],
    tools: [
      {
        functionDeclarations: [
          {
            name: "a",
            parameters: { type: "OBJECT", properties: { x: { type: "STRING", nullable: true } } },
            behavior: "BLOCKING",
          },
          { name: "b", description: "B", parametersJsonSchema: { type: "object" } },
          { name: "c", parametersJsonSchema: { type: "OBJECT" } },
        ],
        googleSearch: {},
      },
      { codeExecution: {} },
    ],
  });
  expect(tools).toEqual([
    {
      type: "function",
      name: "a",
      parameters: { type: "object", properties: { x: { type: ["string", "null"] } } },
      extension: { dialect: "gemini", fields: { behavior: "BLOCKING" } },
    },
    { type: "function", name: "b", description: "B", parameters: { type: "object" } },
    { type: "function", name: "c", parameters: { type: "object" } },
    { type: "hosted", dialect: "gemini", definition: { googleSearch: {} }, webSearch: {} },
    { type: "hosted", dialect: "gemini", definition: { codeExecution: {} } },
  ]);
});

test.each([
  [{ mode: "AUTO" }, { type: "auto" }],
  [{ mode: "NONE" }, { type: "none" }],
  [{ mode: "ANY" }, { type: "required" }],
  [
    { mode: "ANY", allowedFunctionNames: ["a"] },
    { type: "tool", name: "a" },
  ],
  [
    { mode: "ANY", allowedFunctionNames: ["a", "b"] },
    { type: "required", allowed: ["a", "b"] },
  ],
  [
    { mode: "VALIDATED", allowedFunctionNames: ["a"] },
    { type: "allowed", allowed: ["a"] },
  ],
])("function calling mode %j", (functionCallingConfig, toolChoice) => {
  expect(decode({ contents: [user], toolConfig: { functionCallingConfig } }).toolChoice).toEqual(toolChoice);
});

test("what only Gemini can say is kept by its path", () => {
  const { extensions, serviceTier } = decode({
    contents: [user],
    cachedContent: "cachedContents/1",
    serviceTier: "flex",
    toolConfig: { retrievalConfig: { languageCode: "de" }, functionCallingConfig: { mode: "VALIDATED" } },
    generationConfig: { candidateCount: 2, responseModalities: ["VIDEO"], thinkingConfig: { future: 1 } },
  });
  expect(serviceTier).toBe("flex");
  expect(extensions?.gemini).toEqual({
    cachedContent: "cachedContents/1",
    "toolConfig.retrievalConfig": { languageCode: "de" },
    "toolConfig.functionCallingConfig.mode": "VALIDATED",
    "generationConfig.candidateCount": 2,
    "generationConfig.responseModalities": ["VIDEO"],
    "generationConfig.thinkingConfig.future": 1,
  });
});

test("parts without a word in the IR are kept whole, with their signature", () => {
  const value = { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "c2ln" };
  expect(decode({ contents: [{ role: "model", parts: [value] }] }).messages[0]?.content).toEqual([
    { type: "unknown", origin: { dialect: "gemini" }, value },
  ]);
});

test("signatures: raw ones are Gemini's, thoughts without one are marked, envelopes open before their step", () => {
  const foreign = { origin: { dialect: "anthropic-messages" as const, provider: "anthropic" }, data: "SIG" };
  const envelope = toBase64(sealEnvelope([{ of: "reasoning", opaque: foreign, text: "because", form: "full" }]));
  const { messages } = decode({
    contents: [
      {
        role: "model",
        parts: [
          { text: "thinking", thought: true },
          { text: "because", thought: true },
          { text: "I call" },
          { functionCall: { id: "1", name: "f" }, thoughtSignature: envelope },
          { functionCall: { id: "2", name: "f" }, thoughtSignature: "cmF3" },
        ],
      },
    ],
  });
  expect(messages[0]?.content).toEqual([
    { type: "reasoning", form: "full", text: "because", opaque: foreign },
    { type: "reasoning", form: "summary", text: "thinking", opaque: { origin: { dialect: "gemini" }, data: "" } },
    { type: "text", text: "I call" },
    { type: "tool-call", id: "1", name: "f", arguments: "{}" },
    { type: "tool-call", id: "2", name: "f", arguments: "{}", opaque: { origin: { dialect: "gemini" }, data: "cmF3" } },
  ]);
});
