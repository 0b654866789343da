import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { ReasoningPart } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { compact, stringOf } from "../../json/read.ts";
import { type Carried, openEnvelope, sealEnvelope } from "../shared/envelope.ts";
import { ENVELOPE_FORMAT, isOwn, ownOpaque, stableJson, withoutNulls } from "./wire.ts";

/**
 * OpenRouter's `reasoning_details`: entries of type `reasoning.text`, `reasoning.summary` or `reasoning.encrypted`, which
 * must come back unchanged. https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
 *
 * In the IR the text stands in the part and the rest of the entry, as JSON text, in its opaque data. Other dialects'
 * values stand in `signature` or `data` as an envelope.
 */
export type DetailForm = ReasoningPart["form"];

const TEXT_FIELD: Readonly<Record<DetailForm, "text" | "summary" | undefined>> = {
  full: "text",
  summary: "summary",
  redacted: undefined,
};
const TYPE: Readonly<Record<DetailForm, string>> = {
  full: "reasoning.text",
  summary: "reasoning.summary",
  redacted: "reasoning.encrypted",
};

export function formOfDetail(entry: JsonObject): DetailForm {
  if (entry["type"] === TYPE.full) return "full";
  return entry["type"] === TYPE.summary ? "summary" : "redacted";
}

export function textOfDetail(entry: JsonObject): string {
  return stringOf(entry["text"]) ?? stringOf(entry["summary"]) ?? "";
}

/** The value that an entry carries besides its text, once the entry is complete. */
export function opaqueOfDetail(entry: JsonObject, origin: Origin): Pick<ReasoningPart, "opaque" | "id"> {
  const carried = carriedByDetail(entry);
  if (carried !== undefined) return compact({ opaque: carried.opaque, id: stringOf(entry["id"]) });
  const { text: _, summary: __, ...rest } = withoutNulls(entry);
  return { opaque: ownOpaque(origin, stableJson(rest)) };
}

function carriedByDetail(entry: JsonObject): Carried | undefined {
  return openEnvelope(stringOf(entry["signature"]) ?? stringOf(entry["data"]) ?? "")?.[0];
}

export function partOfDetail(entry: JsonObject, origin: Origin): ReasoningPart {
  const form = formOfDetail(entry);
  const text = form === "redacted" ? "" : textOfDetail(entry) || (carriedByDetail(entry)?.text ?? "");
  return { type: "reasoning", form, text, ...opaqueOfDetail(entry, origin) };
}

/** Whether a part is plain thinking text of this dialect (`reasoning_content`), which has no entry of its own. */
export function isPlainReasoning(part: ReasoningPart): boolean {
  return isOwn(part.opaque) && part.opaque?.data === "";
}

/** What an entry says besides its text: the own entry's fields, or another dialect's value in an envelope. */
function detailBase(part: ReasoningPart, index: number, carried: readonly Carried[]): JsonObject {
  const type = TYPE[part.form];
  if (part.opaque === undefined) return { type, index };
  if (isOwn(part.opaque)) return { type, index, ...parseJsonObject(part.opaque.data) };
  const sealed = sealEnvelope(carried);
  const value = part.form === "redacted" ? { data: sealed } : { signature: sealed };
  return compact({ type, ...value, id: part.id, format: ENVELOPE_FORMAT, index });
}

/**
 * The last piece of an entry in a stream. Its envelope repeats a text that its maker wants back, since OpenAI's SDKs keep
 * only the last piece of a field that they do not know.
 */
export function closingDetail(part: ReasoningPart, index: number): JsonObject {
  return detailBase(part, index, carriedReasoning(part));
}

/** A piece of an entry's text, as streams send them; clients join those of one index. */
export function detailDelta(form: DetailForm, text: string, index: number): JsonObject {
  const field = TEXT_FIELD[form] ?? "text";
  return { type: TYPE[form], [field]: text, index };
}

export function detailOfPart(part: ReasoningPart, index: number): JsonObject {
  const values: readonly Carried[] = part.opaque === undefined ? [] : [{ of: "reasoning", opaque: part.opaque }];
  const { type, ...base } = detailBase(part, index, values);
  const field = TEXT_FIELD[part.form];
  return field === undefined || part.text === "" ? { type, ...base } : { type, [field]: part.text, ...base };
}

/** Reasoning as a tool-call id carries it. Anthropic's and Bedrock's values are valid only beside their text. */
export function carriedReasoning(part: ReasoningPart): readonly Carried[] {
  if (part.opaque === undefined || isOwn(part.opaque)) return [];
  const { dialect } = part.opaque.origin;
  const wantsText = (dialect === "anthropic-messages" || dialect === "bedrock-converse") && part.text !== "";
  return [compact({ of: "reasoning", opaque: part.opaque, text: wantsText ? part.text : undefined, form: part.form })];
}

export function partOfCarried(carried: Carried): ReasoningPart {
  return {
    type: "reasoning",
    form: carried.form ?? (carried.text === undefined ? "redacted" : "full"),
    text: carried.text ?? "",
    opaque: carried.opaque,
  };
}
