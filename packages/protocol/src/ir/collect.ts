import { GatewayError } from "./errors.ts";
import type { CanonicalResponse, Delta, StreamEvent } from "./events.ts";
import type { Part } from "./parts.ts";
import { mergeUsage } from "./usage.ts";

/** Folds a stream's events into the whole answer. Throws the error that a `response-error` carries. */
export function collect(events: Iterable<StreamEvent>): CanonicalResponse {
  const parts = new Map<number, Part>();
  let response: CanonicalResponse | undefined;
  let head: Partial<CanonicalResponse> = {};
  for (const event of events) {
    switch (event.type) {
      case "response-start": {
        const { type: _, ...start } = event;
        head = start;
        break;
      }
      case "part-start":
        parts.set(event.index, event.part);
        break;
      case "part-delta": {
        const part = parts.get(event.index);
        if (part !== undefined) parts.set(event.index, applyDelta(part, event.delta));
        break;
      }
      case "part-end":
        break;
      case "response-end": {
        const { type: _, ...end } = event;
        const usage = mergeUsage(head.usage, end.usage);
        response = { ...head, ...end, parts: [...parts.values()], ...(usage === undefined ? {} : { usage }) };
        break;
      }
      case "response-error":
        throw event.error;
    }
  }
  if (response === undefined)
    throw new GatewayError("upstream_truncated", "The upstream's stream ended before its end event.");
  return response;
}

/** The part after one delta. A delta that the part's kind does not take leaves it as it is; the grammar check names that. */
export function applyDelta(part: Part, delta: Delta): Part {
  switch (delta.type) {
    case "text":
      return part.type === "text" || part.type === "reasoning" || part.type === "refusal"
        ? { ...part, text: part.text + delta.text }
        : part;
    case "arguments":
      return part.type === "tool-call" ? { ...part, arguments: part.arguments + delta.text } : part;
    case "data":
      return part.type === "media" && part.source.type === "base64"
        ? { ...part, source: { type: "base64", data: part.source.data + delta.data } }
        : part;
    case "transcript":
      return part.type === "media" ? { ...part, transcript: (part.transcript ?? "") + delta.text } : part;
    case "citation":
      return part.type === "text" ? { ...part, citations: [...(part.citations ?? []), delta.citation] } : part;
    case "opaque":
      return { ...part, opaque: delta.opaque };
  }
}

/** The events of a whole answer: the inverse of `collect`, for clients that stream what an upstream gave whole. */
export function* explode(response: CanonicalResponse): Generator<StreamEvent> {
  const { parts, finishReason, usage, serviceTier, extensions, ...head } = response;
  yield { type: "response-start", ...head };
  for (const [index, part] of parts.entries()) {
    yield { type: "part-start", index, part };
    yield { type: "part-end", index };
  }
  yield {
    type: "response-end",
    finishReason,
    ...(usage === undefined ? {} : { usage }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
