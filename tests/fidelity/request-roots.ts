import { arrayOf, isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { Spoken } from "../protocol/codecs.ts";
import type { Words } from "./probes.ts";

/** A place in a request at which documented values are tried, and the least conversation in which they mean something. */
export interface Root {
  readonly name: string;
  readonly file: string;
  readonly schema: string;
  /** Paths that another root looks into, or that hold nothing to be lost. */
  readonly skip: readonly string[];
  /** The request with the value in its place; without one, the conversation alone. */
  readonly embed: (value: JsonValue | undefined) => JsonObject;
}

const listed = (value: JsonValue | undefined): readonly JsonValue[] => (value === undefined ? [] : [value]);
const object = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});
const SCHEMA: JsonObject = { type: "object", properties: { x: { type: "string" } }, required: ["x"] };

const OPENAI = "openai-openapi.json";
const GEMINI = "gemini-openapi.json";
const anthropicFile = (name: string) => `anthropic.${name}.schema.json`;

const CHAT_TOOL: JsonObject = { type: "function", function: { name: "get_x", parameters: SCHEMA } };
const CHAT_CALL: JsonObject = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "call_1", type: "function", function: { name: "get_x", arguments: '{"x":"1"}' } }],
};
const chat = (messages: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  model: "m",
  messages: [{ role: "user", content: "Hi." }, ...messages],
  ...rest,
});

const CHAT: readonly Root[] = [
  {
    name: "request",
    file: OPENAI,
    schema: "CreateChatCompletionRequest",
    skip: [".messages", ".tools", ".functions", ".model"],
    embed: (value) => ({ ...chat([], { tools: [CHAT_TOOL] }), ...without(value, ["messages", "model"]) }),
  },
  {
    name: "message",
    file: OPENAI,
    schema: "ChatCompletionRequestMessage",
    skip: ["<tool>", "<function>"],
    embed: (value) => chat([...listed(value), { role: "user", content: "Go on." }]),
  },
  {
    name: "tool message",
    file: OPENAI,
    schema: "ChatCompletionRequestToolMessage",
    skip: [".tool_call_id", ".role"],
    embed: (value) =>
      chat([CHAT_CALL, { ...object(value), role: "tool", tool_call_id: "call_1" }], { tools: [CHAT_TOOL] }),
  },
  {
    name: "function message",
    file: OPENAI,
    schema: "ChatCompletionRequestFunctionMessage",
    skip: [".name", ".role"],
    embed: (value) =>
      chat(
        [
          { role: "assistant", content: null, function_call: { name: "get_x", arguments: "{}" } },
          { ...object(value), role: "function", name: "get_x" },
        ],
        { functions: [{ name: "get_x", parameters: SCHEMA }] },
      ),
  },
  {
    name: "tool",
    file: OPENAI,
    schema: "ChatCompletionTool",
    skip: [],
    embed: (value) => chat([], { tools: [CHAT_TOOL, ...listed(value)] }),
  },
  {
    name: "custom tool",
    file: OPENAI,
    schema: "CustomToolChatCompletions",
    skip: [],
    embed: (value) => chat([], { tools: [CHAT_TOOL, ...listed(value)] }),
  },
  {
    name: "function",
    file: OPENAI,
    schema: "ChatCompletionFunctions",
    skip: [],
    embed: (value) => chat([], { functions: [...listed(value)] }),
  },
];

const RESPONSES_TOOL: JsonObject = { type: "function", name: "get_x", parameters: SCHEMA, strict: false };
const RESPONSES_CALL: JsonObject = { type: "function_call", call_id: "call_1", name: "get_x", arguments: '{"x":"1"}' };
const HELLO: JsonObject = { type: "message", role: "user", content: "Hi." };
const responses = (items: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  model: "m",
  input: [HELLO, ...items],
  ...rest,
});

const RESPONSES: readonly Root[] = [
  {
    name: "request",
    file: OPENAI,
    schema: "CreateResponse",
    skip: [".input", ".tools", ".model"],
    embed: (value) => ({ ...responses([], { tools: [RESPONSES_TOOL] }), ...without(value, ["input", "model"]) }),
  },
  {
    name: "item",
    file: OPENAI,
    schema: "InputItem",
    skip: ["<function_call_output>", "<custom_tool_call_output>"],
    embed: (value) => responses([...listed(value), HELLO]),
  },
  {
    name: "function output",
    file: OPENAI,
    schema: "FunctionCallOutputItemParam",
    skip: [".call_id", ".type"],
    embed: (value) =>
      responses([RESPONSES_CALL, { ...object(value), type: "function_call_output", call_id: "call_1" }], {
        tools: [RESPONSES_TOOL],
      }),
  },
  {
    name: "custom output",
    file: OPENAI,
    schema: "CustomToolCallOutput",
    skip: [".call_id", ".type"],
    embed: (value) =>
      responses([
        { type: "custom_tool_call", call_id: "call_1", name: "get_y", input: "free" },
        { ...object(value), type: "custom_tool_call_output", call_id: "call_1" },
      ]),
  },
  {
    name: "tool",
    file: OPENAI,
    schema: "Tool",
    skip: [],
    embed: (value) => responses([], { tools: [RESPONSES_TOOL, ...listed(value)] }),
  },
];

const CLAUDE_TOOL: JsonObject = { name: "get_x", input_schema: SCHEMA };
const CLAUDE_CALL: JsonObject = {
  role: "assistant",
  content: [{ type: "tool_use", id: "call_1", name: "get_x", input: { x: "1" } }],
};
const claude = (messages: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  model: "m",
  max_tokens: 30_000,
  messages: [{ role: "user", content: "Hi." }, ...messages],
  ...rest,
});

function claudeRoots(prefix: "" | "Beta"): readonly Root[] {
  const file = anthropicFile(`${prefix}MessageCreateParams`);
  const label = prefix === "" ? "" : "beta ";
  const user = (content: readonly JsonValue[]): JsonObject => ({ role: "user", content });
  return [
    {
      name: `${label}request`,
      file,
      schema: "MessageCreateParamsNonStreaming",
      skip: [".messages", ".tools", ".model", ".system", ".max_tokens", ".betas"],
      embed: (value) => ({
        ...claude([], { tools: [CLAUDE_TOOL] }),
        ...without(value, ["messages", "model", "max_tokens"]),
      }),
    },
    {
      name: `${label}system`,
      file,
      schema: `${prefix}TextBlockParam`,
      skip: [".citations"],
      embed: (value) => claude([], { system: [...listed(value)] }),
    },
    {
      name: `${label}message`,
      file,
      schema: `${prefix}MessageParam`,
      skip: ["<user>.content", "<assistant>.content"],
      embed: (value) => claude([...listed(value)]),
    },
    {
      name: `${label}user block`,
      file,
      schema: `${prefix}UserMessageParam`,
      skip: [".role", ".content[]<tool_result>"],
      embed: (value) => claude([{ role: "assistant", content: "Yes?" }, user(blocksOf(value))]),
    },
    {
      name: `${label}tool result`,
      file,
      schema: `${prefix}ToolResultBlockParam`,
      skip: [".tool_use_id", ".type"],
      embed: (value) =>
        claude([CLAUDE_CALL, user([{ ...object(value), type: "tool_result", tool_use_id: "call_1" }])], {
          tools: [CLAUDE_TOOL],
        }),
    },
    {
      name: `${label}assistant block`,
      file,
      schema: `${prefix}AssistantMessageParam`,
      skip: [
        ".role",
        ".content[]<tool_result>",
        ".content[]<document>",
        ".content[]<image>",
        ".content[]<search_result>",
      ],
      embed: (value) =>
        claude([{ role: "assistant", content: blocksOf(value) }, user([{ type: "text", text: "Go on." }])]),
    },
    {
      name: `${label}tool`,
      file,
      schema: `${prefix}ToolUnion`,
      skip: [],
      embed: (value) => claude([], { tools: [CLAUDE_TOOL, ...listed(value)] }),
    },
  ];
}

function blocksOf(value: JsonValue | undefined): readonly JsonValue[] {
  const content = object(value)["content"];
  return typeof content === "string" ? [{ type: "text", text: content }] : Array.isArray(content) ? content : [];
}

const GEMINI_TOOL: JsonObject = { functionDeclarations: [{ name: "get_x", parametersJsonSchema: SCHEMA }] };
const gemini = (contents: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  contents: [{ role: "user", parts: [{ text: "Hi." }] }, ...contents],
  ...rest,
});
const GEMINI_CALL: JsonObject = {
  role: "model",
  parts: [{ functionCall: { id: "call_1", name: "get_x", args: { x: "1" } } }],
};

/** Documented for a part whose data they describe. */
const BESIDE_DATA = [
  ".thoughtSignature",
  ".partMetadata",
  ".mediaResolution",
  ".videoMetadata",
  ".mediaProcessing",
  ".thought",
];

function geminiPart(name: string, role: "user" | "model", skip: readonly string[]): Root {
  return {
    name: `${role} ${name}`,
    file: GEMINI,
    schema: "Part",
    skip,
    embed: (value) => gemini(value === undefined ? [] : [{ role, parts: [withData(object(value))] }]),
  };
}

/** The schema does not say that a function must have a name. */
function withNames(tool: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(tool) || tool["functionDeclarations"] === undefined) return tool;
  const functions = arrayOf(tool["functionDeclarations"]).map((item) => ({ name: "get_z", ...object(item) }));
  return { ...tool, functionDeclarations: functions };
}

/** A part must say something for what describes it to mean anything. */
function withData(part: JsonObject): JsonObject {
  const fields = Object.keys(part);
  if (fields.some((field) => !BESIDE_DATA.includes(`.${field}`))) return part;
  const video = ["videoMetadata", "mediaProcessing", "mediaResolution"].some((field) => fields.includes(field));
  return video || fields.length === 0
    ? { inlineData: { mimeType: "video/mp4", data: "AAAA" }, ...part }
    : { text: "T.", ...part };
}

const GEMINI_ROOTS: readonly Root[] = [
  {
    name: "request",
    file: GEMINI,
    schema: "GenerateContentRequest",
    skip: [".contents", ".tools", ".model", ".systemInstruction.parts", ".systemInstruction.role"],
    embed: (value) => ({ ...gemini([], { tools: [GEMINI_TOOL] }), ...without(value, []) }),
  },
  geminiPart("part", "user", [".functionCall", ".functionResponse", ".thoughtSignature", ".thought"]),
  geminiPart("part", "model", [
    ".functionResponse",
    ".inlineData",
    ".fileData",
    ".videoMetadata",
    ".mediaResolution",
    ".mediaProcessing",
  ]),
  {
    name: "function response",
    file: GEMINI,
    schema: "FunctionResponse",
    skip: [".id", ".name"],
    embed: (value) =>
      gemini(
        [
          GEMINI_CALL,
          { role: "user", parts: [{ functionResponse: { ...object(value), id: "call_1", name: "get_x" } }] },
        ],
        { tools: [GEMINI_TOOL] },
      ),
  },
  {
    name: "tool",
    file: GEMINI,
    schema: "Tool",
    // Google's own subset of JSON Schema is json/schema-subset.ts's concern.
    skip: [".functionDeclarations[].parameters", ".functionDeclarations[].response"],
    embed: (value) => gemini([], { tools: [GEMINI_TOOL, ...listed(withNames(value))] }),
  },
];

function without(value: JsonValue | undefined, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object(value)).filter(([field]) => !fields.includes(field)));
}

export const ROOTS: Readonly<Record<Spoken, readonly Root[]>> = {
  "openai-chat": CHAT,
  "openai-responses": RESPONSES,
  "anthropic-messages": [...claudeRoots(""), ...claudeRoots("Beta")],
  gemini: GEMINI_ROOTS,
};

/** Fields whose values must have a form; `%` is the sentinel. */
export const WORDS: Words = {
  arguments: '{"x":"%"}',
  url: "https://example.com/%",
  image_url: "https://example.com/%",
  file_url: "https://example.com/%",
  fileUri: "https://example.com/%",
  file_data: "data:application/pdf;base64,%",
  mimeType: { fixed: "image/png" },
  media_type: { fixed: "image/png" },
  parameters: { fixed: SCHEMA },
  parametersJsonSchema: { fixed: SCHEMA },
  input_schema: { fixed: SCHEMA },
  schema: { fixed: SCHEMA },
  responseSchema: { fixed: SCHEMA },
  responseJsonSchema: { fixed: SCHEMA },
  _responseJsonSchema: { fixed: SCHEMA },
  budget_tokens: { fixed: 2048 },
};
