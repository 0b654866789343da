import type { JsonObject } from "../../ir/json.ts";
import type { ReasoningPart } from "../../ir/parts.ts";
import { compact, stringOf } from "../../json/read.ts";
import { type Carried, ENVELOPE_MARK, openEnvelope } from "../shared/envelope.ts";
import { reasoningParts } from "./decode-items.ts";
import { CLIENT_ORIGIN, DIALECT } from "./wire.ts";

/** A reasoning item that a client replays: the vendor's own encrypted value, or the envelope that this gateway put there. */
export function replayedReasoning(item: JsonObject): readonly ReasoningPart[] {
  const data = stringOf(item["encrypted_content"]);
  if (data?.startsWith(ENVELOPE_MARK) !== true) return reasoningParts(item, CLIENT_ORIGIN);
  const { encrypted_content: _, id: _id, ...shown } = item;
  const rows = (openEnvelope(data) ?? []).filter((row) => row.of === "reasoning");
  return openedReasoning(reasoningParts(shown, CLIENT_ORIGIN), rows);
}

function openedReasoning(shown: readonly ReasoningPart[], rows: readonly Carried[]): readonly ReasoningPart[] {
  const [first] = rows;
  if (first === undefined) return shown;
  const visible = shown.filter((part) => part.text !== "");
  if (rows.length === 1 && first.form === "redacted") return [...visible, carriedPart(first, "")];
  const text = visible.map((part) => part.text).join("\n\n");
  return rows.length === 1 ? [carriedPart(first, text)] : rows.map((row) => carriedPart(row, ""));
}

/**
 * An envelope of this dialect without data marks reasoning that had no opaque value: what is left is text that nobody
 * signed. Another dialect's empty value tells who made the text: DeepSeek wants its own back in a tool loop.
 * https://api-docs.deepseek.com/guides/thinking_mode
 */
function carriedPart({ opaque, form, text }: Carried, shownText: string): ReasoningPart {
  return compact({
    type: "reasoning",
    form: form ?? "summary",
    text: text ?? shownText,
    opaque: opaque.data === "" && opaque.origin.dialect === DIALECT ? undefined : opaque,
  });
}
