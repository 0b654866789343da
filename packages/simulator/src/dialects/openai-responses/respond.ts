import { type Fields, fieldsOf, listOf } from "../../json.ts";
import type { ReplyPart } from "../../reply.ts";
import { isSealed, seal } from "../../seal.ts";
import type { Citation } from "../../searching.ts";
import type { Answer } from "../dialect.ts";
import { createdAt } from "../shared.ts";
import { conversationItems } from "./read.ts";
import { searchItem } from "./search.ts";
import { usageOf } from "./usage.ts";

export function respond(answer: Answer): Fields {
  const output = answer.reply.parts.map((part, index) => outputItem(part, index, answer));
  store(answer, output);
  const isLater = answer.exchange.body["background"] === true;
  return isLater ? responseShell(answer, "queued") : finalResponse(answer, output);
}

/** Remembers the response, so that it can be read, and a later request can name it as its `previous_response_id`. */
export function store(answer: Answer, output: readonly Fields[]): void {
  const { exchange, reply, state } = answer;
  if (exchange.body["store"] === false) return;
  state.storedResponses.set(responseId(reply.seed), {
    items: conversationItems(exchange.body, state),
    response: finalResponse(answer, output),
    untouched: exchange.body["background"] === true,
  });
}

const responseId = (seed: string): string => `resp_${seed.slice(0, 50)}`;

export function finalResponse(answer: Answer, output: readonly Fields[]): Fields {
  const incomplete = answer.reply.finish === "length";
  return {
    ...responseShell(answer, incomplete ? "incomplete" : "completed"),
    completed_at: incomplete ? null : createdAt(answer.reply.seed) + 1,
    incomplete_details: incomplete ? { reason: "max_output_tokens" } : null,
    output,
    service_tier: "default",
    usage: usageOf(answer),
  };
}

/** The response object with the request's own settings in it, as the vendor echoes them. */
export function responseShell({ exchange, reply }: Answer, status: string): Fields {
  const { body } = exchange;
  return {
    id: responseId(reply.seed),
    object: "response",
    created_at: createdAt(reply.seed),
    status,
    background: body["background"] ?? false,
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    max_tool_calls: null,
    model: exchange.model,
    output: [],
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    presence_penalty: 0,
    previous_response_id: body["previous_response_id"] ?? null,
    prompt_cache_key: body["prompt_cache_key"] ?? null,
    prompt_cache_retention: "in_memory",
    reasoning: { effort: null, summary: null, ...fieldsOf(body["reasoning"]) },
    safety_identifier: null,
    service_tier: "auto",
    store: body["store"] ?? true,
    temperature: body["temperature"] ?? 1,
    text: { format: { type: "text" }, verbosity: "medium", ...fieldsOf(body["text"]) },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: listOf(body["tools"]),
    top_logprobs: 0,
    top_p: body["top_p"] ?? 1,
    truncation: "disabled",
    usage: null,
    user: null,
    metadata: body["metadata"] ?? {},
  };
}

export function outputItem(part: ReplyPart, index: number, answer: Answer): Fields {
  const id = (prefix: string): string => itemId(prefix, index, answer);
  const status = answer.reply.finish === "length" ? "incomplete" : "completed";
  switch (part.type) {
    case "text":
      return { id: id("msg"), type: "message", status, content: [textContent(part)], role: "assistant" };
    case "refusal":
      return {
        id: id("msg"),
        type: "message",
        status,
        content: [{ type: "refusal", refusal: part.text }],
        role: "assistant",
      };
    case "reasoning":
      return { id: id("rs"), type: "reasoning", ...encrypted(answer, id("rs")), summary: summaryOf(part) };
    case "tool-call":
      return callItem(part, index, answer);
    case "search":
      return searchItem(part, id("ws"), answer);
    case "image":
      return {
        id: id("ig"),
        type: "image_generation_call",
        status: "completed",
        background: "opaque",
        output_format: "png",
        quality: "low",
        size: "1024x1024",
        revised_prompt: "one pixel",
        result: part.base64,
      };
  }
}

export const itemId = (prefix: string, index: number, { reply }: Answer): string =>
  `${prefix}_${reply.seed.slice(0, 46)}${index.toString(16).padStart(4, "0")}`;

function textContent(part: Extract<ReplyPart, { type: "text" }>): Fields {
  const annotations = part.citations.map(annotation);
  return { type: "output_text", annotations, logprobs: [], text: part.text };
}

export function annotation({ start, end, title, url }: Citation): Fields {
  return { type: "url_citation", start_index: start, end_index: end, title, url };
}

function summaryOf(part: Extract<ReplyPart, { type: "reasoning" }>): readonly Fields[] {
  return part.redacted ? [] : [{ type: "summary_text", text: part.text }];
}

/** https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items */
const SEALED = { scope: "responses reasoning", content: "" };
const ENCRYPTED_PREFIX = "gAAAAABn";

export function encrypted({ exchange }: Answer, seed: string): Fields {
  if (!listOf(exchange.body["include"]).includes("reasoning.encrypted_content")) return {};
  return { encrypted_content: `${ENCRYPTED_PREFIX}${seal(SEALED, seed)}` };
}

export const isGenuine = (value: string): boolean =>
  value.startsWith(ENCRYPTED_PREFIX) && isSealed(SEALED, value.slice(ENCRYPTED_PREFIX.length));

export const callId = (id: string): string => `call_${id}`;

interface Declared {
  readonly custom: boolean;
  readonly namespace: string | undefined;
}

/** A declared custom tool is called with free text, and a tool of a namespace names it. */
function findTool(tools: unknown, name: string): Declared {
  for (const tool of listOf(tools).map(fieldsOf)) {
    if (tool["name"] === name && tool["type"] === "custom") return { custom: true, namespace: undefined };
    const inside = listOf(tool["tools"]).map(fieldsOf);
    const found = tool["type"] === "namespace" ? inside.find((inner) => inner["name"] === name) : undefined;
    if (found !== undefined) return { custom: found["type"] === "custom", namespace: String(tool["name"]) };
  }
  return { custom: false, namespace: undefined };
}

function callItem(part: Extract<ReplyPart, { type: "tool-call" }>, index: number, answer: Answer): Fields {
  const { custom, namespace } = findTool(answer.exchange.body["tools"], part.name);
  const common = {
    status: "completed",
    call_id: callId(part.id),
    name: part.name,
    ...(namespace !== undefined && { namespace }),
  };
  return custom
    ? { id: itemId("ctc", index, answer), type: "custom_tool_call", ...common, input: part.arguments }
    : { id: itemId("fc", index, answer), type: "function_call", ...common, arguments: part.arguments };
}
