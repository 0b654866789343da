import { type Fields, fieldsOf, textOf } from "../../json.ts";
import type { ReplyPart } from "../../reply.ts";
import { splitText } from "../../words.ts";
import type { Answer, Framing } from "../dialect.ts";
import { annotation, finalResponse, outputItem, responseShell, store } from "./respond.ts";
import { SEARCH_STEPS } from "./search.ts";

export const framing: Framing = {
  contentType: () => "text/event-stream; charset=utf-8",
  preludeEvents: 2,
  ping: ": keep-alive\n\n",
  malformed:
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_broken","delta":"te\n\n',
  isEnd: (event) => /^event: response\.(completed|incomplete|failed)\n/.test(event),
};

type Event = readonly [type: string, fields: Fields];

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export function* stream(answer: Answer): Iterable<string> {
  let sequence = 0;
  const padded = fieldsOf(answer.exchange.body["stream_options"])["include_obfuscation"] !== false;
  for (const [type, fields] of eventsOf(answer)) {
    const padding = padded && type.endsWith(".delta") ? { obfuscation: "q3Zk7w" } : {};
    yield `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, ...padding, sequence_number: sequence })}\n\n`;
    sequence += 1;
  }
}

function* eventsOf(answer: Answer): Iterable<Event> {
  const response = responseShell(answer, "in_progress");
  yield ["response.created", { response }];
  yield ["response.in_progress", { response }];
  const output: Fields[] = [];
  for (const [index, part] of answer.reply.parts.entries()) {
    const item = outputItem(part, index, answer);
    const place = { output_index: index };
    yield ["response.output_item.added", { item: opened(item), ...place }];
    yield* contentEvents(part, item, { item_id: item["id"], ...place });
    yield ["response.output_item.done", { item, ...place }];
    output.push(item);
  }
  store(answer, output);
  const final = finalResponse(answer, output);
  yield [`response.${String(final["status"])}`, { response: final }];
}

/** The item as it opens, before its content. */
function opened(item: Fields): Fields {
  switch (item["type"]) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "reasoning":
      return { ...item, summary: [] };
    case "function_call":
      return { ...item, status: "in_progress", arguments: "" };
    case "custom_tool_call":
      return { ...item, status: "in_progress", input: "" };
    default:
      return { id: item["id"], type: item["type"], status: "in_progress" };
  }
}

function* contentEvents(part: ReplyPart, item: Fields, place: Fields): Iterable<Event> {
  switch (part.type) {
    case "text":
      return yield* textEvents(part, place);
    case "refusal":
      return yield* refusalEvents(part.text, place);
    case "reasoning":
      return yield* part.redacted ? [] : summaryEvents(part.text, place);
    case "tool-call":
      return yield* callEvents(item, place);
    case "image":
      return yield* imageEvents(part.base64, place);
    case "search":
      for (const step of SEARCH_STEPS) yield [step, place];
      return;
  }
}

function* textEvents(part: Extract<ReplyPart, { type: "text" }>, item: Fields): Iterable<Event> {
  const place = { ...item, content_index: 0 };
  const content = (text: string, annotations: readonly Fields[]): Fields => ({
    type: "output_text",
    annotations,
    logprobs: [],
    text,
  });
  yield ["response.content_part.added", { ...place, part: content("", []) }];
  for (const delta of part.pieces) yield ["response.output_text.delta", { ...place, delta, logprobs: [] }];
  const annotations = part.citations.map(annotation);
  for (const [annotation_index, value] of annotations.entries())
    yield ["response.output_text.annotation.added", { ...place, annotation_index, annotation: value }];
  yield ["response.output_text.done", { ...place, logprobs: [], text: part.text }];
  yield ["response.content_part.done", { ...place, part: content(part.text, annotations) }];
}

function* refusalEvents(refusal: string, item: Fields): Iterable<Event> {
  const place = { ...item, content_index: 0 };
  yield ["response.content_part.added", { ...place, part: { type: "refusal", refusal: "" } }];
  for (const delta of splitText(refusal)) yield ["response.refusal.delta", { ...place, delta }];
  yield ["response.refusal.done", { ...place, refusal }];
  yield ["response.content_part.done", { ...place, part: { type: "refusal", refusal } }];
}

function* summaryEvents(text: string, item: Fields): Iterable<Event> {
  const place = { ...item, summary_index: 0 };
  yield ["response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } }];
  for (const delta of splitText(text)) yield ["response.reasoning_summary_text.delta", { ...place, delta }];
  yield ["response.reasoning_summary_text.done", { ...place, text }];
  yield ["response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } }];
}

function* callEvents(item: Fields, place: Fields): Iterable<Event> {
  const custom = item["type"] === "custom_tool_call";
  const name = custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
  const text = textOf(item[custom ? "input" : "arguments"]) ?? "";
  for (const delta of splitText(text)) yield [`${name}.delta`, { ...place, delta }];
  yield [`${name}.done`, { ...place, [custom ? "input" : "arguments"]: text }];
}

function* imageEvents(base64: string, place: Fields): Iterable<Event> {
  yield ["response.image_generation_call.in_progress", place];
  yield ["response.image_generation_call.generating", place];
  const partial = { ...place, partial_image_index: 0, partial_image_b64: base64, output_format: "png" };
  yield ["response.image_generation_call.partial_image", partial];
  yield ["response.image_generation_call.completed", place];
}
