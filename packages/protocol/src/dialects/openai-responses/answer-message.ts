import type { JsonObject } from "../../ir/json.ts";
import type { Citation, Part, RefusalPart, TextPart, UnknownPart } from "../../ir/parts.ts";
import { reportCitation } from "../shared/citation-losses.ts";
import {
  type Answer,
  dropOpaque,
  itemId,
  NOTHING_MORE,
  type OpenMessage,
  type OpenPart,
  partEnded,
  sealCurrent,
} from "./answer.ts";
import { encodeAnnotation } from "./encode-content.ts";
import { DIALECT, ownFields } from "./wire.ts";

export interface StartedPart {
  readonly events: readonly JsonObject[];
  readonly part: OpenPart;
}

/** Where a piece of content stands. */
interface Place {
  readonly item: OpenMessage;
  readonly events: readonly JsonObject[];
  readonly at: { readonly item_id: string; readonly output_index: number; readonly content_index: number };
}

/** The open message, or a new one when the part belongs to another. */
function placeIn(answer: Answer, part: TextPart | RefusalPart | UnknownPart): Place {
  const { current } = answer;
  const partId = part.type === "text" ? part.id : undefined;
  const joins = current?.kind === "message" && (partId === current.partId || part.type !== "text");
  const { item, events } = joins ? { item: current, events: [] } : openMessage(answer, part);
  item.openParts += 1;
  const content_index = item.pieces.length;
  item.pieces.push({});
  return { item, events, at: { item_id: item.id, output_index: item.index, content_index } };
}

function openMessage(
  answer: Answer,
  part: Part,
): { readonly item: OpenMessage; readonly events: readonly JsonObject[] } {
  const sealed = sealCurrent(answer);
  const partId = part.type === "text" ? part.id : undefined;
  const about = ownFields(part).item;
  const pieces: JsonObject[] = [];
  const wire = (id: string, status: string): JsonObject => ({
    id,
    type: "message",
    status,
    role: "assistant",
    ...about,
    content: pieces,
  });
  const idAt = (index: number) => partId ?? itemId(answer, "msg", index);
  const { index, events } = answer.begin((at) => ({ ...wire(idAt(at), "in_progress"), content: [] }));
  const id = idAt(index);
  const item: OpenMessage = {
    kind: "message",
    index,
    id,
    partId,
    pieces,
    openParts: 0,
    sealed: false,
    item: (status) => wire(id, status),
  };
  answer.current = item;
  return { item, events: [...sealed, ...events] };
}

export function startText(answer: Answer, part: TextPart): StartedPart {
  const { item, events, at } = placeIn(answer, part);
  const annotations: JsonObject[] = [];
  let text = "";
  const piece = (): JsonObject => ({ type: "output_text", annotations, logprobs: [], text });
  const say = (more: string): readonly JsonObject[] => {
    if (more === "") return [];
    text += more;
    return [answer.event("response.output_text.delta", { ...at, delta: more, logprobs: [] })];
  };
  const waiting: Citation[] = [];
  // One that stands on all of the text comes before it in Anthropic's streams, and can be placed when the text is whole.
  const cite = (citation: Citation): readonly JsonObject[] => {
    if (citation.end !== undefined || citation.raw?.dialect === DIALECT) return place(citation);
    waiting.push(citation);
    return [];
  };
  const place = (citation: Citation): readonly JsonObject[] => {
    const annotation = encodeAnnotation(citation, text);
    if (annotation === undefined) {
      answer.context.losses.drop("citation", `A citation of a ${citation.kind} has no equivalent in openai-responses.`);
      return [];
    }
    reportCitation(citation, { dialect: DIALECT, quotes: false }, answer.context.losses);
    annotations.push(annotation);
    const annotation_index = annotations.length - 1;
    return [answer.event("response.output_text.annotation.added", { ...at, annotation_index, annotation })];
  };
  if (part.opaque !== undefined) dropOpaque(answer, part.type);
  const added = answer.event("response.content_part.added", { ...at, part: { ...piece(), annotations: [] } });
  return {
    events: [...events, added, ...say(part.text), ...(part.citations ?? []).flatMap(cite)],
    part: {
      delta(delta) {
        if (delta.type === "text") return say(delta.text);
        if (delta.type === "citation") return cite(delta.citation);
        return delta.type === "opaque" ? dropOpaque(answer, part.type) : [];
      },
      end() {
        const placed = waiting.flatMap(place);
        item.pieces[at.content_index] = piece();
        return [
          ...placed,
          answer.event("response.output_text.done", { ...at, text, logprobs: [] }),
          answer.event("response.content_part.done", { ...at, part: piece() }),
          ...partEnded(answer, item),
        ];
      },
    },
  };
}

export function startRefusal(answer: Answer, part: RefusalPart): StartedPart {
  const { item, events, at } = placeIn(answer, part);
  let refusal = "";
  const say = (more: string): readonly JsonObject[] => {
    if (more === "") return [];
    refusal += more;
    return [answer.event("response.refusal.delta", { ...at, delta: more })];
  };
  const added = answer.event("response.content_part.added", { ...at, part: { type: "refusal", refusal } });
  return {
    events: [...events, added, ...say(part.text)],
    part: {
      delta: (delta) => (delta.type === "text" ? say(delta.text) : []),
      end() {
        const piece = { type: "refusal", refusal };
        item.pieces[at.content_index] = piece;
        return [
          answer.event("response.refusal.done", { ...at, refusal }),
          answer.event("response.content_part.done", { ...at, part: piece }),
          ...partEnded(answer, item),
        ];
      },
    },
  };
}

/** Content of a type that came after this codec: whole, and in its place. */
export function startUnknownContent(answer: Answer, part: UnknownPart): StartedPart {
  const { item, events, at } = placeIn(answer, part);
  item.pieces[at.content_index] = part.value;
  const whole = ["added", "done"].map((when) =>
    answer.event(`response.content_part.${when}`, { ...at, part: part.value }),
  );
  return { events: [...events, ...whole, ...partEnded(answer, item)], part: NOTHING_MORE };
}
