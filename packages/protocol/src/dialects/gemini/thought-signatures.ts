import type { Opaque, Origin } from "../../ir/origin.ts";
import type { ReasoningPart } from "../../ir/parts.ts";
import { compact } from "../../json/read.ts";
import { fromBase64, toBase64 } from "../shared/base64.ts";
import { type Carried, ENVELOPE_MARK_BASE64, openEnvelope, sealEnvelope } from "../shared/envelope.ts";

/**
 * Google's documented placeholder for calls that its own models did not make; Gemini 3 rejects calls of the current turn
 * without a signature. https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const SKIP_SIGNATURE = "skip_thought_signature_validator";

export interface OpenedSignature {
  /** The part's own opaque value. */
  readonly opaque?: Opaque;
  /** Reasoning that stood before the part, in a form that its maker wants back. */
  readonly reasoning: readonly ReasoningPart[];
}

/** What a client returned in `thoughtSignature`: Gemini's own value, or the gateway's envelope as base64. */
export function openSignature(signature: string | undefined, origin: Origin): OpenedSignature {
  if (signature === undefined || signature === "") return { reasoning: [] };
  const carried = signature.startsWith(ENVELOPE_MARK_BASE64) ? openEnvelope(decoded(signature)) : undefined;
  if (carried === undefined) return { opaque: { origin, data: signature }, reasoning: [] };
  const own = carried.find((value) => value.of !== "reasoning");
  const reasoning = carried.filter((value) => value.of === "reasoning").map(reasoningOf);
  return compact({ opaque: own?.opaque, reasoning });
}

function decoded(signature: string): string {
  try {
    return fromBase64(signature);
  } catch {
    return "";
  }
}

function reasoningOf({ opaque, text, form }: Carried): ReasoningPart {
  return {
    type: "reasoning",
    form: form ?? (text === undefined ? "redacted" : "full"),
    text: text ?? "",
    opaque,
    ...(opaque.id === undefined ? {} : { id: opaque.id }),
  };
}

/** The `thoughtSignature` to show a client: raw when it is Gemini's own and stands alone, else an envelope. */
export function sealSignature(
  of: "tool-call" | "text" | "media",
  opaque: Opaque | undefined,
  reasoning: readonly ReasoningPart[],
): string | undefined {
  const before = reasoning.flatMap((part): Carried[] =>
    part.opaque === undefined ? [] : [{ of: "reasoning", opaque: part.opaque, text: part.text, form: part.form }],
  );
  const own: readonly Carried[] = opaque === undefined || opaque.data === "" ? [] : [{ of, opaque }];
  if (before.length === 0 && own.length === 0) return undefined;
  if (before.length === 0 && opaque?.origin.dialect === "gemini") return opaque.data;
  return toBase64(sealEnvelope([...before, ...own]));
}
