import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Opaque } from "../../ir/origin.ts";
import type { ReasoningPart, TextPart, ToolCallPart, UnknownPart } from "../../ir/parts.ts";
import { stringOf } from "../../json/read.ts";
import type { AnswerContext } from "../dialect.ts";
import { sealEnvelope, sealToolCallId } from "../shared/envelope.ts";
import { shownCallId } from "../shared/synthetic-ids.ts";
import { shownToolName } from "../shared/tools.ts";
import { fieldsOf } from "./block-fields.ts";
import { DIALECT } from "./wire.ts";

/** Pieces of an answer's blocks that the whole answer and the stream have in common. */

export function isOwn(opaque: Opaque | undefined): opaque is Opaque {
  return opaque?.origin.dialect === DIALECT;
}

/**
 * What stands in a thinking block's `signature`: Anthropic's own value, or an envelope. Clients drop thinking without a
 * signature, so reasoning without any opaque value gets an envelope too, by which it is known on its way back.
 */
export function signatureOf({ opaque, form }: ReasoningPart): string {
  if (opaque === undefined) return sealEnvelope([]);
  return isOwn(opaque) && opaque.data !== "" ? opaque.data : sealEnvelope([{ of: "reasoning", opaque, form }]);
}

/** Anthropic's own redacted thinking, which has a block of its own. */
export function isOwnRedacted({ form, opaque }: ReasoningPart): boolean {
  return form === "redacted" && isOwn(opaque);
}

/** A call's block without its input. Its own opaque value is fields of this dialect, or travels in the id. */
export function toolUseHead(part: ToolCallPart, context: Pick<AnswerContext, "request" | "uniqueId">): JsonObject {
  const foreign = part.opaque === undefined || isOwn(part.opaque) ? undefined : part.opaque;
  const known = shownCallId(part.id, context.uniqueId);
  const id = foreign === undefined ? known : sealToolCallId(known, [{ of: "tool-call", opaque: foreign }]);
  return {
    type: "tool_use",
    id,
    name: shownToolName(part, context.request),
    ...(isOwn(part.opaque) ? fieldsOf(part.opaque) : {}),
  };
}

/** A block of this dialect as it came; another's cannot be shown. */
export function unknownBlock(part: UnknownPart, losses: LossRecorder): JsonObject | undefined {
  if (part.origin.dialect === DIALECT) return part.value;
  const name = stringOf(part.value["type"]) ?? "unknown";
  losses.drop("unknown-part", `A '${name}' item of ${part.origin.dialect} cannot be shown to this client.`);
  return undefined;
}

/** A text block has no place for another dialect's value. */
export function reportTextSignature({ opaque }: Pick<TextPart, "opaque">, losses: LossRecorder): void {
  if (opaque === undefined || opaque.origin.dialect === DIALECT || opaque.data === "") return;
  losses.adapt("reasoning-replay", "The signature of text was not sent.");
}
