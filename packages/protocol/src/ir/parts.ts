import type { JsonObject, JsonValue } from "./json.ts";
import type { DialectId, Opaque, Origin } from "./origin.ts";

/** A prompt-cache breakpoint: everything up to and including the part that carries it may be cached. */
export interface CacheBreakpoint {
  readonly ttl?: "5m" | "1h";
}

/** The author of a message asks the gateway to compress it, from 0 (nothing is lost) to 1. Never said on a wire to an upstream. */
export interface CompressionWish {
  readonly aggressiveness: number;
}

interface PartBase {
  readonly cache?: CacheBreakpoint;
  readonly compression?: CompressionWish;
  readonly opaque?: Opaque;
  /** Wire fields of the part that only its own dialect can say (Gemini's `videoMetadata`). */
  readonly extension?: { readonly dialect: DialectId; readonly fields: JsonObject };
}

/**
 * Where a piece of an answer comes from. `start` and `end` are UTF-16 offsets into the text of the part that carries
 * the citation; in a stream it comes by a `citation` delta after the text that it stands on. `raw` is the wire object, kept so that its own dialect gets it back whole.
 */
export interface Citation {
  readonly kind: "url" | "document" | "file";
  readonly url?: string;
  readonly title?: string;
  readonly citedText?: string;
  readonly fileId?: string;
  readonly documentIndex?: number;
  readonly start?: number;
  readonly end?: number;
  readonly raw?: { readonly dialect: DialectId; readonly value: JsonValue };
}

export interface TextPart extends PartBase {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly Citation[];
  /** The wire item's id (Responses `msg_…`), replayed to its own dialect only. */
  readonly id?: string;
}

/**
 * The model's thinking. `full` is the thinking itself, `summary` an account of it, `redacted` only its opaque value.
 * Consecutive parts with the same `id` are one wire item (a Responses reasoning item with several summaries).
 */
export interface ReasoningPart extends PartBase {
  readonly type: "reasoning";
  readonly form: "full" | "summary" | "redacted";
  readonly text: string;
  readonly id?: string;
}

/** The model declined, and this is its wording. */
export interface RefusalPart extends PartBase {
  readonly type: "refusal";
  readonly text: string;
}

export type MediaKind = "image" | "document" | "audio" | "video";

export type MediaSource =
  | { readonly type: "base64"; readonly data: string }
  | { readonly type: "url"; readonly url: string }
  | { readonly type: "file"; readonly id: string; readonly origin: Origin }
  /** A plain-text document given inline. */
  | { readonly type: "text"; readonly text: string }
  /** A document made of parts (Anthropic's `content` source). */
  | { readonly type: "parts"; readonly parts: readonly Part[] };

export interface MediaPart extends PartBase {
  readonly type: "media";
  readonly kind: MediaKind;
  /** RFC 6838 media type, such as `image/png`; absent where the wire does not say (URLs). */
  readonly mediaType?: string;
  readonly source: MediaSource;
  /** File name or document title. */
  readonly name?: string;
  /** OpenAI's image `detail`, Gemini's `mediaResolution`. */
  readonly detail?: "low" | "high" | "auto" | "original";
  /** Anthropic documents: whether the answer should cite this document, and context about it that is not cited. */
  readonly citations?: boolean;
  readonly context?: string;
  /** The words of a sound that the model spoke. */
  readonly transcript?: string;
  /** The name under which its maker keeps it (OpenAI's `audio_…`). */
  readonly id?: string;
}

/** `arguments` is the model's own JSON text, byte for byte; with `input: "text"` it is free text (OpenAI custom tools). */
export interface ToolCallPart extends PartBase {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** The Responses namespace that the tool stands in, if any. */
  readonly namespace?: string;
  readonly arguments: string;
  readonly input?: "json" | "text";
  /** The Responses item id (`fc_…`), replayed to its own dialect only. */
  readonly itemId?: string;
}

export interface ToolResultPart extends PartBase {
  readonly type: "tool-result";
  readonly callId: string;
  /** The tool's name where the wire carries it (Gemini) or it can be found from the call. */
  readonly name?: string;
  readonly content: readonly Part[];
  readonly isError?: boolean;
  /** `text` when it answers a tool call whose `input` is text (OpenAI custom tools). */
  readonly input?: "json" | "text";
}

/** A wire block that the IR has no word for. It is replayed to its own dialect and reported as dropped elsewhere. */
export interface UnknownPart extends PartBase {
  readonly type: "unknown";
  readonly origin: Origin;
  readonly value: JsonObject;
}

/** A page that a search found. */
export interface SearchResult {
  readonly url: string;
  readonly title?: string;
  /** How old it is, in the words of whoever searched. */
  readonly pageAge?: string;
  /** What stands on it. Vendors' own searches do not tell, or only to themselves. */
  readonly text?: string;
}

/**
 * A search of the web that a vendor or the gateway ran. Anthropic tells of it in two blocks, which may have others between them:
 * then `half` says which, and both have one `id`. A half knows nothing of what the other tells. `raw` is the wire object, for
 * its own house only; without it the gateway searched, or a client says so.
 */
export interface SearchPart extends PartBase {
  readonly type: "web-search";
  readonly id: string;
  readonly half?: "call" | "results";
  readonly queries: readonly string[];
  /** Absent: not told. */
  readonly results?: readonly SearchResult[];
  /** Why it failed, in Anthropic's words where one fits: `unavailable`, `too_many_requests`, `max_uses_exceeded`, … */
  readonly error?: string;
  readonly raw?: { readonly origin: Origin; readonly value: JsonObject };
}

export type Part =
  | TextPart
  | ReasoningPart
  | RefusalPart
  | MediaPart
  | ToolCallPart
  | ToolResultPart
  | SearchPart
  | UnknownPart;
