import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { Spoken } from "../protocol/codecs.ts";
import type { Words } from "./probes.ts";
import { type Root, WORDS } from "./request-roots.ts";

const object = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});
const listed = (value: JsonValue | undefined): readonly JsonValue[] => (value === undefined ? [] : [value]);
const OPENAI = "openai-openapi.json";

const CHAT_MESSAGE: JsonObject = { role: "assistant", content: "Text that is long enough.", refusal: null };
const chatAnswer = (choice: JsonObject, rest: JsonObject = {}): JsonObject => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "m",
  choices: [{ index: 0, message: CHAT_MESSAGE, finish_reason: "stop", logprobs: null, ...choice }],
  usage: { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50 },
  ...rest,
});

const CHAT: readonly Root[] = [
  {
    name: "answer",
    file: OPENAI,
    schema: "CreateChatCompletionResponse",
    skip: [".object", ".model", ".choices[].index", ".choices[].message"],
    embed: (value) => {
      const { choices, ...rest } = object(value);
      const { message: _, ...choice } = object(Array.isArray(choices) ? choices[0] : undefined);
      return chatAnswer(choice, { ...rest, model: "m" });
    },
  },
  {
    name: "message",
    file: OPENAI,
    schema: "ChatCompletionResponseMessage",
    skip: [],
    embed: (value) => chatAnswer({ message: { ...CHAT_MESSAGE, ...object(value) } }),
  },
];

const RESPONSES_TEXT: JsonObject = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Text that is long enough.", annotations: [], logprobs: [] }],
};
const responsesAnswer = (items: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  id: "resp_1",
  object: "response",
  created_at: 1_700_000_000,
  status: "completed",
  model: "m",
  output: [RESPONSES_TEXT, ...items],
  usage: { input_tokens: 20, output_tokens: 30, total_tokens: 50 },
  ...rest,
});

/** What the response object repeats of the request, which the gateway does of the client's own. */
const ECHO = [
  ...["background", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "parallel_tool_calls", "prompt"],
  ...["previous_response_id", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning"],
  ...["safety_identifier", "store", "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p"],
  ...["truncation", "user"],
];

const RESPONSES: readonly Root[] = [
  {
    name: "answer",
    file: OPENAI,
    schema: "Response",
    skip: [".object", ".model", ".output", ".output_text", ".error", ".status", ...ECHO.map((field) => `.${field}`)],
    embed: (value) => {
      const own = Object.entries(object(value)).filter(
        ([field]) => !["output", "error", "status", "model"].includes(field),
      );
      return responsesAnswer([], Object.fromEntries(own));
    },
  },
  {
    name: "item",
    file: OPENAI,
    schema: "OutputItem",
    skip: [],
    embed: (value) => responsesAnswer([...listed(value)]),
  },
];

const claudeAnswer = (blocks: readonly JsonValue[], rest: JsonObject = {}): JsonObject => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Text that is long enough." }, ...blocks],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 20, output_tokens: 30 },
  ...rest,
});

function claudeRoots(prefix: "" | "Beta"): readonly Root[] {
  const file = `anthropic.${prefix}Message.schema.json`;
  const label = prefix === "" ? "" : "beta ";
  return [
    {
      name: `${label}answer`,
      file,
      schema: `${prefix}Message`,
      skip: [".model", ".content"],
      embed: (value) => {
        const { content: _, model: _model, ...rest } = object(value);
        return claudeAnswer([], rest);
      },
    },
    {
      name: `${label}block`,
      file,
      schema: `${prefix}ContentBlock`,
      skip: [],
      embed: (value) => claudeAnswer([...listed(value)]),
    },
  ];
}

const GEMINI_USAGE: JsonObject = { promptTokenCount: 20, candidatesTokenCount: 30, totalTokenCount: 50 };

const geminiAnswer = (parts: readonly JsonValue[], candidate: JsonObject = {}, rest: JsonObject = {}): JsonObject => ({
  candidates: [
    {
      content: { role: "model", parts: [{ text: "Text that is long enough." }, ...parts] },
      finishReason: "STOP",
      index: 0,
      ...candidate,
    },
  ],
  usageMetadata: GEMINI_USAGE,
  modelVersion: "m",
  responseId: "r1",
  ...rest,
});

const GEMINI: readonly Root[] = [
  {
    name: "answer",
    file: "gemini-openapi.json",
    schema: "GenerateContentResponse",
    skip: [".modelVersion", ".candidates[].index", ".candidates[].content"],
    embed: (value) => {
      const { candidates, usageMetadata, ...rest } = object(value);
      return geminiAnswer([], object(Array.isArray(candidates) ? candidates[0] : undefined), {
        ...rest,
        usageMetadata: { ...GEMINI_USAGE, ...object(usageMetadata) },
      });
    },
  },
  {
    name: "part",
    file: "gemini-openapi.json",
    schema: "Part",
    skip: [".functionResponse", ".videoMetadata", ".mediaResolution", ".mediaProcessing", ".thought"],
    embed: (value) => geminiAnswer([...listed(withName(value))]),
  },
];

/** The schema does not say that a call must have a name. */
function withName(part: JsonValue | undefined): JsonValue | undefined {
  const call = object(part)["functionCall"];
  return isObject(call) ? { ...object(part), functionCall: { name: "get_x", ...call } } : part;
}

export const ANSWER_ROOTS: Readonly<Record<Spoken, readonly Root[]>> = {
  "openai-chat": CHAT,
  "openai-responses": RESPONSES,
  "anthropic-messages": [...claudeRoots(""), ...claudeRoots("Beta")],
  gemini: GEMINI,
};

export const ANSWER_WORDS: Words = { ...WORDS, refusal: { fixed: null }, start_index: { fixed: 1 } };
