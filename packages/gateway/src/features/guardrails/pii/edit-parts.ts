import type { Citation, MediaPart, Part, SearchPart } from "@signalbox/protocol";
import { inJsonStrings, inStrings } from "./json-text.ts";
import { type Edited, moved } from "./vault.ts";

/** How the words of a message are changed, and what happens to what has words that nobody here can read. */
export interface PartEditor {
  readonly text: (text: string) => Edited;
  /** The same for a JSON text, which stays one. Absent: each of its strings is a text. */
  readonly json?: (text: string) => string;
  readonly unread: () => void;
}

export const editParts = (parts: readonly Part[], editor: PartEditor): readonly Part[] =>
  parts.map((part) => editPart(part, editor));

/** The part with its words changed. What its vendor has signed stays as it is, and so does what is no text. */
export function editPart(part: Part, editor: PartEditor): Part {
  const { extension } = part;
  if (extension === undefined) return editWords(part, editor);
  const fields = Object.entries(extension.fields).map(
    ([name, value]) => [name, inStrings(value ?? null, (text) => editor.text(text).text)] as const,
  );
  return { ...editWords(part, editor), extension: { ...extension, fields: Object.fromEntries(fields) } };
}

function editWords(part: Part, editor: PartEditor): Part {
  const plain = (text: string) => editor.text(text).text;
  switch (part.type) {
    case "text": {
      const { text, edits } = editor.text(part.text);
      if (part.citations === undefined) return text === part.text ? part : { ...part, text };
      return { ...part, text, citations: part.citations.map((citation) => editCitation(citation, plain, edits)) };
    }
    case "refusal":
      return { ...part, text: plain(part.text) };
    case "reasoning":
      return part.opaque === undefined && part.text !== "" ? { ...part, text: plain(part.text) } : part;
    case "tool-call":
      return {
        ...part,
        arguments: part.input === "text" ? plain(part.arguments) : editJson(part.arguments, editor),
      };
    case "tool-result":
      return { ...part, content: editParts(part.content, editor) };
    case "media":
      return editMedia(part, editor);
    case "web-search":
      return editSearch(part, editor);
    case "unknown":
      editor.unread();
      return part;
  }
}

function editJson(json: string, { text, json: whole }: PartEditor): string {
  return whole?.(json) ?? inJsonStrings(json, (inside) => text(inside).text);
}

export function editCitation(citation: Citation, plain: (text: string) => string, edits: Edited["edits"]): Citation {
  const { title, citedText, start, end, raw } = citation;
  return {
    ...citation,
    ...(title === undefined ? {} : { title: plain(title) }),
    ...(citedText === undefined ? {} : { citedText: plain(citedText) }),
    ...(start === undefined ? {} : { start: moved(start, edits) }),
    ...(end === undefined ? {} : { end: moved(end, edits) }),
    ...(raw === undefined ? {} : { raw: { ...raw, value: inStrings(raw.value, plain) } }),
  };
}

function editMedia(part: MediaPart, editor: PartEditor): MediaPart {
  const { source, context, transcript, name } = part;
  const plain = (text: string) => editor.text(text).text;
  const words = {
    ...(context === undefined ? {} : { context: plain(context) }),
    ...(transcript === undefined ? {} : { transcript: plain(transcript) }),
  };
  const titled = name === undefined ? {} : { name: plain(name) };
  switch (source.type) {
    case "text":
      return { ...part, ...words, ...titled, source: { ...source, text: plain(source.text) } };
    case "parts":
      return { ...part, ...words, ...titled, source: { ...source, parts: editParts(source.parts, editor) } };
    case "base64":
    case "url":
    case "file":
      editor.unread();
      return { ...part, ...words };
  }
}

/** A vendor's own record of its search goes back to it as it is. */
function editSearch(part: SearchPart, editor: PartEditor): SearchPart {
  if (part.raw !== undefined) {
    editor.unread();
    return part;
  }
  const plain = (text: string) => editor.text(text).text;
  const { queries, results } = part;
  return {
    ...part,
    queries: queries.map(plain),
    ...(results === undefined
      ? {}
      : {
          results: results.map(({ title, text, ...rest }) => ({
            ...rest,
            ...(title === undefined ? {} : { title: plain(title) }),
            ...(text === undefined ? {} : { text: plain(text) }),
          })),
        }),
  };
}
