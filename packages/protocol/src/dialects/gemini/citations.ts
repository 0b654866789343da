import { utf8Decoder, utf8Encoder } from "../../encoding.ts";
import type { JsonObject } from "../../ir/json.ts";
import type { Citation } from "../../ir/parts.ts";
import { arrayOf, compact, numberOf, objectOf, objectsOf, stringOf } from "../../json/read.ts";

/**
 * Grounding and recitation metadata as citations, and back. Offsets on the wire count UTF-8 bytes.
 * https://ai.google.dev/api/generate-content#GroundingMetadata
 */

/** A text part of the answer that citations may point into. */
export interface CitedText {
  readonly key: string;
  readonly text: string;
}

export interface PlacedCitation {
  readonly key: string;
  readonly citation: Citation;
}

/** Citations for the given texts; what points elsewhere stays in the answer's extension only. */
export function decodeCitations(candidate: JsonObject, texts: readonly CitedText[]): readonly PlacedCitation[] {
  const last = texts.at(-1);
  if (last === undefined) return [];
  const grounding = objectOf(candidate["groundingMetadata"]) ?? {};
  const sources = objectsOf(grounding["groundingChunks"]).map(sourceOf);
  const supports = objectsOf(grounding["groundingSupports"]);
  if (supports.length === 0) {
    const known = sources.filter((source) => source !== undefined);
    return [...known.map((citation) => ({ key: last.key, citation })), ...recitations(candidate, texts)];
  }
  const placed = supports.flatMap((support) => {
    const cited = arrayOf(support["groundingChunkIndices"]).map((index) => sources[numberOf(index) ?? -1]);
    const span = spanOf(objectOf(support["segment"]), texts) ?? { key: last.key };
    return cited.filter((source) => source !== undefined).map((source) => place(source, span));
  });
  return [...placed, ...recitations(candidate, texts)];
}

interface Span {
  readonly key: string;
  readonly start?: number;
  readonly end?: number;
}

const place = (citation: Citation, { key, ...offsets }: Span): PlacedCitation => ({
  key,
  citation: { ...citation, ...offsets },
});

function sourceOf(chunk: JsonObject): Citation | undefined {
  const web = objectOf(chunk["web"]) ?? objectOf(chunk["maps"]);
  const image = objectOf(chunk["image"]);
  if (web !== undefined) return urlCitation(stringOf(web["uri"]), stringOf(web["title"]));
  if (image !== undefined) return urlCitation(stringOf(image["sourceUri"]), stringOf(image["title"]));
  const file = objectOf(chunk["retrievedContext"]);
  if (file === undefined) return undefined;
  const [url, title, citedText] = [stringOf(file["uri"]), stringOf(file["title"]), stringOf(file["text"])];
  return { kind: "document", ...compact({ url, title, citedText }) };
}

const urlCitation = (url: string | undefined, title: string | undefined): Citation => ({
  kind: "url",
  ...compact({ url, title }),
});

/** The Gemini API says `citationSources`, Vertex AI `citations`. */
function recitations(candidate: JsonObject, texts: readonly CitedText[]): readonly PlacedCitation[] {
  const metadata = objectOf(candidate["citationMetadata"]) ?? {};
  const rows = [...objectsOf(metadata["citationSources"]), ...objectsOf(metadata["citations"])];
  return rows.flatMap((row) => {
    const span = spanOf(row, texts);
    const citation = urlCitation(stringOf(row["uri"]), stringOf(row["title"]));
    return span === undefined || citation.url === undefined ? [] : [place(citation, span)];
  });
}

/** The text that the segment's bytes lie in; where the segment repeats its text, that must agree. */
function spanOf(segment: JsonObject | undefined, texts: readonly CitedText[]): Span | undefined {
  const endByte = numberOf(segment?.["endIndex"]);
  if (segment === undefined || endByte === undefined) return undefined;
  const startByte = numberOf(segment["startIndex"]) ?? 0;
  const quoted = stringOf(segment["text"]);
  for (const { key, text } of texts) {
    const bytes = utf8Encoder.encode(text);
    if (endByte > bytes.length || startByte > endByte) continue;
    const start = lengthOf(bytes.subarray(0, startByte));
    const end = start + lengthOf(bytes.subarray(startByte, endByte));
    if (quoted === undefined || text.slice(start, end) === quoted) return { key, start, end };
  }
  return undefined;
}

const lengthOf = (bytes: Uint8Array): number => utf8Decoder({ fatal: false }).decode(new Uint8Array([...bytes])).length;

/** A text of an answer; `partIndex` is its place among the parts of the content. */
export interface ShownText {
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly partIndex: number;
}

/** Citations of an answer's texts as grounding metadata. */
export function encodeGrounding(texts: readonly ShownText[]) {
  const chunks = new Map<string, { readonly chunk: JsonObject; readonly index: number }>();
  const supports = texts.flatMap(({ text, citations, partIndex }) =>
    citations.flatMap((citation): JsonObject[] => {
      const chunk = chunkOf(citation);
      const name = JSON.stringify(chunk);
      const { index } = chunks.get(name) ?? { index: chunks.size };
      chunks.set(name, { chunk, index });
      return [{ ...segmentField(text, citation, partIndex), groundingChunkIndices: [index] }];
    }),
  );
  if (supports.length === 0) return undefined;
  return { groundingChunks: [...chunks.values()].map(({ chunk }) => chunk), groundingSupports: supports };
}

/** The texts of a stream as the one that its clients put together of all pieces: each chunk is a content of its own. */
export function joinTexts(texts: readonly ShownText[]): readonly ShownText[] {
  let joined = "";
  const citations = texts.flatMap((part) => {
    const by = joined.length;
    joined += part.text;
    return part.citations.map(({ start = 0, end = part.text.length, ...citation }) => ({
      ...citation,
      start: start + by,
      end: end + by,
    }));
  });
  return texts.length === 0 ? [] : [{ text: joined, citations, partIndex: 0 }];
}

function chunkOf({ kind, url, title, citedText }: Citation): JsonObject {
  if (kind === "url") return { web: compact({ uri: url, title }) };
  return { retrievedContext: compact({ uri: url, title, text: citedText }) };
}

/** A citation without a place stands on the whole text. */
function segmentField(text: string, { start = 0, end = text.length }: Citation, partIndex: number): JsonObject {
  const bytes = (until: number) => utf8Encoder.encode(text.slice(0, until)).length;
  const index = partIndex === 0 ? {} : { partIndex };
  return { segment: { ...index, startIndex: bytes(start), endIndex: bytes(end), text: text.slice(start, end) } };
}
