import type { JsonObject, JsonValue, SseMessage } from "@signalbox/protocol";
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
      return [{ type: "input_text", text: item.text }];
    case "image":
      return [{ type: "input_image", image_url: `data:image/png;base64,${item.data}`, detail: "auto" }];
    case "pdf":
      return [{ type: "input_file", filename: item.name, file_data: `data:application/pdf;base64,${item.data}` }];
    default:
      return [];
  }
}

function inputItems({ role, items }: Turn): readonly JsonObject[] {
  if (role === "tool") return items.filter((item) => item.kind === "result").map(output);
  if (role !== "assistant") return [{ type: "message", role, content: items.flatMap(part) }];
  return items.flatMap((item): readonly JsonObject[] => {
    if (item.kind === "call") return [functionCall(item)];
    if (item.kind === "text") return [assistantMessage(item.text)];
    return [];
  });
}

const assistantMessage = (words: string): JsonObject => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: words, annotations: [] }],
});

const functionCall = ({ id, name, args }: Call): JsonObject => ({
  type: "function_call",
  call_id: id,
  name,
  arguments: JSON.stringify(args),
});

const output = ({ id, content }: Result): JsonObject => ({
  type: "function_call_output",
  call_id: id,
  output: content.flatMap(part),
});

function ask(spec: Ask): JsonObject {
  const { system, turns, tools, toolChoice, schema, stop: _, effort, maxTokens, temperature, stream } = spec;
  return some({
    model: "public",
    input: [
      ...(system === undefined ? [] : inputItems({ role: "system", items: system })),
      ...turns.flatMap(inputItems),
    ],
    tools: tools?.map(({ name, description, parameters }) => ({
      type: "function",
      name,
      description,
      parameters,
      strict: false,
    })),
    tool_choice: typeof toolChoice === "object" ? { type: "function", name: toolChoice.name } : toolChoice,
    text: schema && { format: { type: "json_schema", name: "answer", schema, strict: true } },
    reasoning: effort && { effort, summary: "auto" },
    max_output_tokens: maxTokens,
    temperature,
    store: false,
    include: ["reasoning.encrypted_content"],
    stream,
  });
}

function told(body: JsonObject): Told {
  const { instructions, input } = body;
  const system: readonly Found[] =
    typeof instructions === "string" ? [{ role: "system", kind: "text", text: instructions }] : [];
  const items: readonly Found[] =
    typeof input === "string" ? [{ role: "user", kind: "text", text: input }] : list(input).flatMap(found);
  return {
    items: [...system, ...items],
    tools: list(body["tools"]).map((tool) => ({ name: text(tool["name"]), parameters: tool["parameters"] })),
    ...some({
      toolChoice: body["tool_choice"],
      schema: at(body, "text", "format", "schema"),
      maxTokens: body["max_output_tokens"],
      temperature: body["temperature"],
      effort: at(body, "reasoning", "effort"),
    }),
  };
}

function found(item: JsonObject): readonly Found[] {
  switch (item["type"] ?? "message") {
    case "message": {
      const role = text(item["role"]);
      const { content } = item;
      return typeof content === "string"
        ? [{ role, kind: "text", text: content }]
        : list(content).map((entry) => foundPart(role, entry));
    }
    case "reasoning": {
      const words = list(item["summary"])
        .map((entry) => text(entry["text"]))
        .join("");
      return [{ role: "assistant", kind: "thought", text: words, signature: text(item["encrypted_content"]) }];
    }
    case "function_call":
      return [
        {
          role: "assistant",
          kind: "call",
          id: text(item["call_id"]),
          name: text(item["name"]),
          args: json(item["arguments"]),
        },
      ];
    case "function_call_output": {
      const inner =
        typeof item["output"] === "string" ? [] : list(item["output"]).map((entry) => foundPart("tool", entry));
      const words = inner.map((entry) => entry.text ?? "").join("");
      const media = inner.filter(({ kind }) => kind !== "text").map(({ data }) => data ?? "");
      return [{ role: "tool", kind: "result", id: text(item["call_id"]), text: text(item["output"]) || words, media }];
    }
    default:
      return [{ role: "", kind: "other", text: JSON.stringify(item) }];
  }
}

function foundPart(role: string, entry: JsonObject): Found {
  switch (entry["type"]) {
    case "input_text":
    case "output_text":
      return { role, kind: "text", text: text(entry["text"]) };
    case "input_image":
      return { role, kind: "image", data: text(entry["image_url"]).replace(/^data:image\/png;base64,/, "") };
    case "input_file":
      return {
        role,
        kind: "pdf",
        data: text(entry["file_data"]).replace(/^data:application\/pdf;base64,/, ""),
        name: text(entry["filename"]),
      };
    default:
      return { role, kind: "other", text: JSON.stringify(entry) };
  }
}

function usageOf({ uncached, cacheRead, cacheWrite, output: all, reasoning }: Counts): JsonObject {
  const input = uncached + cacheRead + cacheWrite;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: all,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + all,
  };
}

function outputOf({ thought, text: words, refusal, citation, calls = [] }: Answer): readonly JsonObject[] {
  const annotations =
    citation === undefined ? [] : [{ type: "url_citation", ...citation, start_index: 0, end_index: 1 }];
  const content = [
    ...(words === undefined ? [] : [{ type: "output_text", text: words, annotations, logprobs: [] }]),
    ...(refusal === undefined ? [] : [{ type: "refusal", refusal }]),
  ];
  const summary = thought === undefined || thought.text === "" ? [] : [{ type: "summary_text", text: thought.text }];
  return [
    ...(thought === undefined
      ? []
      : [some({ id: "rs_1", type: "reasoning", summary, encrypted_content: thought.signature })]),
    ...(content.length === 0
      ? []
      : [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }]),
    ...calls.map((call, index) => ({ id: `fc_${index}`, status: "completed", ...functionCall(call) })),
  ];
}

function answer(spec: Answer): JsonObject {
  const { finish } = spec;
  const isWhole = finish === "stop" || finish === "tool-calls";
  return {
    id: "resp_upstream",
    object: "response",
    created_at: 1_700_000_000,
    model: "gpt-5.2",
    status: isWhole ? "completed" : "incomplete",
    error: null,
    incomplete_details: isWhole ? null : { reason: finish === "length" ? "max_output_tokens" : "content_filter" },
    output: outputOf(spec),
    usage: usageOf(spec.usage),
  };
}

function stream(spec: Answer): readonly SseMessage[] {
  const whole = answer(spec);
  const begun = { ...whole, status: "in_progress", output: [], usage: null, incomplete_details: null };
  const events: JsonObject[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
  ];
  for (const [index, item] of outputOf(spec).entries()) events.push(...itemEvents(index, item));
  events.push({
    type: whole["status"] === "completed" ? "response.completed" : "response.incomplete",
    response: whole,
  });
  return events.map((event, sequence_number) => ({
    event: text(event["type"]),
    data: JSON.stringify({ ...event, sequence_number }),
  }));
}

function itemEvents(output_index: number, item: JsonObject): readonly JsonObject[] {
  const inner = item["type"] === "message" ? contentEvents : item["type"] === "reasoning" ? summaryEvents : callEvents;
  const empty = { message: { content: [] }, reasoning: { summary: [] }, function_call: { arguments: "" } };
  const begun = Object.entries(empty).find(([type]) => type === item["type"])?.[1] ?? {};
  const place = { output_index, item_id: text(item["id"]) };
  return [
    { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", ...begun } },
    ...inner(item, place),
    { type: "response.output_item.done", output_index, item },
  ];
}

function contentEvents(item: JsonObject, place: JsonObject): readonly JsonObject[] {
  return list(item["content"]).flatMap((entry, content_index) => {
    const here = { ...place, content_index };
    const isText = entry["type"] === "output_text";
    const kind = isText ? "output_text" : "refusal";
    const words = text(isText ? entry["text"] : entry["refusal"]);
    return [
      {
        type: "response.content_part.added",
        ...here,
        part: { ...entry, [isText ? "text" : "refusal"]: "", annotations: [] },
      },
      ...pieces(words).map((delta) => ({ type: `response.${kind}.delta`, ...here, delta })),
      ...list(entry["annotations"]).map((annotation, annotation_index) => ({
        type: "response.output_text.annotation.added",
        ...here,
        annotation_index,
        annotation,
      })),
      { type: `response.${kind}.done`, ...here, [isText ? "text" : "refusal"]: words },
      { type: "response.content_part.done", ...here, part: entry },
    ];
  });
}

function summaryEvents(item: JsonObject, place: JsonObject): readonly JsonObject[] {
  return list(item["summary"]).flatMap((entry, summary_index) => {
    const here = { ...place, summary_index };
    return [
      { type: "response.reasoning_summary_part.added", ...here, part: { type: "summary_text", text: "" } },
      ...pieces(text(entry["text"])).map((delta) => ({
        type: "response.reasoning_summary_text.delta",
        ...here,
        delta,
      })),
      { type: "response.reasoning_summary_text.done", ...here, text: text(entry["text"]) },
      { type: "response.reasoning_summary_part.done", ...here, part: entry },
    ];
  });
}

function callEvents(item: JsonObject, place: JsonObject): readonly JsonObject[] {
  return [
    ...pieces(text(item["arguments"])).map((delta) => ({
      type: "response.function_call_arguments.delta",
      ...place,
      delta,
    })),
    { type: "response.function_call_arguments.done", ...place, arguments: text(item["arguments"]) },
  ];
}

/** Clients take the last event's response; Codex instead collects the items of `output_item.done`. Both must agree. */
function assemble(messages: readonly SseMessage[]): JsonObject {
  const events = messages.map(dataOf);
  for (const [index, event] of events.entries()) {
    if (messages[index]?.event !== event["type"]) throw new Error(`event line for ${JSON.stringify(event["type"])}`);
    if (event["sequence_number"] !== index) throw new Error(`sequence number of event ${index}`);
    if (event["type"] === "error" || event["type"] === "response.failed")
      throw new Error(`error event: ${text(event["code"])}`);
  }
  const last = events.at(-1);
  if (!["response.completed", "response.incomplete"].includes(text(last?.["type"])))
    throw new Error("no terminal event");
  const [response] = list([last?.["response"] ?? null]);
  const ended = events.filter(({ type }) => type === "response.output_item.done");
  const inOrder = ended.sort((a, b) => count(a["output_index"]) - count(b["output_index"]));
  const done: JsonValue[] = inOrder.map(({ item }) => item ?? null);
  if (JSON.stringify(done) !== JSON.stringify(response?.["output"])) throw new Error("items and response differ");
  for (const [item, words] of textDeltas(events)) {
    const whole = list(done).find(({ id }) => id === item);
    if (
      list(whole?.["content"])
        .map((entry) => text(entry["text"]))
        .join("") !== words
    )
      throw new Error("deltas differ");
  }
  return response ?? {};
}

function textDeltas(events: readonly JsonObject[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { type, item_id, delta } of events) {
    if (type === "response.output_text.delta") texts.set(text(item_id), (texts.get(text(item_id)) ?? "") + text(delta));
  }
  return texts;
}

function seen(body: JsonObject): Seen {
  const items = list(body["output"]);
  const ofType = (type: string) => items.filter((item) => item["type"] === type);
  const parts = ofType("message").flatMap((item) => list(item["content"]));
  const { usage } = body;
  const cacheRead = count(at(usage, "input_tokens_details", "cached_tokens"));
  const cacheWrite = count(at(usage, "input_tokens_details", "cache_write_tokens"));
  return {
    text: parts.map((entry) => text(entry["text"])).join(""),
    thought: ofType("reasoning")
      .flatMap((item) => [...list(item["summary"]), ...list(item["content"])])
      .map((entry) => text(entry["text"]))
      .join(""),
    refusal: parts.map((entry) => text(entry["refusal"])).join(""),
    calls: ofType("function_call").map((item) => ({
      id: text(item["call_id"]),
      name: text(item["name"]),
      args: json(item["arguments"]),
    })),
    citations: parts.flatMap((entry) => list(entry["annotations"]).map(({ url }) => text(url))),
    finish: at(body, "incomplete_details", "reason") ?? body["status"],
    usage: {
      uncached: count(at(usage, "input_tokens")) - cacheRead - cacheWrite,
      cacheRead,
      output: count(at(usage, "output_tokens")),
      reasoning: count(at(usage, "output_tokens_details", "reasoning_tokens")),
    },
  };
}

/** Codex keeps the state itself: it sends every item back as it came, with the encrypted reasoning. */
function echo(spec: Ask, body: JsonObject, results: readonly Result[]): JsonObject {
  const first = ask(spec);
  return { ...first, input: [...list(first["input"]), ...list(body["output"]), ...results.map(output)] };
}

export const responsesKit: WireKit = { ask, told, answer, stream, assemble, seen, echo };
