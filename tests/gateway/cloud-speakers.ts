import { objectIn } from "./routing-support.ts";
import type { Call, DIALECTS } from "./support.ts";

/** What is asked of a model, to be said in each client's own words. */
export interface Wish {
  readonly text: string;
  readonly stream: boolean;
  readonly tool?: true;
  readonly thinks?: true;
  readonly image?: string;
  readonly schema?: object;
  /** A breakpoint behind this text, before the question. */
  readonly prefix?: string;
}

export interface Speaker {
  readonly first: (model: string, wish: Wish) => Call;
  /** The same, with the whole answer of the first turn and the result of its tool. */
  readonly second: (model: string, wish: Wish, answer: string) => Call;
  /** In the words in which this API's clients look for it. */
  readonly overflow: RegExp;
  readonly calls: (answer: string) => readonly unknown[];
  readonly text: (answer: string) => string;
}

type Fields = Readonly<Record<string, unknown>>;

const RESULT = "3";
const PARAMETERS = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
const ADD = { name: "add", description: "Adds.", parameters: PARAMETERS };

const parsed = (answer: string): Fields => objectIn(JSON.parse(answer));
const listIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(objectIn) : []);
const textsOf = (parts: readonly Fields[]): string => parts.map(({ text }) => String(text ?? "")).join("");
const post = (path: string, body: Fields): Call => ({ path, body });

function chatBody(model: string, { stream, tool, thinks, schema }: Wish, messages: readonly unknown[]): Call {
  return post("/v1/chat/completions", {
    model,
    stream,
    messages,
    ...(tool && { tools: [{ type: "function", function: ADD }] }),
    ...(thinks && { reasoning_effort: "low" }),
    ...(schema && { response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } } }),
  });
}

function chatUser({ text, image, prefix }: Wish): Fields {
  const marked = { type: "text", text: prefix, cache_control: { type: "ephemeral" } };
  const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } };
  const content = [...(prefix ? [marked] : []), { type: "text", text }, ...(image ? [picture] : [])];
  return { role: "user", content };
}

const chatMessage = (answer: string): Fields => objectIn(listIn(parsed(answer)["choices"])[0]?.["message"]);

const chat: Speaker = {
  first: (model, wish) => chatBody(model, wish, [chatUser(wish)]),
  second(model, wish, answer) {
    const said = chatMessage(answer);
    const results = listIn(said["tool_calls"]).map(({ id }) => ({ role: "tool", tool_call_id: id, content: RESULT }));
    return chatBody(model, wish, [chatUser(wish), said, ...results]);
  },
  overflow: /context_length_exceeded/,
  calls: (answer) =>
    listIn(chatMessage(answer)["tool_calls"]).map((call) =>
      JSON.parse(String(objectIn(call["function"])["arguments"])),
    ),
  text: (answer) => String(chatMessage(answer)["content"] ?? ""),
};

function responsesBody(model: string, { stream, tool, thinks, schema }: Wish, input: readonly unknown[]): Call {
  return post("/v1/responses", {
    model,
    stream,
    input,
    store: false,
    ...(tool && { tools: [{ type: "function", strict: false, ...ADD }] }),
    ...(thinks && { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"] }),
    ...(schema && { text: { format: { type: "json_schema", name: "answer", strict: true, schema } } }),
  });
}

function responsesUser({ text, image, prefix }: Wish): Fields {
  const picture = { type: "input_image", detail: "auto", image_url: `data:image/png;base64,${image}` };
  const content = [
    ...(prefix ? [{ type: "input_text", text: prefix }] : []),
    { type: "input_text", text },
    ...(image ? [picture] : []),
  ];
  return { type: "message", role: "user", content };
}

const responses: Speaker = {
  first: (model, wish) => responsesBody(model, wish, [responsesUser(wish)]),
  second(model, wish, answer) {
    const items = listIn(parsed(answer)["output"]);
    const results = items
      .filter(({ type }) => type === "function_call")
      .map(({ call_id }) => ({ type: "function_call_output", call_id, output: RESULT }));
    return responsesBody(model, wish, [responsesUser(wish), ...items, ...results]);
  },
  overflow: /context_length_exceeded/,
  calls: (answer) =>
    listIn(parsed(answer)["output"])
      .filter(({ type }) => type === "function_call")
      .map((call) => JSON.parse(String(call["arguments"]))),
  text: (answer) => textsOf(listIn(parsed(answer)["output"]).flatMap(({ content }) => listIn(content))),
};

function messagesBody(model: string, { stream, tool, thinks, schema }: Wish, messages: readonly unknown[]): Call {
  return post("/v1/messages", {
    model,
    stream,
    max_tokens: 4096,
    messages,
    ...(tool && { tools: [{ name: ADD.name, description: ADD.description, input_schema: PARAMETERS }] }),
    ...(thinks && { thinking: { type: "enabled", budget_tokens: 1024 } }),
    ...(schema && { output_config: { format: { type: "json_schema", schema } } }),
  });
}

function messagesUser({ text, image, prefix }: Wish): Fields {
  const marked = { type: "text", text: prefix, cache_control: { type: "ephemeral" } };
  const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: image } };
  return { role: "user", content: [...(prefix ? [marked] : []), { type: "text", text }, ...(image ? [picture] : [])] };
}

const messages: Speaker = {
  first: (model, wish) => messagesBody(model, wish, [messagesUser(wish)]),
  second(model, wish, answer) {
    const content = listIn(parsed(answer)["content"]);
    const results = content
      .filter(({ type }) => type === "tool_use")
      .map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: RESULT }));
    return messagesBody(model, wish, [
      messagesUser(wish),
      { role: "assistant", content },
      { role: "user", content: results },
    ]);
  },
  overflow: /prompt is too long/i,
  calls: (answer) =>
    listIn(parsed(answer)["content"])
      .filter(({ type }) => type === "tool_use")
      .map(({ input }) => input),
  text: (answer) => textsOf(listIn(parsed(answer)["content"])),
};

function geminiBody(model: string, { stream, tool, thinks, schema }: Wish, contents: readonly unknown[]): Call {
  const generationConfig = {
    ...(thinks && { thinkingConfig: { includeThoughts: true } }),
    ...(schema && { responseMimeType: "application/json", responseJsonSchema: schema }),
  };
  return post(`/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`, {
    contents,
    generationConfig,
    ...(tool && { tools: [{ functionDeclarations: [ADD] }] }),
  });
}

function geminiUser({ text, image, prefix }: Wish): Fields {
  const picture = { inlineData: { mimeType: "image/png", data: image } };
  return { role: "user", parts: [...(prefix ? [{ text: prefix }] : []), { text }, ...(image ? [picture] : [])] };
}

const geminiParts = (answer: string) => {
  const content = objectIn(listIn(parsed(answer)["candidates"])[0]?.["content"]);
  return { content, parts: listIn(content["parts"]) };
};

const gemini: Speaker = {
  first: (model, wish) => geminiBody(model, wish, [geminiUser(wish)]),
  second(model, wish, answer) {
    const { content, parts } = geminiParts(answer);
    const results = parts
      .map(({ functionCall }) => objectIn(functionCall))
      .filter(({ name }) => name !== undefined)
      .map(({ id, name }) => ({
        functionResponse: { ...(id === undefined ? {} : { id }), name, response: { result: RESULT } },
      }));
    return geminiBody(model, wish, [geminiUser(wish), content, { role: "user", parts: results }]);
  },
  overflow: /exceeds the maximum number of tokens|"reason":"CONTEXT_OVERFLOW"/,
  calls: (answer) =>
    geminiParts(answer)
      .parts.filter(({ functionCall }) => functionCall !== undefined)
      .map(({ functionCall }) => objectIn(functionCall)["args"]),
  text: (answer) => textsOf(geminiParts(answer).parts.filter(({ thought }) => thought !== true)),
};

export const speakers: Readonly<Record<(typeof DIALECTS)[number], Speaker>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  "anthropic-messages": messages,
  gemini,
};
