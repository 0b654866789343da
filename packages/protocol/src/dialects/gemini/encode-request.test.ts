import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message, Tool } from "../../ir/request.ts";
import type { ModelFacts } from "../dialect.ts";
import { encodeRequest } from "./encode-request.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { SKIP_SIGNATURE } from "./thought-signatures.ts";

const base: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
  tools: [],
  sampling: {},
};
const encode = (request: Partial<CanonicalRequest>, quirks: GeminiQuirks = {}, facts: ModelFacts = {}) =>
  encodeRequest({ ...base, ...request }, { provider: "google", model: "gemini-x", quirks, facts });
const level: ModelFacts = { reasoning: "level" };
const budget: ModelFacts = { reasoning: "budget" };
const features = (losses: readonly { readonly feature: string }[]) => losses.map(({ feature }) => feature);

const tool: Tool = {
  type: "function",
  name: "f",
  parameters: {
    type: "object",
    properties: { a: { const: "x" } },
    $schema: "https://json-schema.org/draft/2020-12/schema",
  },
};
const call = (id: string, extra: Partial<Part> = {}): Part =>
  ({ type: "tool-call", id, name: `f${id}`, arguments: '{"a":1}', ...extra }) as Part;
const result = (callId: string, content: readonly Part[] = [{ type: "text", text: `r${callId}` }]): Part => ({
  type: "tool-result",
  callId,
  content,
});
const conversation = (...steps: readonly (readonly [Message["role"], readonly Part[]])[]): readonly Message[] =>
  steps.map(([role, content]) => ({ role, content }));
const contentsOf = (body: JsonObject) => body["contents"] as readonly { role: string; parts: readonly JsonObject[] }[];

test("the body ends with its contents, and says nothing that was not said", () => {
  const { body, dropped, adapted } = encode({
    instructions: [{ type: "text", text: "s" }],
    tools: [tool],
    sampling: { temperature: 0 },
  });
  expect(Object.keys(body)).toEqual(["systemInstruction", "tools", "generationConfig", "contents"]);
  expect([dropped, adapted]).toEqual([[], []]);
});

test("results of parallel calls stand in one content, in the order of the calls, as many as the calls", () => {
  const { body, adapted } = encode({
    messages: conversation(
      ["user", [{ type: "text", text: "go" }]],
      ["assistant", [call("1"), call("2"), call("3")]],
      ["tool", [result("3")]],
      ["tool", [result("1"), result("stray")]],
      ["user", [{ type: "text", text: "next" }]],
    ),
  });
  expect(contentsOf(body).map(({ role }) => role)).toEqual(["user", "model", "user"]);
  expect(contentsOf(body)[2]?.parts).toEqual([
    { functionResponse: { id: "1", name: "f1", response: { output: "r1" } } },
    { functionResponse: { id: "2", name: "f2", response: { error: "No result." } } },
    { functionResponse: { id: "3", name: "f3", response: { output: "r3" } } },
    { text: "Result of stray:" },
    { text: "rstray" },
    { text: "next" },
  ]);
  expect(features(adapted)).toEqual(["missing-tool-result", "orphan-tool-result"]);
});

test("a system message within the conversation becomes marked user text", () => {
  const { body, adapted } = encode({
    messages: conversation(["user", [{ type: "text", text: "a" }]], ["system", [{ type: "text", text: "be nice" }]]),
  });
  expect(contentsOf(body)[0]?.parts).toEqual([{ text: "a" }, { text: "<system>\nbe nice\n</system>" }]);
  expect(features(adapted)).toEqual(["system-message"]);
});

test("instructions alone become a user's content", () => {
  const { body } = encode({ instructions: [{ type: "text", text: "s" }], messages: [] });
  expect(body).toEqual({ contents: [{ role: "user", parts: [{ text: "s" }] }] });
});

const own: Opaque = { origin: { dialect: "gemini", provider: "google" }, data: "T1dO" };
const foreign: Opaque = { origin: { dialect: "anthropic-messages" }, data: "SIG" };

test("opaque values are shown to their own house only", () => {
  const messages = conversation(
    ["user", [{ type: "text", text: "go" }]],
    [
      "assistant",
      [
        { type: "reasoning", form: "full", text: "foreign", opaque: foreign },
        { type: "reasoning", form: "summary", text: "mine", opaque: { ...own, data: "" } },
        { type: "reasoning", form: "full", text: "of nobody" },
        call("1", { opaque: own }),
        call("2", { opaque: { ...own, origin: { dialect: "gemini", provider: "other" } } }),
      ],
    ],
  );
  const { body, adapted } = encode({ messages });
  expect(contentsOf(body)[1]?.parts).toEqual([
    { text: "mine", thought: true },
    { functionCall: { id: "1", name: "f1", args: { a: 1 } }, thoughtSignature: "T1dO" },
    { functionCall: { id: "2", name: "f2", args: { a: 1 } } },
  ]);
  expect(new Set(features(adapted))).toEqual(new Set(["reasoning-replay"]));
});

const steps = conversation(
  ["user", [{ type: "text", text: "old turn" }]],
  ["assistant", [call("0")]],
  ["tool", [result("0")]],
  ["assistant", [{ type: "text", text: "done" }]],
  ["user", [{ type: "text", text: "current turn" }]],
  ["assistant", [call("1"), call("2")]],
  ["tool", [result("1"), result("2")]],
  ["assistant", [call("3", { opaque: own })]],
  ["tool", [result("3")]],
);
const signatures = (body: JsonObject) =>
  contentsOf(body)
    .flatMap(({ parts }) => parts)
    .filter((part) => part["functionCall"] !== undefined)
    .map((part) => part["thoughtSignature"]);

test("quirk skipSignatureSentinel: the first unsigned call of each step of the current turn", () => {
  const { body, adapted } = encode({ messages: steps }, {}, level);
  expect(signatures(body)).toEqual([undefined, SKIP_SIGNATURE, undefined, "T1dO"]);
  expect(features(adapted)).toEqual(["thought-signature"]);
  expect(signatures(encode({ messages: steps }, { skipSignatureSentinel: false }, level).body)).toEqual([
    undefined,
    undefined,
    undefined,
    "T1dO",
  ]);
});

test("quirk functionCallIds: ids are left out where they are rejected, and made ones always", () => {
  const messages = conversation(
    ["assistant", [call("1"), call("sbxcall_9")]],
    ["tool", [result("1"), result("sbxcall_9")]],
  );
  const idsOf = (quirks: GeminiQuirks) =>
    contentsOf(encode({ messages }, quirks).body)
      .flatMap(({ parts }) => parts)
      .map((part) => ((part["functionCall"] ?? part["functionResponse"]) as JsonObject)["id"]);
  expect(idsOf({})).toEqual(["1", undefined, "1", undefined]);
  expect(idsOf({ functionCallIds: false })).toEqual([undefined, undefined, undefined, undefined]);
});

test("quirk jsonSchemaTools: JSON Schema as it is, or Gemini's subset", () => {
  const declaration = (quirks: GeminiQuirks, item: Tool = tool) =>
    (encode({ tools: [item] }, quirks).body["tools"] as readonly JsonObject[])[0]?.["functionDeclarations"];
  expect(declaration({})).toEqual([{ name: "f", parametersJsonSchema: tool.type === "function" && tool.parameters }]);
  expect(declaration({ jsonSchemaTools: false })).toEqual([
    { name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING", enum: ["x"] } } } },
  ]);
  const empty = { type: "function" as const, name: "e", parameters: { type: "object", properties: {} } };
  expect(declaration({ jsonSchemaTools: false }, empty)).toEqual([{ name: "e" }]);
});

test("quirk jsonSchemaOutput: the answer's schema in either language", () => {
  const output = {
    type: "json-schema" as const,
    name: "n",
    schema: { type: "object", properties: {} },
    description: "D",
  };
  expect(encode({ output }).body["generationConfig"]).toEqual({
    responseMimeType: "application/json",
    responseJsonSchema: { description: "D", type: "object", properties: {} },
  });
  expect(encode({ output }, { jsonSchemaOutput: false }).body["generationConfig"]).toEqual({
    responseMimeType: "application/json",
    responseSchema: { type: "OBJECT", description: "D" },
  });
});

test("quirk toolsWithJsonOutput: older models are asked for JSON in words", () => {
  const output = { type: "json" as const };
  const { body, adapted } = encode({ tools: [tool], output }, {}, budget);
  expect(body["generationConfig"]).toBeUndefined();
  expect(JSON.stringify(body["systemInstruction"])).toContain("JSON");
  expect(features(adapted)).toEqual(["json-output-with-tools"]);
  expect(encode({ tools: [tool], output }, { toolsWithJsonOutput: true }, budget).adapted).toEqual([]);
  expect(encode({ tools: [tool], output }, {}, level).adapted).toEqual([]);
});

const image: Part = { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AA==" } };

test("quirk toolResultMedia: media inside the function response, or after it", () => {
  const messages = conversation(["assistant", [call("1", { opaque: own })]], ["tool", [result("1", [image])]]);
  const partsOf = (quirks: GeminiQuirks, facts: ModelFacts) =>
    contentsOf(encode({ messages }, quirks, facts).body)[1]?.parts;
  const inlineData = { mimeType: "image/png", data: "AA==" };
  const inside = [{ functionResponse: { id: "1", name: "f1", response: { output: "" }, parts: [{ inlineData }] } }];
  const after = [
    { functionResponse: { id: "1", name: "f1", response: { output: "" } } },
    { text: "Belongs to the result of f1:" },
    { inlineData },
  ];
  expect(partsOf({}, level)).toEqual(inside);
  expect(partsOf({}, budget)).toEqual(after);
  expect(partsOf({ toolResultMedia: true }, budget)).toEqual(inside);
  expect(features(encode({ messages }, {}, budget).adapted)).toEqual(["tool-result-media"]);
});

test("quirk urlMedia: addresses are sent as they are, or reported", () => {
  const at = (url: string): Part => ({ type: "media", kind: "image", source: { type: "url", url } });
  const messages = conversation(["user", [at("https://example.com/a.png"), at("https://youtu.be/x")]]);
  expect(contentsOf(encode({ messages }).body)[0]?.parts).toEqual([
    { fileData: { mimeType: "image/png", fileUri: "https://example.com/a.png" } },
    { fileData: { fileUri: "https://youtu.be/x" } },
  ]);
  const without = encode({ messages }, { urlMedia: false });
  expect(contentsOf(without.body)[0]?.parts).toEqual([{ fileData: { fileUri: "https://youtu.be/x" } }]);
  expect(features(without.dropped)).toEqual(["media-url"]);
});

test("media of other kinds", () => {
  const messages = conversation([
    "user",
    [
      { type: "media", kind: "document", source: { type: "text", text: "é" }, name: "n", citations: true },
      { type: "media", kind: "document", source: { type: "parts", parts: [{ type: "text", text: "inner" }] } },
      { type: "media", kind: "image", source: { type: "file", id: "file_1", origin: { dialect: "openai-chat" } } },
      { ...image, detail: "low" },
    ],
  ]);
  const { body, dropped } = encode({ messages }, {}, level);
  expect(contentsOf(body)[0]?.parts).toEqual([
    { inlineData: { mimeType: "text/plain", data: "w6k=" } },
    { text: "inner" },
    { inlineData: { mimeType: "image/png", data: "AA==" }, mediaResolution: { level: "MEDIA_RESOLUTION_LOW" } },
  ]);
  expect(features(dropped)).toEqual(["document-citations", "media-name", "file-reference"]);
});

test("limits of Gemini's are kept to", () => {
  const sampling = { maxOutputTokens: 128_000, stopSequences: ["1", "2", "3", "4", "5", "6"] };
  const { body, adapted } = encode({ sampling }, {}, { maxOutputTokens: 65_536 });
  expect(body["generationConfig"]).toEqual({ stopSequences: ["1", "2", "3", "4", "5"], maxOutputTokens: 65_536 });
  expect(features(adapted)).toEqual(["stop-sequences", "max-output-tokens"]);
});

test("what Gemini has no word for is reported", () => {
  const { dropped, adapted } = encode({
    tools: [
      {
        ...tool,
        strict: true,
        cache: {},
        extension: { dialect: "anthropic-messages", fields: { defer_loading: true } },
      },
      { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } },
      { type: "function", name: "t", input: "text", format: { type: "grammar" } },
    ],
    messages: conversation([
      "user",
      [
        { type: "text", text: "x", cache: {}, extension: { dialect: "anthropic-messages", fields: { someField: 1 } } },
        { type: "unknown", origin: { dialect: "anthropic-messages" }, value: {} },
      ],
    ]),
    parallelToolCalls: false,
    verbosity: "low",
    endUser: "u",
    cacheKey: "k",
    metadata: { a: "b" },
    serviceTier: "scale",
    extensions: { "openai-chat": { logit_bias: { a: 1 } } },
  });
  expect(features(dropped).sort()).toEqual(
    [
      "cache-control",
      "cache-control",
      "defer-loading",
      "end-user",
      "hosted-tool",
      "logit-bias",
      "metadata",
      "parallel-tool-calls",
      "prompt-cache-key",
      "service-tier",
      "some-field",
      "strict-tools",
      "tool-format",
      "unknown-part",
      "verbosity",
    ].sort(),
  );
  expect(features(adapted)).toEqual(["free-text-tool"]);
});

test("a tool choice needs functions", () => {
  expect(encode({ toolChoice: { type: "auto" } }).body["toolConfig"]).toBeUndefined();
  expect(features(encode({ toolChoice: { type: "required" } }).dropped)).toEqual(["tool-choice"]);
  expect(encode({ tools: [tool], toolChoice: { type: "tool", name: "f" } }).body["toolConfig"]).toEqual({
    functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] },
  });
});

test("Claude Code's billing header is not sent", () => {
  const { body, adapted } = encode({
    instructions: [
      { type: "text", text: "x-anthropic-billing-header: cc_version=1" },
      { type: "text", text: "Be brief." },
    ],
  });
  expect(body["systemInstruction"]).toEqual({ parts: [{ text: "Be brief." }] });
  expect(features(adapted)).toEqual(["billing-header"]);
});
