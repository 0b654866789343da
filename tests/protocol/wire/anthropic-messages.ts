import { isObject, type JsonObject, type JsonValue, type SseMessage } from "@signalbox/protocol";
import {
  type Answer,
  type Ask,
  at,
  type Counts,
  count,
  dataOf,
  type Found,
  type Item,
  json,
  list,
  pieces,
  type Result,
  type Seen,
  some,
  type Told,
  text,
  type WireKit,
} from "./kit.ts";

function block(item: Item): JsonObject {
  switch (item.kind) {
    case "text":
      return some({
        type: "text",
        text: item.text,
        cache_control: item.cache && { type: "ephemeral", ttl: item.cache },
      });
    case "image":
      return { type: "image", source: { type: "base64", media_type: "image/png", data: item.data } };
    case "pdf":
      return {
        type: "document",
        title: item.name,
        source: { type: "base64", media_type: "application/pdf", data: item.data },
      };
    case "thought":
      return some({ type: "thinking", thinking: item.text, signature: item.signature });
    case "call":
      return { type: "tool_use", id: item.id, name: item.name, input: item.args };
    case "result":
      return { type: "tool_result", tool_use_id: item.id, content: item.content.map(block) };
  }
}

const BUDGETS = { low: 2048, medium: 8192, high: 16384 };

function ask(spec: Ask): JsonObject {
  const { system, turns, tools, toolChoice, schema, stop, effort, maxTokens, temperature, stream } = spec;
  return some({
    model: "public",
    max_tokens: maxTokens ?? 32_000,
    system: system?.map(block),
    messages: turns.map(({ role, items }) => ({ role: role === "tool" ? "user" : role, content: items.map(block) })),
    tools: tools?.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
    tool_choice: choice(toolChoice),
    output_config: schema && { format: { type: "json_schema", schema } },
    stop_sequences: stop,
    thinking: effort && { type: "enabled", budget_tokens: BUDGETS[effort] },
    temperature,
    stream,
  });
}

function choice(toolChoice: Ask["toolChoice"]): JsonObject | undefined {
  if (toolChoice === undefined) return undefined;
  if (typeof toolChoice === "object") return { type: "tool", name: toolChoice.name };
  return { type: toolChoice === "required" ? "any" : "none" };
}

function told(body: JsonObject): Told {
  const system = typeof body["system"] === "string" ? [{ type: "text", text: body["system"] }] : list(body["system"]);
  const items = [
    ...system.map((entry) => found("system", entry)),
    ...list(body["messages"]).flatMap((message) => {
      const { content } = message;
      const blocks = typeof content === "string" ? [{ type: "text", text: content }] : list(content);
      return blocks.map((entry) => found(text(message["role"]), entry));
    }),
  ];
  return {
    items,
    tools: list(body["tools"]).map((tool) => ({ name: text(tool["name"]), parameters: tool["input_schema"] })),
    ...some({
      toolChoice: body["tool_choice"],
      schema: at(body, "output_config", "format", "schema"),
      stop: body["stop_sequences"],
      maxTokens: body["max_tokens"],
      temperature: body["temperature"],
      effort: at(body, "thinking", "budget_tokens") ?? at(body, "output_config", "effort"),
    }),
  };
}

function found(role: string, entry: JsonObject): Found {
  const ttl = at(entry, "cache_control", "ttl");
  const cache = isObject(entry["cache_control"]) ? { cache: text(ttl ?? "5m") } : {};
  switch (entry["type"]) {
    case "text":
      return { role, kind: "text", text: text(entry["text"]), ...cache };
    case "image":
      return { role, kind: "image", data: text(at(entry, "source", "data")) };
    case "document":
      return { role, kind: "pdf", data: text(at(entry, "source", "data")), name: text(entry["title"]) };
    case "thinking":
      return { role, kind: "thought", text: text(entry["thinking"]), signature: text(entry["signature"]) };
    case "redacted_thinking":
      return { role, kind: "thought", text: "", signature: text(entry["data"]) };
    case "tool_use":
      return { role, kind: "call", id: text(entry["id"]), name: text(entry["name"]), args: entry["input"] ?? null };
    case "tool_result":
      return {
        role: "tool",
        kind: "result",
        id: text(entry["tool_use_id"]),
        ...resultContent(entry["content"]),
        ...cache,
      };
    default:
      return { role, kind: "other", text: JSON.stringify(entry) };
  }
}

function resultContent(content: JsonValue | undefined): { readonly text: string; readonly media: readonly string[] } {
  if (typeof content === "string") return { text: content, media: [] };
  const inner = list(content).map((entry) => found("tool", entry));
  return {
    text: inner.map((item) => item.text ?? "").join(""),
    media: inner.filter(({ kind }) => kind === "image" || kind === "pdf").map(({ data }) => data ?? ""),
  };
}

const STOP_REASONS = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use", "content-filter": "refusal" };

function contentOf({ thought, text: words, citation, calls = [] }: Answer): readonly JsonObject[] {
  const citations = citation && [
    {
      type: "web_search_result_location",
      url: citation.url,
      title: citation.title,
      encrypted_index: "ZW5j",
      cited_text: words ?? "",
    },
  ];
  return [
    ...(thought === undefined ? [] : [block({ kind: "thought", ...thought })]),
    ...(words === undefined ? [] : [some({ type: "text", text: words, citations })]),
    ...calls.map(block),
  ];
}

function usageOf({ uncached, cacheRead, cacheWrite, output }: Counts): JsonObject {
  return {
    input_tokens: uncached,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
  };
}

function answer(spec: Answer): JsonObject {
  return {
    id: "msg_upstream",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    content: contentOf(spec),
    stop_reason: STOP_REASONS[spec.finish],
    stop_sequence: null,
    usage: usageOf(spec.usage),
  };
}

function stream(spec: Answer): readonly SseMessage[] {
  const whole = answer(spec);
  const start = { ...whole, content: [], stop_reason: null, usage: { ...usageOf(spec.usage), output_tokens: 1 } };
  const events: JsonObject[] = [{ type: "message_start", message: start }, { type: "ping" }];
  for (const [index, entry] of contentOf(spec).entries()) events.push(...blockEvents(index, entry));
  events.push(
    {
      type: "message_delta",
      delta: { stop_reason: STOP_REASONS[spec.finish], stop_sequence: null },
      usage: { output_tokens: spec.usage.output },
    },
    { type: "message_stop" },
  );
  return events.map((event) => ({ event: text(event["type"]), data: JSON.stringify(event) }));
}

function blockEvents(index: number, entry: JsonObject): readonly JsonObject[] {
  const delta = (fields: JsonObject) => ({ type: "content_block_delta", index, delta: fields });
  const around = (start: JsonObject, deltas: readonly JsonObject[]) => [
    { type: "content_block_start", index, content_block: start },
    ...deltas,
    { type: "content_block_stop", index },
  ];
  if (entry["type"] === "tool_use") {
    const parts = pieces(JSON.stringify(entry["input"]));
    const deltas = ["", ...parts].map((partial_json) => delta({ type: "input_json_delta", partial_json }));
    return around({ ...entry, input: {} }, deltas);
  }
  if (entry["type"] === "thinking") {
    const deltas = pieces(text(entry["thinking"])).map((thinking) => delta({ type: "thinking_delta", thinking }));
    const { signature } = entry;
    const last = signature === undefined ? [] : [delta({ type: "signature_delta", signature })];
    return around({ type: "thinking", thinking: "", signature: "" }, [...deltas, ...last]);
  }
  const citations = list(entry["citations"]).map((citation) => delta({ type: "citations_delta", citation }));
  const deltas = pieces(text(entry["text"])).map((words) => delta({ type: "text_delta", text: words }));
  return around({ type: "text", text: "" }, [...citations, ...deltas]);
}

interface Accumulator {
  message: JsonObject;
  readonly blocks: JsonObject[];
}

const ACCUMULATE: Readonly<Record<string, (state: Accumulator, event: JsonObject) => void>> = {
  message_start: (state, event) => {
    state.message = objectOrEmpty(event["message"]);
  },
  content_block_start: ({ blocks }, event) => {
    if (count(event["index"]) !== blocks.length) throw new Error(`block ${count(event["index"])} is not next`);
    blocks.push(objectOrEmpty(event["content_block"]));
  },
  content_block_delta: ({ blocks }, event) => {
    const index = count(event["index"]);
    blocks[index] = grown(blocks[index], event["delta"]);
  },
  message_delta: (state, event) => {
    const usage = { ...objectOrEmpty(state.message["usage"]), ...objectOrEmpty(event["usage"]) };
    state.message = { ...state.message, ...objectOrEmpty(event["delta"]), usage };
  },
  error: (_state, event) => {
    throw new Error(`error event: ${text(at(event, "error", "type"))}`);
  },
};

/** As Anthropic's SDK accumulates: https://github.com/anthropics/anthropic-sdk-typescript, MessageStream. */
function assemble(messages: readonly SseMessage[]): JsonObject {
  const state: Accumulator = { message: {}, blocks: [] };
  for (const sse of messages) {
    const event = dataOf(sse);
    if (sse.event !== event["type"]) throw new Error(`event line ${sse.event} for ${JSON.stringify(event["type"])}`);
    ACCUMULATE[text(event["type"])]?.(state, event);
  }
  const content = state.blocks.map(({ partial, ...entry }) =>
    partial === undefined ? entry : { ...entry, input: json(partial) },
  );
  return { ...state.message, content };
}

const objectOrEmpty = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

function grown(entry: JsonObject | undefined, delta: JsonValue | undefined): JsonObject {
  if (entry === undefined) throw new Error("Content block not found");
  switch (at(delta, "type")) {
    case "text_delta":
      return { ...entry, text: text(entry["text"]) + text(at(delta, "text")) };
    case "thinking_delta":
      return { ...entry, thinking: text(entry["thinking"]) + text(at(delta, "thinking")) };
    case "signature_delta":
      return { ...entry, signature: text(at(delta, "signature")) };
    case "input_json_delta":
      return { ...entry, partial: text(entry["partial"]) + text(at(delta, "partial_json")) };
    case "citations_delta":
      return { ...entry, citations: [...list(entry["citations"]), ...list([at(delta, "citation") ?? null])] };
    default:
      throw new Error(`unknown delta ${JSON.stringify(delta)}`);
  }
}

function seen(body: JsonObject): Seen {
  const blocks = list(body["content"]);
  const ofType = (type: string) => blocks.filter((entry) => entry["type"] === type);
  const { usage } = body;
  return {
    text: ofType("text")
      .map((entry) => text(entry["text"]))
      .join(""),
    thought: ofType("thinking")
      .map((entry) => text(entry["thinking"]))
      .join(""),
    refusal: "",
    calls: ofType("tool_use").map(({ id, name, input }) => ({ id: text(id), name: text(name), args: input ?? null })),
    citations: ofType("text").flatMap((entry) => list(entry["citations"]).map(({ url }) => text(url))),
    finish: body["stop_reason"],
    usage: {
      uncached: count(at(usage, "input_tokens")),
      cacheRead: count(at(usage, "cache_read_input_tokens")),
      cacheWrite: count(at(usage, "cache_creation_input_tokens")),
      output: count(at(usage, "output_tokens")),
    },
  };
}

/** Claude Code and the SDK send every block back as it came. */
function echo(spec: Ask, body: JsonObject, results: readonly Result[]): JsonObject {
  const first = ask(spec);
  return {
    ...first,
    messages: [
      ...list(first["messages"]),
      { role: "assistant", content: list(body["content"]) },
      { role: "user", content: results.map(block) },
    ],
  };
}

export const anthropicKit: WireKit = { ask, told, answer, stream, assemble, seen, echo };
