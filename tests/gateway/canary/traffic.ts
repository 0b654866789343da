import { withBody, withHeaders } from "../routing-support.ts";
import { type Answer, ask, type Call, type DIALECTS, send } from "../support.ts";
import type { CanaryKind } from "./canaries.ts";

/** What is planted: every field of one kind holds a text of its own. */
export interface Planted {
  readonly prompt: string;
  readonly system: string;
  readonly toolResult: string;
  readonly answer: string;
  readonly arguments: string;
}

export interface Labelled {
  readonly label: string;
  readonly call: Call;
  /** What its answer may hold: the words are those of the one who asked. */
  readonly may: readonly CanaryKind[];
  /** The client leaves when so many milliseconds are over. */
  readonly leaveAfterMs?: number;
}

export interface Told {
  readonly label: string;
  readonly may: readonly CanaryKind[];
  readonly status: number;
  /** Head and body. */
  readonly bytes: Buffer;
  readonly text: string;
  readonly headers: Answer["headers"];
}

type Dialect = (typeof DIALECTS)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Sends it and keeps all that came back. */
export async function tell(base: string, { label, call, may, leaveAfterMs }: Labelled): Promise<Told> {
  const signal = leaveAfterMs === undefined ? {} : { signal: AbortSignal.timeout(leaveAfterMs) };
  const gone: Answer = { status: 0, headers: {}, text: "", cut: true };
  const sent = send(base, { ...call, ...signal });
  const answer = await (leaveAfterMs === undefined ? sent : sent.catch(() => gone));
  const { status, headers, text } = answer;
  return { label, may, status, headers, text, bytes: Buffer.from(`${JSON.stringify(headers)}\n${text}`) };
}

/** A conversation in which every text that a client chooses is a canary. */
export function richCall(dialect: Dialect, model: string, planted: Planted & { readonly stream: boolean }): Call {
  const { stream } = planted;
  const plain = ask(dialect, model, { text: script(planted), stream });
  switch (dialect) {
    case "openai-chat":
      return withBody(plain, richChat(planted));
    case "openai-responses":
      return withBody(plain, richResponses(planted));
    case "anthropic-messages":
      return withBody(plain, richMessages(planted));
    case "gemini":
      return withBody(plain, richGemini(planted));
  }
}

/** The simulator says the answer and calls the tool. */
const script = ({ prompt, answer, arguments: given }: Planted): string =>
  `${prompt} [[think ${answer}]] [[say ${answer}]] [[tool look_up ${JSON.stringify({ words: given })}]]`;

const parameters = ({ system }: Planted) => ({
  type: "object",
  description: system,
  properties: { words: { type: "string", description: system, enum: [system] } },
});

function richChat(planted: Planted): Fields {
  const { prompt, system, toolResult, arguments: given } = planted;
  const call = { name: "look_up", arguments: JSON.stringify({ words: given }) };
  return {
    messages: [
      { role: "system", content: system },
      { role: "user", name: "somebody", content: [{ type: "text", text: prompt }] },
      { role: "assistant", content: prompt, tool_calls: [{ id: "call_1", type: "function", function: call }] },
      { role: "tool", tool_call_id: "call_1", content: toolResult },
      { role: "user", content: script(planted) },
    ],
    tools: [{ type: "function", function: { name: "look_up", description: system, parameters: parameters(planted) } }],
    stop: [prompt],
    user: prompt,
    metadata: { note: prompt },
    prediction: { type: "content", content: prompt },
    unheard_of: { deep: [prompt] },
  };
}

function richResponses(planted: Planted): Fields {
  const { prompt, system, toolResult, arguments: given } = planted;
  return {
    instructions: system,
    input: [
      { role: "user", content: [{ type: "input_text", text: prompt }] },
      { type: "function_call", call_id: "call_1", name: "look_up", arguments: JSON.stringify({ words: given }) },
      { type: "function_call_output", call_id: "call_1", output: toolResult },
      { role: "user", content: script(planted) },
    ],
    tools: [{ type: "function", name: "look_up", description: system, parameters: parameters(planted) }],
    metadata: { note: prompt },
    safety_identifier: prompt,
    store: false,
    unheard_of: { deep: [prompt] },
  };
}

function richMessages(planted: Planted): Fields {
  const { prompt, system, toolResult, arguments: given } = planted;
  return {
    system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    messages: [
      { role: "user", content: prompt },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look_up", input: { words: given } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: toolResult },
          { type: "text", text: script(planted) },
        ],
      },
    ],
    tools: [{ name: "look_up", description: system, input_schema: parameters(planted) }],
    stop_sequences: [prompt],
    metadata: { user_id: prompt },
    unheard_of: { deep: [prompt] },
  };
}

function richGemini(planted: Planted): Fields {
  const { prompt, system, toolResult, arguments: given } = planted;
  const declaration = { name: "look_up", description: system, parametersJsonSchema: parameters(planted) };
  return {
    systemInstruction: { parts: [{ text: system }] },
    contents: [
      { role: "user", parts: [{ text: prompt }] },
      { role: "model", parts: [{ functionCall: { name: "look_up", args: { words: given } } }] },
      { role: "user", parts: [{ functionResponse: { name: "look_up", response: { output: toolResult } } }] },
      { role: "user", parts: [{ text: script(planted) }] },
    ],
    tools: [{ functionDeclarations: [declaration] }],
    generationConfig: { stopSequences: [prompt] },
    labels: { note: prompt },
    unheardOf: { deep: [prompt] },
  };
}

/** Bodies in which the words stand where something else is expected. */
export function wrongCalls(dialect: Dialect, model: string, planted: Planted): readonly Call[] {
  const { prompt } = planted;
  const plain = richCall(dialect, model, { ...planted, stream: false });
  const whole = JSON.stringify(plain.body);
  const fields = [
    ...["stream", "messages", "input", "contents", "system", "instructions", "tools", "tool_choice", "stop"],
    ...["max_tokens", "max_output_tokens", "max_completion_tokens", "temperature", "top_p", "n", "response_format"],
    ...["reasoning", "reasoning_effort", "thinking", "text", "output_config", "service_tier", "speed", "modalities"],
    ...["generationConfig", "systemInstruction", "safetySettings", "toolConfig", "cachedContent", "metadata", "user"],
    ...["stream_options", "logit_bias", "seed", "audio", "web_search_options", "prediction", "store", "include"],
  ];
  const wrongMessages = [
    [prompt],
    [{ role: prompt, content: prompt, parts: prompt }],
    [{ role: "user", content: [{ type: prompt, text: prompt }], parts: [{ [prompt]: prompt }] }],
    [{ role: "user", content: [{ type: "image_url", image_url: { url: prompt } }] }],
    [{ role: "user", content: [{ type: "image", source: { type: "base64", media_type: prompt, data: prompt } }] }],
    [{ role: "user", content: [{ type: "input_file", file_data: prompt, filename: prompt }] }],
    [{ role: "user", parts: [{ inlineData: { mimeType: prompt, data: prompt } }, { fileData: { fileUri: prompt } }] }],
    [{ role: "tool", tool_call_id: prompt, content: prompt }],
    [{ type: "function_call", call_id: prompt, name: "x", arguments: prompt }],
    [{ role: "assistant", tool_calls: [{ id: prompt, type: "function", function: { name: "x", arguments: prompt } }] }],
  ];
  return [
    { ...plain, raw: whole.slice(0, -2) },
    { ...plain, raw: `${prompt}${whole}` },
    ...fields.map((name) => withBody(plain, { [name]: prompt })),
    ...fields.map((name) => withBody(plain, { [name]: { type: { type: prompt } } })),
    ...wrongMessages.map((list) => withBody(plain, { messages: list, input: list, contents: list })),
    withHeaders(plain, { "content-type": `text/${prompt}` }),
    withHeaders(plain, { "content-encoding": prompt }),
    withHeaders(plain, { "x-signalbox-routing": prompt }),
    withHeaders(plain, { "x-signalbox-metadata": prompt }),
    withHeaders(plain, { "x-signalbox-user": prompt }),
    withHeaders(plain, { "anthropic-version": prompt, "anthropic-beta": prompt }),
  ];
}

/** The same question where it is counted or explained, and not answered. */
export function askedAside(dialect: Dialect, model: string, planted: Planted): readonly Call[] {
  const call = richCall(dialect, model, { ...planted, stream: false });
  const explain = { ...call, path: `/v1/explain?dialect=${dialect}`, body: { ...Object(call.body), model } };
  switch (dialect) {
    case "openai-chat":
      return [explain];
    case "openai-responses":
      return [explain, { ...call, path: "/v1/responses/input_tokens" }];
    case "anthropic-messages":
      return [explain, { ...call, path: "/v1/messages/count_tokens" }];
    case "gemini":
      return [explain, { ...call, path: `/v1beta/models/${model}:countTokens` }];
  }
}

/** What is asked beside conversations: rightly, and with the words where something else is expected. */
export function operationCalls(model: string, { prompt, system }: Planted): readonly Call[] {
  const post = (path: string, fields: Fields): Call => ({ path, body: { model, ...fields } });
  const gemini = (method: string, body: Fields): Call => ({ path: `/v1beta/models/${model}:${method}`, body });
  const image = `data:image/png;base64,${Buffer.from(prompt).toString("base64")}`;
  const boundary = "a-boundary-of-canaries";
  const field = (name: string, value: string, more = "") =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const form = (fields: string): Call => ({
    path: "/v1/images/edits",
    raw: `${field("model", model)}${fields}--${boundary}--\r\n`,
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  });
  const file = field("image", prompt, '; filename="a.png"\r\ncontent-type: image/png');
  return [
    post("/v1/embeddings", { input: [prompt, system], user: prompt }),
    post("/v1/embeddings", { input: prompt, dimensions: prompt }),
    post("/v1/embeddings", { input: { [prompt]: prompt } }),
    post("/v1/embeddings", { input: prompt, encoding_format: prompt }),
    post("/v1/embeddings", { input: prompt, input_type: prompt }),
    gemini("embedContent", { content: { parts: [{ text: prompt }] }, title: system }),
    gemini("batchEmbedContents", { requests: [{ content: { parts: [{ text: prompt }] }, taskType: prompt }] }),
    post("/v2/rerank", { query: prompt, documents: [system, { text: prompt }], return_documents: true }),
    post("/v2/rerank", { query: prompt, documents: prompt }),
    post("/v1/images/generations", { prompt }),
    post("/v1/images/generations", { prompt, stream: true, partial_images: 1 }),
    post("/v1/images/generations", { prompt, size: prompt, [prompt.replaceAll(" ", "_")]: prompt }),
    gemini("predict", { instances: [{ prompt }], parameters: { sampleCount: prompt } }),
    post("/v1/images/edits", { prompt, images: [{ image_url: image }] }),
    post("/v1/images/edits", { prompt, images: [{ file_id: [prompt] }] }),
    form(`${field("prompt", prompt)}${file}`),
    form(`${field("prompt", prompt)}${field("n", prompt)}${file}`),
  ];
}

/** What providers do wrong. */
export const FAULTS: readonly string[] = [
  ...["status=400", "status=401", "status=402", "status=403", "status=404", "status=422", "status=429", "status=500"],
  ...["status=503", "status=529", "context-overflow", "quota", "html", "html=502", "ok-with-error-body"],
  ...["wrong-content-type", "cut", "reset", "cut-after=3", "reset-after=3", "malformed-after=2", "error-after=3"],
  ...["cut-before-end"],
];

export const QUOTES: readonly string[] = [
  ...["400", "401", "402", "403", "404", "413", "422", "429", "500", "529"],
  ...["html", "type", "event", "late-event", "nonsense"],
];

export const nameOf = (fault: string): string => fault.replaceAll(/[^a-z0-9]/g, "-");
