import type { JsonObject } from "./json.ts";
import type { DialectId } from "./origin.ts";
import type { CacheBreakpoint, Part, TextPart } from "./parts.ts";
import type { WebSearchTool } from "./web-search.ts";

/**
 * One turn or piece of a turn. `tool` messages hold `tool-result` parts (and nothing else); `system` messages are those
 * that stand after the first user or assistant message, and keep their place.
 */
export interface Message {
  readonly role: "user" | "assistant" | "tool" | "system";
  readonly content: readonly Part[];
  /** OpenAI chat's participant name. */
  readonly name?: string;
}

export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly namespace?: string;
  readonly description?: string;
  /** A JSON Schema object; absent where the client gave none. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  readonly cache?: CacheBreakpoint;
  /** OpenAI custom tools: the tool takes free text, optionally constrained by this wire `format`. */
  readonly input?: "json" | "text";
  readonly format?: JsonObject;
  /** Wire fields of the tool that only its own dialect can say (`defer_loading`, `input_examples`, …). */
  readonly extension?: { readonly dialect: DialectId; readonly fields: JsonObject };
}

/**
 * A tool that the provider runs itself. Its definition is the wire object: for Gemini's tools, which have no type, and for
 * Chat's `web_search_options`, which stand beside the tools, an object of that one field. The definition of a search that the
 * gateway itself asks for is empty: whoever it goes to, it is said in their words.
 */
export interface HostedTool {
  readonly type: "hosted";
  readonly dialect: DialectId;
  readonly definition: JsonObject;
  /** It searches the web: what its definition says, for other dialects' searches. */
  readonly webSearch?: WebSearchTool;
  readonly cache?: CacheBreakpoint;
}

export type Tool = FunctionTool | HostedTool;

export type ToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  /** Some tool must be called; `allowed` narrows which. */
  | { readonly type: "required"; readonly allowed?: readonly string[] }
  | { readonly type: "tool"; readonly name: string; readonly namespace?: string }
  /** Only these may be called, and none must. */
  | { readonly type: "allowed"; readonly allowed: readonly string[] }
  /** A choice that only this dialect can say (a hosted tool). */
  | { readonly type: "hosted"; readonly dialect: DialectId; readonly definition: JsonObject };

export interface Sampling {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stopSequences?: readonly string[];
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
}

export type ReasoningEffort = "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** How much to think and what to show of it. Absent fields mean "not said", which is not the same as `off`. */
export interface Reasoning {
  /** `off`: do not think. `adaptive`: the model decides how much. `on`: think, within effort or budget. */
  readonly mode?: "off" | "adaptive" | "on";
  readonly effort?: ReasoningEffort;
  readonly budgetTokens?: number;
  /** Which text of the thinking the client wants: none, or a summary of some length. */
  readonly summary?: "none" | "auto" | "concise" | "detailed";
  /** The client keeps the state itself and wants it encrypted (Responses `include: [reasoning.encrypted_content]`). */
  readonly encrypted?: boolean;
}

export type OutputFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly schema: JsonObject;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

export type OutputModality = "text" | "image" | "audio";

/** How pictures of the answer are to be: the ratio of their sides (`16:9`), and a size in steps that vendors share (`1K`, `2K`). */
export interface ImageOutput {
  readonly aspectRatio?: string;
  readonly size?: string;
}

/** How the answer is to be spoken. `format` is OpenAI's word: `wav`, `mp3`, `flac`, `opus`, `aac`, `pcm16`. */
export interface AudioOutput {
  readonly voice?: string;
  readonly format?: string;
}

export interface CanonicalRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The leading system or developer text, in order. */
  readonly instructions: readonly TextPart[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly sampling: Sampling;
  readonly reasoning?: Reasoning;
  readonly output?: OutputFormat;
  /** What the answer is to be made of; absent: as the model likes, which is text for most. */
  readonly modalities?: readonly OutputModality[];
  readonly imageOutput?: ImageOutput;
  readonly audioOutput?: AudioOutput;
  readonly verbosity?: "low" | "medium" | "high";
  /** An opaque id of the person behind the request, for abuse detection. */
  readonly endUser?: string;
  /** OpenAI's `prompt_cache_key`. */
  readonly cacheKey?: string;
  readonly serviceTier?: string;
  readonly metadata?: JsonObject;
  /** Whether the client asked for usage in the stream; absent where its dialect always sends it. */
  readonly streamUsage?: boolean;
  /** Top-level wire fields that the IR has no word for, by the dialect that can say them. */
  readonly extensions?: Partial<Readonly<Record<DialectId, JsonObject>>>;
}
