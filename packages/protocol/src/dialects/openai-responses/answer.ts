import type { Delta } from "../../ir/events.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { Part, ReasoningPart } from "../../ir/parts.ts";
import type { AnswerContext } from "../dialect.ts";

/** An open part of the answer: what its deltas and its end become on the wire. */
export interface OpenPart {
  readonly delta: (delta: Delta) => readonly JsonObject[];
  readonly end: () => readonly JsonObject[];
}

interface OpenItemBase {
  readonly index: number;
  /** The wire item's id. */
  readonly id: string;
  /** The id by which a part tells that it belongs here. */
  readonly partId: string | undefined;
  openParts: number;
  /** No part may join any more; the item ends with its last open part. */
  sealed: boolean;
  readonly item: (status: "completed" | "incomplete") => JsonObject;
}

export interface OpenMessage extends OpenItemBase {
  readonly kind: "message";
  /** The finished pieces of content, by their place. */
  readonly pieces: JsonObject[];
}

export interface OpenReasoning extends OpenItemBase {
  readonly kind: "reasoning";
  readonly said: SaidReasoning[];
}

/** What a reasoning part has said so far, and where its text is shown. */
export interface SaidReasoning {
  readonly form: ReasoningPart["form"];
  readonly shownAs: "summary" | "content" | "nothing";
  text: string;
  opaque: Opaque | undefined;
}

/** An output item that further parts may still join: a message of several texts, reasoning of several summaries. */
export type OpenItem = OpenMessage | OpenReasoning;

/** The answer under construction. Events are objects; `sequence_number` is counted here. */
export interface Answer {
  readonly context: AnswerContext;
  readonly output: JsonObject[];
  readonly event: (type: string, fields: JsonObject) => JsonObject;
  /** Takes the next output index: each item has its own, whatever the parts' indexes are. */
  readonly begin: (item: (index: number) => JsonObject) => {
    readonly index: number;
    readonly events: readonly JsonObject[];
  };
  readonly finish: (index: number, item: JsonObject) => readonly JsonObject[];
  current: OpenItem | undefined;
  /** Searches whose call was told and whose results were not yet, by their parts' ids. */
  readonly searches: Map<
    string,
    { readonly index: number; readonly item: JsonObject; readonly queries: readonly string[] }
  >;
}

export function answerOf(context: AnswerContext): Answer {
  const output: JsonObject[] = [];
  let sequence = 0;
  let next = 0;

  const event = (type: string, fields: JsonObject): JsonObject => {
    const numbered = { type, sequence_number: sequence, ...fields };
    sequence += 1;
    return numbered;
  };

  return {
    context,
    output,
    event,
    current: undefined,
    searches: new Map(),
    begin(itemAt) {
      const index = next;
      next += 1;
      const item = itemAt(index);
      return { index, events: [event("response.output_item.added", { output_index: index, item })] };
    },
    finish(index, item) {
      output[index] = item;
      return [event("response.output_item.done", { output_index: index, item })];
    },
  };
}

/** Makes an id of OpenAI's form for an item that came without one. */
export const itemId = ({ context }: Answer, prefix: string, index: number): string =>
  `${prefix}_${context.uniqueId}_${index}`;

/** No further part joins the current item; it is done once its open parts are. */
export function sealCurrent(answer: Answer, status: "completed" | "incomplete" = "completed"): readonly JsonObject[] {
  const { current } = answer;
  if (current === undefined) return [];
  answer.current = undefined;
  current.sealed = true;
  return current.openParts === 0 ? answer.finish(current.index, current.item(status)) : [];
}

/** To be called when a part of an item ends. */
export function partEnded(answer: Answer, item: OpenItem): readonly JsonObject[] {
  item.openParts -= 1;
  return item.sealed && item.openParts === 0 ? answer.finish(item.index, item.item("completed")) : [];
}

/** An item that is whole at once. */
export function wholeItem(answer: Answer, itemAt: (index: number) => JsonObject): readonly JsonObject[] {
  const sealed = sealCurrent(answer);
  let made: JsonObject = {};
  const { index, events } = answer.begin((at) => {
    made = itemAt(at);
    return made;
  });
  return [...sealed, ...events, ...answer.finish(index, made)];
}

export const NOTHING_MORE: OpenPart = { delta: () => [], end: () => [] };

/** What of an opaque value the answer cannot carry. */
export function dropOpaque({ context }: Answer, part: Part["type"]): readonly JsonObject[] {
  context.losses.drop(`${part}-signature`, `A signature on a ${part} part cannot cross openai-responses.`);
  return [];
}
