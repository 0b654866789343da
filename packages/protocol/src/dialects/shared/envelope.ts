import type { JsonObject } from "../../ir/json.ts";
import type { DialectId, Opaque } from "../../ir/origin.ts";
import { parseJson } from "../../json/parse.ts";
import { compact, objectsOf, stringOf } from "../../json/read.ts";
import { fromBase64Url, toBase64Url } from "./base64.ts";

/**
 * Foreign opaque values cross a client's dialect in an envelope: a self-describing string inside a field that the client
 * returns verbatim. So a replay needs no server state, and a signature is never invented.
 *
 * Text form, made of `[A-Za-z0-9_-]` only so that it may stand in a tool-call id (Anthropic requires `^[a-zA-Z0-9_-]+$`):
 * `sbx1_` + base64url(JSON) + `_xbs`. The JSON is a list of carried values.
 */
export const ENVELOPE_MARK = "sbx1_";
const ENVELOPE_END = "_xbs";
const SEAM = `_${ENVELOPE_MARK}`;

/** The mark as it appears when an envelope stands base64-encoded in a bytes field (Gemini's `thoughtSignature`). */
export const ENVELOPE_MARK_BASE64 = "c2J4MV";

/** An opaque value and, for reasoning, the text that must be replayed beside it; for a page that a search found, only its text. */
export interface Carried {
  readonly of: "reasoning" | "tool-call" | "text" | "media" | "search";
  readonly opaque: Opaque;
  readonly text?: string;
  readonly form?: "full" | "summary" | "redacted";
}

export function sealEnvelope(values: readonly Carried[]): string {
  const rows = values.map(({ of, opaque, text, form }) => ({
    k: of,
    d: opaque.origin.dialect,
    p: opaque.origin.provider,
    m: opaque.origin.model,
    v: opaque.data,
    i: opaque.id,
    t: text,
    f: form,
  }));
  return `${ENVELOPE_MARK}${toBase64Url(JSON.stringify(rows))}${ENVELOPE_END}`;
}

/** The carried values, or undefined when `text` is not exactly one envelope. Garbage inside an envelope opens as undefined too. */
export function openEnvelope(text: string): readonly Carried[] | undefined {
  if (!text.startsWith(ENVELOPE_MARK) || !text.endsWith(ENVELOPE_END)) return undefined;
  try {
    const rows = parseJson(fromBase64Url(text.slice(ENVELOPE_MARK.length, -ENVELOPE_END.length)));
    return objectsOf(rows)
      .map(carriedOf)
      .filter((value) => value !== undefined);
  } catch {
    return undefined;
  }
}

/** A tool-call id that also carries values: `<id>_sbx1_…_xbs`. With nothing to carry it is the id itself. */
export function sealToolCallId(id: string, values: readonly Carried[]): string {
  return values.length === 0 ? id : `${id}_${sealEnvelope(values)}`;
}

/** The inverse of `sealToolCallId`; an id without an envelope is returned as it is. */
export function openToolCallId(wireId: string): { readonly id: string; readonly carried: readonly Carried[] } {
  // The last mark is the envelope's own, unless its base64url happens to spell a mark: then that tail does not open. Two
  // tries and not one at each mark, because an id is as long as a client wants it to be.
  for (const at of [wireId.lastIndexOf(SEAM), wireId.indexOf(SEAM)]) {
    const carried = at < 0 ? undefined : openEnvelope(wireId.slice(at + 1));
    if (carried !== undefined) return { id: wireId.slice(0, at), carried };
  }
  return { id: wireId, carried: [] };
}

/**
 * Whether a request body (a string or a Buffer) may hold envelopes, and so must not be relayed to a vendor as it is. Rare
 * letters are looked for first: a search goes from one candidate for its first byte to the next, and bodies are long.
 */
export function mayHoldEnvelope(body: { readonly includes: (text: string) => boolean }): boolean {
  return (
    (body.includes(ENVELOPE_MARK.slice(2)) && body.includes(ENVELOPE_MARK)) ||
    (body.includes(ENVELOPE_MARK_BASE64.slice(2)) && body.includes(ENVELOPE_MARK_BASE64))
  );
}

const DIALECTS = new Map<string | undefined, DialectId>(
  (["openai-chat", "openai-responses", "anthropic-messages", "gemini", "bedrock-converse"] as const).map((id) => [
    id,
    id,
  ]),
);
const KINDS = new Map<string | undefined, Carried["of"]>(
  (["reasoning", "tool-call", "text", "media", "search"] as const).map((kind) => [kind, kind]),
);
const FORMS = new Map<string | undefined, NonNullable<Carried["form"]>>(
  (["full", "summary", "redacted"] as const).map((form) => [form, form]),
);

function carriedOf(row: JsonObject): Carried | undefined {
  const dialect = DIALECTS.get(stringOf(row["d"]));
  const data = stringOf(row["v"]);
  const kind = KINDS.get(stringOf(row["k"]));
  if (dialect === undefined || data === undefined || kind === undefined) return undefined;
  const origin = compact({ dialect, provider: stringOf(row["p"]), model: stringOf(row["m"]) });
  const opaque = compact({ origin, data, id: stringOf(row["i"]) });
  return compact({ of: kind, opaque, text: stringOf(row["t"]), form: FORMS.get(stringOf(row["f"])) });
}
