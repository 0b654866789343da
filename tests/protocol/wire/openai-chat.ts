import { isObject, type JsonObject, type JsonValue, type SseMessage } from "@signalbox/protocol";
import {
  type Answer,
  type Ask,
  at,
  type Call,
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
  type Turn,
  text,
  type WireKit,
} from "./kit.ts";

function part(item: Item): readonly JsonObject[] {
  switch (item.kind) {
    case "text":
      return [
        some({ type: "text", text: item.text, cache_control: item.cache && { type: "ephemeral", ttl: item.cache } }),
      ];
    case "image":
      return [{ type: "image_url", image_url: { url: `data:image/png;base64,${item.data}` } }];
    case "pdf":
      return [{ type: "file", file: { filename: item.name, file_data: `data:application/pdf;base64,${item.data}` } }];
    default:
      return [];
  }
}

function messages({ role, items }: Turn): readonly JsonObject[] {
  if (role === "tool") {
    return items
      .filter((item) => item.kind === "result")
      .map(({ id, content }) => ({ role, tool_call_id: id, content: content.flatMap(part) }));
  }
  const content = items.flatMap(part);
  const calls = items.filter((item) => item.kind === "call").map(toolCall);
  return [
    some({ role, content: content.length === 0 ? null : content, tool_calls: calls.length === 0 ? undefined : calls }),
  ];
}

function toolCall({ id, name, args }: Call): JsonObject {
  return { id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}

function ask(spec: Ask): JsonObject {
  const { system, turns, tools, toolChoice, schema, stop, effort, maxTokens, temperature, stream } = spec;
  return some({
    model: "public",
    messages: [
      ...(system === undefined ? [] : messages({ role: "system", items: system })),
      ...turns.flatMap(messages),
    ],
    tools: tools?.map(({ name, description, parameters }) => ({
      type: "function",
      function: { name, description, parameters },
    })),
    tool_choice:
      typeof toolChoice === "object" ? { type: "function", function: { name: toolChoice.name } } : toolChoice,
    response_format: schema && { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    stop,
    reasoning_effort: effort,
    max_completion_tokens: maxTokens,
    temperature,
    stream,
    stream_options: stream === true ? { include_usage: true } : undefined,
  });
}

function told(body: JsonObject): Told {
  return {
    items: list(body["messages"]).flatMap(foundIn),
    tools: list(body["tools"]).map((tool) => ({
      name: text(at(tool, "function", "name")),
      parameters: at(tool, "function", "parameters"),
    })),
    ...some({
      toolChoice: body["tool_choice"],
      schema: at(body, "response_format", "json_schema", "schema"),
      stop: body["stop"],
      maxTokens: body["max_completion_tokens"] ?? body["max_tokens"],
      temperature: body["temperature"],
      effort: body["reasoning_effort"],
    }),
  };
}

function foundIn(message: JsonObject): readonly Found[] {
  const role = text(message["role"]);
  const { content } = message;
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : list(content);
  const items = parts.map((entry) => found(role, entry));
  if (role === "tool") {
    const media = items.filter(({ kind }) => kind !== "text").map(({ data }) => data ?? "");
    const words = items.map((item) => item.text ?? "").join("");
    return [{ role, kind: "result", id: text(message["tool_call_id"]), text: words, media }];
  }
  const thought = text(message["reasoning_content"]);
  const calls = list(message["tool_calls"]).map(
    (call): Found => ({
      role,
      kind: "call",
      id: text(call["id"]),
      name: text(at(call, "function", "name")),
      args: json(at(call, "function", "arguments")),
    }),
  );
  return [...(thought === "" ? [] : [{ role, kind: "thought", text: thought } as const]), ...items, ...calls];
}

function found(role: string, entry: JsonObject): Found {
  switch (entry["type"]) {
    case "text": {
      const cache = isObject(entry["cache_control"]) ? { cache: text(at(entry, "cache_control", "ttl") ?? "5m") } : {};
      return { role, kind: "text", text: text(entry["text"]), ...cache };
    }
    case "image_url":
      return { role, kind: "image", data: text(at(entry, "image_url", "url")).replace(/^data:image\/png;base64,/, "") };
    case "file":
      return {
        role,
        kind: "pdf",
        data: text(at(entry, "file", "file_data")).replace(/^data:application\/pdf;base64,/, ""),
        name: text(at(entry, "file", "filename")),
      };
    default:
      return { role, kind: "other", text: JSON.stringify(entry) };
  }
}

const FINISH = { stop: "stop", length: "length", "tool-calls": "tool_calls", "content-filter": "content_filter" };

function usageOf({ uncached, cacheRead, cacheWrite, output, reasoning }: Counts): JsonObject {
  const prompt = uncached + cacheRead + cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

const annotationsOf = ({ citation, text: words = "" }: Answer) =>
  citation && [{ type: "url_citation", url_citation: { ...citation, start_index: 0, end_index: words.length } }];

function answer(spec: Answer): JsonObject {
  const message = some({
    role: "assistant",
    content: spec.text ?? null,
    refusal: spec.refusal ?? null,
    reasoning_content: spec.thought?.text,
    annotations: annotationsOf(spec),
    tool_calls: spec.calls?.map(toolCall),
  });
  return {
    id: "chatcmpl-upstream",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "gpt-5.2",
    choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH[spec.finish] }],
    usage: usageOf(spec.usage),
  };
}

function stream(spec: Answer): readonly SseMessage[] {
  const deltas: JsonObject[] = [{ role: "assistant", content: "" }];
  for (const reasoning_content of pieces(spec.thought?.text ?? "")) deltas.push({ reasoning_content });
  for (const content of pieces(spec.text ?? "")) deltas.push({ content });
  for (const refusal of pieces(spec.refusal ?? "")) deltas.push({ refusal });
  if (spec.citation !== undefined) deltas.push(some({ annotations: annotationsOf(spec) }));
  for (const [index, { id, name, args }] of (spec.calls ?? []).entries()) {
    deltas.push({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
    for (const piece of pieces(JSON.stringify(args))) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  const choices = [
    ...deltas.map((delta) => [{ index: 0, delta, logprobs: null, finish_reason: null }]),
    [{ index: 0, delta: {}, logprobs: null, finish_reason: FINISH[spec.finish] }],
  ];
  const chunk = (fields: JsonObject) => ({
    data: JSON.stringify({
      id: "chatcmpl-upstream",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: "gpt-5.2",
      ...fields,
    }),
  });
  return [
    ...choices.map((choice) => chunk({ choices: choice, usage: null })),
    chunk({ choices: [], usage: usageOf(spec.usage) }),
    { data: "[DONE]" },
  ];
}

/** As OpenAI's SDK accumulates: one message of the deltas, tool calls by index. */
function assemble(stream: readonly SseMessage[]): JsonObject {
  const chunks = stream.filter(({ data }) => data !== "[DONE]").map(dataOf);
  for (const chunk of chunks) if (chunk["error"] !== undefined) throw new Error("error chunk");
  if (stream.at(-1)?.data !== "[DONE]") throw new Error("the stream does not end with [DONE]");
  const choices = chunks.flatMap((chunk) => list(chunk["choices"]));
  const deltas = choices.flatMap((choice) => list([choice["delta"] ?? null]));
  const joined = (key: string) => deltas.map((delta) => text(delta[key])).join("");
  const calls: JsonObject[] = [];
  for (const delta of deltas.flatMap((entry) => list(entry["tool_calls"]))) {
    const index = count(delta["index"]);
    const before = calls[index];
    if (before === undefined && index !== calls.length) throw new Error(`tool call ${index} is not next`);
    const name = text(at(before, "function", "name")) + text(at(delta, "function", "name"));
    const args = text(at(before, "function", "arguments")) + text(at(delta, "function", "arguments"));
    calls[index] = { type: "function", ...before, ...some({ id: delta["id"] }), function: { name, arguments: args } };
  }
  const message = {
    role: "assistant",
    content: joined("content"),
    refusal: joined("refusal"),
    reasoning_content: joined("reasoning_content"),
    annotations: deltas.flatMap((delta) => list(delta["annotations"])),
    tool_calls: calls,
  };
  const finish = choices.map((choice) => choice["finish_reason"]).findLast((reason) => typeof reason === "string");
  const usage = chunks.map((chunk) => chunk["usage"]).findLast(isObject);
  return { choices: [{ index: 0, message, finish_reason: finish ?? null }], usage: usage ?? null };
}

function seen(body: JsonObject): Seen {
  const choice = at(body, "choices", 0);
  const message = at(choice, "message");
  const { usage } = body;
  const cacheRead = count(at(usage, "prompt_tokens_details", "cached_tokens"));
  const cacheWrite = count(at(usage, "prompt_tokens_details", "cache_write_tokens"));
  return {
    text: text(at(message, "content")),
    thought: text(at(message, "reasoning_content")),
    refusal: text(at(message, "refusal")),
    calls: list(at(message, "tool_calls")).map((call) => ({
      id: text(call["id"]),
      name: text(at(call, "function", "name")),
      args: json(at(call, "function", "arguments")),
    })),
    citations: list(at(message, "annotations")).map((entry) => text(at(entry, "url_citation", "url"))),
    finish: at(choice, "finish_reason"),
    usage: {
      uncached: count(at(usage, "prompt_tokens")) - cacheRead - cacheWrite,
      cacheRead,
      output: count(at(usage, "completion_tokens")),
      reasoning: count(at(usage, "completion_tokens_details", "reasoning_tokens")),
    },
  };
}

/** A plain OpenAI client sends back the text and the tool calls, and nothing of the reasoning. */
function echo(spec: Ask, body: JsonObject, results: readonly Result[]): JsonObject {
  const first = ask(spec);
  const message = at(body, "choices", 0, "message");
  const calls: JsonValue = list(at(message, "tool_calls"));
  return {
    ...first,
    messages: [
      ...list(first["messages"]),
      { role: "assistant", content: at(message, "content") ?? null, tool_calls: calls },
      ...messages({ role: "tool", items: results }),
    ],
  };
}

export const chatKit: WireKit = { ask, told, answer, stream, assemble, seen, echo };
