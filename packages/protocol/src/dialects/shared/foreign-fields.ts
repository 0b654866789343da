import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { DialectId, Opaque } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { parseJsonObject } from "../../json/parse.ts";
import { objectOf } from "../../json/read.ts";
import { featureName, isOff } from "./extensions.ts";

/**
 * Fields that are no loss where they do not exist: how a client of Gemini names a result, ids under which OpenAI stores
 * items, the breakpoint and the name that the IR has words for, and how OpenAI's tool made a picture.
 */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  ...["resultKey", "id", "prompt_cache_breakpoint", "displayName", "image_generation_call"],
]);

/** Wire messages around the fields that count: of a Responses item, and those within a part of Gemini's. */
const MESSAGES: ReadonlySet<string> = new Set(["item", "inlineData", "fileData", "functionCall", "functionResponse"]);

/** Reports what of a request's parts only another dialect can say. Its top-level fields are for `extensionsFor`. */
export function reportForeignParts(request: CanonicalRequest, dialect: DialectId, losses: LossRecorder): void {
  for (const part of request.instructions) reportForeignPart(part, dialect, losses);
  for (const message of request.messages) {
    for (const part of message.content) reportForeignPart(part, dialect, losses);
  }
}

/** The same for one part and those inside it. */
export function reportForeignPart(part: Part, dialect: DialectId, losses: LossRecorder): void {
  const { extension } = part;
  if (extension !== undefined && extension.dialect !== dialect) {
    reportFields(extension.fields, [extension.dialect, dialect], losses);
  }
  const { opaque } = part;
  if (part.type !== "reasoning" && opaque !== undefined && opaque.origin.dialect !== dialect) {
    const fields = fieldsOfOpaque(opaque);
    if (fields !== undefined) reportFields(fields, ["anthropic-messages", dialect], losses);
    else if (opaque.data !== "")
      losses.adapt("reasoning-replay", `A ${part.type}'s signature was not sent to another vendor.`);
  }
  for (const inner of partsInside(part)) reportForeignPart(inner, dialect, losses);
}

/** The same for a part of an answer, whose opaque value may yet travel to the client in an envelope. */
export function reportForeignAnswerPart({ extension }: Part, dialect: DialectId, losses: LossRecorder): void {
  if (extension === undefined || extension.dialect === dialect) return;
  reportFields(extension.fields, [extension.dialect, dialect], losses);
}

/** The Messages dialect keeps what only it can say of a block as the block's opaque value. A search result's type is among it. */
export function fieldsOfOpaque(opaque: Opaque | undefined): JsonObject | undefined {
  if (opaque?.origin.dialect !== "anthropic-messages") return undefined;
  const { type: _, ...fields } = parseJsonObject(opaque.data) ?? {};
  return fields;
}

function partsInside(part: Part): readonly Part[] {
  if (part.type === "tool-result") return part.content;
  return part.type === "media" && part.source.type === "parts" ? part.source.parts : [];
}

function reportFields(fields: JsonObject, [from, to]: readonly [DialectId, DialectId], losses: LossRecorder): void {
  for (const [field, value] of Object.entries(fields)) {
    if (BOOKKEEPING.has(field) || isOff(value)) continue;
    const nested = MESSAGES.has(field) ? objectOf(value) : undefined;
    if (nested !== undefined) reportFields(nested, [from, to], losses);
    else losses.drop(featureName(field), `'${field}' of ${from} has no equivalent in ${to}.`);
  }
}

/** Answer fields that stand one level down, grouped by where they stand on their wire. */
const GROUPS: ReadonlySet<string> = new Set(["choice", "message", "candidate", "response"]);

/**
 * When the answer was done is told by its arrival; until when its vendor keeps a sound, and the prompt, is for that vendor's clients.
 */
const NO_LOSS: ReadonlySet<string> = new Set(["completed_at", "audio", "prompt_cache_retention"]);

/** Said in the client's words as citations, as far as they go. */
const CITATIONS: ReadonlySet<string> = new Set(["groundingMetadata", "citationMetadata"]);

/** Reports what of an answer's own fields only the upstream's dialect can say. */
export function reportForeignAnswer(
  extensions: JsonObject | undefined,
  dialect: DialectId,
  losses: LossRecorder,
): void {
  for (const [from, fields] of Object.entries(extensions ?? {})) {
    if (from === dialect) continue;
    for (const [field, value] of Object.entries(objectOf(fields) ?? {})) {
      const inner = GROUPS.has(field) ? objectOf(value) : undefined;
      for (const [name, what] of Object.entries(inner ?? { [field]: value })) reportAnswerField(name, what, losses);
    }
  }
}

function reportAnswerField(field: string, value: JsonValue | undefined, losses: LossRecorder): void {
  if (value === undefined || isOff(value) || NO_LOSS.has(field)) return;
  const feature = featureName(field);
  if (CITATIONS.has(field)) losses.adapt(feature, `'${field}' of the answer was said as citations.`);
  else losses.drop(feature, `'${field}' of the answer has no equivalent in the client's dialect.`);
}
