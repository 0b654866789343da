import type { Fields } from "./json.ts";

/** What one tool answered; `media` describes the images and documents inside. */
export interface ToolResult {
  readonly id: string;
  readonly text: string;
  readonly media: readonly string[];
}

export type Turn =
  | { readonly role: "user"; readonly texts: readonly string[]; readonly media: readonly string[] }
  | { readonly role: "assistant"; readonly calls: number }
  | { readonly role: "tool"; readonly results: readonly ToolResult[] };

export type OutputWish =
  | { readonly type: "text" }
  | { readonly type: "json"; readonly schema?: Fields }
  /** Pictures, and no words; or both. */
  | { readonly type: "image" }
  | { readonly type: "text-and-image" }
  /** The words said aloud. */
  | { readonly type: "audio" };

/** What a request says of the search that its vendor runs for it. */
export interface SearchWish {
  readonly maxUses?: number | undefined;
  /** Host names; their subdomains belong to them. */
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
}

/** A request in the words that the scenarios are written in, whatever dialect it came in. */
export interface RequestView {
  readonly system: string;
  readonly turns: readonly Turn[];
  /** The text of a last assistant message, which this dialect's models go on from. */
  readonly prefill?: string;
  readonly output: OutputWish;
  /** Undefined: the model may not search the web. */
  readonly search?: SearchWish | undefined;
  /** `always`: this dialect's models show their thinking before every reply of such a request. */
  readonly thinking: "always" | "on-demand" | "never";
}

/** `image/png 68 bytes`, from base64 without decoding it. */
export function describeBase64(mediaType: string, data: string): string {
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return `${mediaType} ${Math.floor((data.length * 3) / 4) - padding} bytes`;
}

export const describeUrl = (kind: string, url: string): string => `${kind} ${url}`;

const DATA_URL = /^data:([^;,]+)(?:;[^;,]+)*;base64,/;

/** A data URL by its type and size, any other URL by itself. */
export function describeDataUrl(kind: string, url: string): string {
  const head = DATA_URL.exec(url);
  return head?.[1] === undefined ? describeUrl(kind, url) : describeBase64(head[1], url.slice(head[0].length));
}
