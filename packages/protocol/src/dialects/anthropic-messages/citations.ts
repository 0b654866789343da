import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Citation } from "../../ir/parts.ts";
import { compact, numberOf, objectsOf, stringOf } from "../../json/read.ts";
import { reportCitation } from "../shared/citation-losses.ts";
import { openEnvelope, sealEnvelope } from "../shared/envelope.ts";
import { DIALECT } from "./wire.ts";

/** https://platform.claude.com/docs/en/build-with-claude/citations */
export function decodeCitations(value: JsonObject["citations"]): readonly Citation[] | undefined {
  const citations = objectsOf(value).map(decodeCitation);
  return citations.length === 0 ? undefined : citations;
}

export function decodeCitation(wire: JsonObject): Citation {
  const url = stringOf(wire["url"]) ?? urlOf(stringOf(wire["source"]));
  const common = {
    title: stringOf(wire["title"]) ?? stringOf(wire["document_title"]),
    citedText: stringOf(wire["cited_text"]),
  };
  if (isMade(wire)) return compact({ kind: "url", url, ...common, citedText: common.citedText || undefined });
  return compact({
    kind: url === undefined ? "document" : "url",
    url,
    ...common,
    fileId: stringOf(wire["file_id"]),
    documentIndex: numberOf(wire["document_index"]),
    raw: { dialect: DIALECT, value: wire },
  });
}

/** A citation that this gateway made of another vendor's: Anthropic's own always has an `encrypted_index`. */
function isMade(wire: JsonObject): boolean {
  const index = stringOf(wire["encrypted_index"]) ?? "";
  return wire["type"] === "web_search_result_location" && (index === "" || openEnvelope(index) !== undefined);
}

function urlOf(source: string | undefined): string | undefined {
  return source !== undefined && /^https?:/i.test(source) ? source : undefined;
}

/** Citations as their own dialect made them; other vendors' cannot be said in a request, which needs the encrypted index. */
export function encodeOwnCitations(citations: readonly Citation[] | undefined, losses: LossRecorder): JsonObject[] {
  return (citations ?? []).flatMap((citation) => {
    const own = rawOf(citation);
    if (own === undefined) losses.drop("citations", "Citations of another vendor's answer were not sent back.");
    return own === undefined ? [] : [own];
  });
}

/**
 * A citation for a client: another vendor's web citation becomes a `web_search_result_location` with an empty envelope as
 * its `encrypted_index`, by which it is kept from Anthropic, and `decodeCitation` knows it again. Offsets into the answer's
 * text have no place there; a citation of this dialect stands on the text that it supports.
 */
export function encodeCitation(citation: Citation, text: string, losses: LossRecorder): JsonObject | undefined {
  const own = rawOf(citation);
  if (own !== undefined) return own;
  if (citation.url === undefined) {
    losses.drop("citations", `A citation of kind '${citation.kind}' without a URL has no equivalent.`);
    return undefined;
  }
  reportCitation(citation, { dialect: DIALECT, quotes: true }, losses);
  const isPartial = citation.start !== undefined && (citation.start > 0 || (citation.end ?? 0) < text.length);
  if (isPartial) losses.adapt("citation-offsets", "A citation stands on the whole text and not on a place in it.");
  return {
    type: "web_search_result_location",
    cited_text: citation.citedText ?? "",
    encrypted_index: sealEnvelope([]),
    title: citation.title ?? null,
    url: citation.url,
  };
}

function rawOf(citation: Citation): JsonObject | undefined {
  const { raw } = citation;
  return raw?.dialect === DIALECT && typeof raw.value === "object" && raw.value !== null && !Array.isArray(raw.value)
    ? (objectsOf([raw.value])[0] ?? undefined)
    : undefined;
}
