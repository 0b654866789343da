import { isObject, type JsonObject, type JsonValue, type SseMessage } from "@signalbox/protocol";
import {
  type Answer,
  at,
  type Counts,
  type Found,
  json,
  list,
  pieces,
  some,
  type Told,
  text,
  type UpstreamKit,
} from "./kit.ts";

function told(body: JsonObject): Told {
  const messages = list(body["messages"]);
  const fields = at(body, "additionalModelRequestFields");
  const schema = at(body, "outputConfig", "textFormat", "structure", "jsonSchema", "schema");
  return {
    items: [
      ...itemsOf("system", body["system"]),
      ...messages.flatMap((message) => itemsOf(text(message["role"]), message["content"])),
    ],
    tools: list(at(body, "toolConfig", "tools")).map((tool) => ({
      name: text(at(tool, "toolSpec", "name")),
      parameters: at(tool, "toolSpec", "inputSchema", "json"),
    })),
    ...some({
      // Where there are no tools, none can be called.
      toolChoice: body["toolConfig"] === undefined ? "none" : choiceOf(at(body, "toolConfig", "toolChoice")),
      schema: schema === undefined ? undefined : json(schema),
      stop: at(body, "inferenceConfig", "stopSequences"),
      maxTokens: at(body, "inferenceConfig", "maxTokens"),
      temperature: at(body, "inferenceConfig", "temperature"),
      effort: at(fields, "thinking", "budget_tokens") ?? at(body, "outputConfig", "effort"),
    }),
  };
}

function choiceOf(choice: JsonValue | undefined): JsonValue | undefined {
  const name = at(choice, "tool", "name");
  if (name !== undefined) return { type: "tool", name };
  return at(choice, "any") === undefined ? choice : { type: "any" };
}

/** A cache point is of the item before it. */
function itemsOf(role: string, content: JsonValue | undefined): readonly Found[] {
  const items: Found[] = [];
  for (const block of list(content)) {
    const point = block["cachePoint"];
    const last = items.at(-1);
    if (point === undefined) items.push(found(role, block));
    else if (last !== undefined) items[items.length - 1] = { ...last, cache: text(at(point, "ttl") ?? "5m") };
  }
  return items;
}

function found(role: string, block: JsonObject): Found {
  const { toolUse, toolResult, reasoningContent, image, document } = block;
  if (block["text"] !== undefined) return { role, kind: "text", text: text(block["text"]) };
  if (image !== undefined) return { role, kind: "image", data: text(at(image, "source", "bytes")) };
  if (document !== undefined) {
    return { role, kind: "pdf", data: text(at(document, "source", "bytes")), name: text(at(document, "name")) };
  }
  if (reasoningContent !== undefined) {
    const { reasoningText, redactedContent } = isObject(reasoningContent) ? reasoningContent : {};
    const signature = text(at(reasoningText, "signature") ?? redactedContent);
    return { role, kind: "thought", text: text(at(reasoningText, "text")), signature };
  }
  if (isObject(toolUse)) {
    const { toolUseId, name, input } = toolUse;
    return { role, kind: "call", id: text(toolUseId), name: text(name), args: input ?? null };
  }
  if (!isObject(toolResult)) return { role, kind: "other", text: JSON.stringify(block) };
  const inner = list(toolResult["content"]).map((piece) => found("tool", piece));
  return {
    role: "tool",
    kind: "result",
    id: text(toolResult["toolUseId"]),
    text: inner.map((item) => item.text ?? "").join(""),
    media: inner.filter(({ kind }) => kind === "image" || kind === "pdf").map(({ data }) => data ?? ""),
  };
}

const STOP_REASONS = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "content_filtered",
};

const citationOf = ({ url, title }: NonNullable<Answer["citation"]>): JsonObject => ({
  title,
  location: { web: { url, domain: new URL(url).hostname } },
});

function contentOf({ thought, text: words, refusal, citation, calls = [] }: Answer): readonly JsonObject[] {
  const said = words ?? refusal;
  const cited = citation && { content: [{ text: said ?? "" }], citations: [citationOf(citation)] };
  return [
    ...(thought === undefined ? [] : [{ reasoningContent: { reasoningText: some({ ...thought }) } }]),
    ...(said === undefined ? [] : [cited === undefined ? { text: said } : { citationsContent: cited }]),
    ...calls.map(({ id, name, args }) => ({ toolUse: { toolUseId: id, name, input: args } })),
  ];
}

const usageOf = ({ uncached, cacheRead, cacheWrite, output }: Counts): JsonObject => ({
  inputTokens: uncached,
  outputTokens: output,
  totalTokens: uncached + cacheRead + cacheWrite + output,
  cacheReadInputTokens: cacheRead,
  cacheWriteInputTokens: cacheWrite,
});

function answer(spec: Answer): JsonObject {
  return {
    output: { message: { role: "assistant", content: contentOf(spec) } },
    stopReason: STOP_REASONS[spec.finish],
    usage: usageOf(spec.usage),
    metrics: { latencyMs: 12 },
  };
}

const frame = (event: string, data: JsonObject): SseMessage => ({ event, data: JSON.stringify(data) });

function stream(spec: Answer): readonly SseMessage[] {
  return [
    frame("messageStart", { role: "assistant" }),
    ...blockFrames(spec).flatMap((frames, contentBlockIndex) => [
      ...frames.map(([event, fields]) => frame(event, { contentBlockIndex, ...fields })),
      frame("contentBlockStop", { contentBlockIndex }),
    ]),
    frame("messageStop", { stopReason: STOP_REASONS[spec.finish] }),
    frame("metadata", { usage: usageOf(spec.usage), metrics: { latencyMs: 12 } }),
  ];
}

type BlockFrame = readonly [event: string, fields: JsonObject];

const deltas = (all: readonly JsonObject[]): readonly BlockFrame[] =>
  all.map((delta) => ["contentBlockDelta", { delta }]);

/** The frames of each block but its last. */
function blockFrames(spec: Answer): readonly (readonly BlockFrame[])[] {
  const { thought, citation, calls = [] } = spec;
  const said = spec.text ?? spec.refusal;
  const thinking = pieces(thought?.text ?? "").map((piece) => ({ reasoningContent: { text: piece } }));
  const signed = thought?.signature === undefined ? [] : [{ reasoningContent: { signature: thought.signature } }];
  const words = pieces(said ?? "").map((piece) => ({ text: piece }));
  const cited = citation === undefined ? [] : [{ citation: citationOf(citation) }];
  return [
    ...(thought === undefined ? [] : [deltas([...thinking, ...signed])]),
    ...(said === undefined ? [] : [deltas([...words, ...cited])]),
    ...calls.map(({ id, name, args }): readonly BlockFrame[] => [
      ["contentBlockStart", { start: { toolUse: { toolUseId: id, name } } }],
      ...deltas(pieces(JSON.stringify(args)).map((input) => ({ toolUse: { input } }))),
    ]),
  ];
}

export const converseKit: UpstreamKit = { told, answer, stream };
