import type { JsonObject } from "../../ir/json.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { ReasoningPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { type Carried, sealEnvelope } from "../shared/envelope.ts";
import { type Answer, itemId, type OpenReasoning, partEnded, type SaidReasoning, sealCurrent } from "./answer.ts";
import type { StartedPart } from "./answer-message.ts";
import { DIALECT, ownFields } from "./wire.ts";

/** Parts of one `rs_…` item stay together; thinking of other vendors has an item to itself. */
export function startReasoning(answer: Answer, part: ReasoningPart): StartedPart {
  const { current } = answer;
  const joins = current?.kind === "reasoning" && part.id !== undefined && part.id === current.partId;
  const { item, events } = joins ? { item: current, events: [] } : openReasoning(answer, part);
  const said: SaidReasoning = { form: part.form, shownAs: placeOf(part, item), text: "", opaque: part.opaque };
  const index = item.said.filter((other) => other.shownAs === said.shownAs).length;
  item.said.push(said);
  item.openParts += 1;
  const wire = TEXTS[said.shownAs](answer, { item_id: item.id, output_index: item.index, index });
  const say = (more: string): readonly JsonObject[] => {
    said.text += more;
    return more === "" ? [] : wire.delta(more);
  };
  return {
    events: [...events, ...wire.begin(), ...say(part.text)],
    part: {
      delta(delta) {
        if (delta.type === "opaque") said.opaque = delta.opaque;
        return delta.type === "text" ? say(delta.text) : [];
      },
      end: () => [...wire.end(said.text), ...partEnded(answer, item)],
    },
  };
}

/**
 * OpenAI's clients show summaries, and @ai-sdk/openai knows nothing else; so other vendors' thinking is shown as one.
 * Full text goes where it belongs only when it came from this dialect.
 */
function placeOf(part: ReasoningPart, item: OpenReasoning): SaidReasoning["shownAs"] {
  if (part.form === "redacted") return "nothing";
  const own = item.partId !== undefined || part.opaque?.origin.dialect === DIALECT;
  return part.form === "full" && own ? "content" : "summary";
}

interface OpenedReasoning {
  readonly item: OpenReasoning;
  readonly events: readonly JsonObject[];
}

function openReasoning(answer: Answer, part: ReasoningPart): OpenedReasoning {
  const sealed = sealCurrent(answer);
  const partId = part.id?.startsWith("rs_") === true ? part.id : undefined;
  const idAt = (index: number) => partId ?? itemId(answer, "rs", index);
  const about = ownFields(part).item;
  const { index, events } = answer.begin((at) => ({ id: idAt(at), type: "reasoning", ...about, summary: [] }));
  const said: SaidReasoning[] = [];
  const id = idAt(index);
  const item: OpenReasoning = {
    kind: "reasoning",
    index,
    id,
    partId,
    said,
    openParts: 0,
    sealed: false,
    item: () => reasoningItem({ id, type: "reasoning", ...about }, said, partId !== undefined),
  };
  answer.current = item;
  return { item, events: [...sealed, ...events] };
}

interface TextEvents {
  readonly begin: () => readonly JsonObject[];
  readonly delta: (text: string) => readonly JsonObject[];
  readonly end: (text: string) => readonly JsonObject[];
}

interface Place {
  readonly item_id: string;
  readonly output_index: number;
  readonly index: number;
}

const TEXTS: Readonly<Record<SaidReasoning["shownAs"], (answer: Answer, place: Place) => TextEvents>> = {
  summary: summaryEvents,
  content: contentEvents,
  nothing: () => ({ begin: () => [], delta: () => [], end: () => [] }),
};

function summaryEvents(answer: Answer, { index, ...item }: Place): TextEvents {
  const at = { ...item, summary_index: index };
  const part = (text: string) => ({ type: "summary_text", text });
  return {
    begin: () => [answer.event("response.reasoning_summary_part.added", { ...at, part: part("") })],
    delta: (delta) => [answer.event("response.reasoning_summary_text.delta", { ...at, delta })],
    end: (text) => [
      answer.event("response.reasoning_summary_text.done", { ...at, text }),
      answer.event("response.reasoning_summary_part.done", { ...at, part: part(text) }),
    ],
  };
}

function contentEvents(answer: Answer, { index, ...item }: Place): TextEvents {
  const at = { ...item, content_index: index };
  const part = (text: string) => ({ type: "reasoning_text", text });
  return {
    begin: () => [answer.event("response.content_part.added", { ...at, part: part("") })],
    delta: (delta) => [answer.event("response.reasoning_text.delta", { ...at, delta })],
    end: (text) => [
      answer.event("response.reasoning_text.done", { ...at, text }),
      answer.event("response.content_part.done", { ...at, part: part(text) }),
    ],
  };
}

function reasoningItem(head: JsonObject, said: readonly SaidReasoning[], ownId: boolean): JsonObject {
  const shown = (place: SaidReasoning["shownAs"]) => said.filter(({ shownAs }) => shownAs === place);
  const content = shown("content").map(({ text }) => ({ type: "reasoning_text", text }));
  return compact({
    ...head,
    summary: shown("summary").map(({ text }) => ({ type: "summary_text", text })),
    content: content.length === 0 ? undefined : content,
    encrypted_content: encryptedContent(said, ownId),
  });
}

/**
 * OpenAI's own value as it is, any other in an envelope. Reasoning that nobody signed gets an envelope too, an empty one:
 * by it the replay is known for what it is, and is not mistaken for an item that OpenAI keeps.
 */
function encryptedContent(said: readonly SaidReasoning[], ownId: boolean): string | undefined {
  const signed = said.filter(({ opaque }) => opaque !== undefined);
  const own = signed.findLast(({ opaque }) => opaque?.origin.dialect === DIALECT);
  if (own !== undefined) return own.opaque?.data;
  if (signed.length === 0 && ownId) return undefined;
  const rows = signed.length === 0 ? said.slice(0, 1) : signed;
  return sealEnvelope(rows.map((row) => carried(row, rows.length > 1)));
}

/** What is said of text that came without any opaque value, not even an empty one. */
const UNSIGNED: Opaque = { origin: { dialect: DIALECT }, data: "" };

/** A signature of full thinking holds for its exact text, which clients may reflow: so the text travels with it. */
function carried({ form, text, opaque = UNSIGNED }: SaidReasoning, several: boolean): Carried {
  const needsText = form !== "redacted" && opaque.data !== "" && (form === "full" || several);
  return compact({ of: "reasoning", opaque, form, text: needsText ? text : undefined });
}
