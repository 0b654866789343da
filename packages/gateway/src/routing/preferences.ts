import type { JsonObject } from "@signalbox/protocol";
import type { CachePolicy, Compression, WebSearch, WebSearchOptions } from "../config/features.ts";
import type { ModelSelection, ReasoningSettings } from "../config/router.ts";

/** What one request says of its own routing, wherever its surface lets it say so. */
export interface RoutingPreferences extends ModelSelection {
  /** What conditions see as top-level identifiers. */
  readonly metadata: JsonObject;
  /** Fill `{{name}}` in router templates. */
  readonly promptVariables: Readonly<Record<string, string>>;
  readonly reasoning?: ReasoningSettings;
  /** No target is given longer for its first token; it is a stream's that can be measured. */
  readonly firstTokenMs?: number;
  readonly cache?: CachePolicy;
  readonly webSearch?: WebSearch;
  readonly webSearchOptions?: WebSearchOptions;
  /** `web_search: false`: not by a router's word either. */
  readonly noWebSearch?: true;
  /** Of what the request says itself. */
  readonly compression?: Compression;
  /** What is too long for the model loses its middle: OpenRouter's `middle-out`. */
  readonly middleOut?: true;
  /** Features that are asked for and that this gateway does not have (yet): they are reported as dropped. */
  readonly unserved: readonly string[];
}

export const noPreferences: RoutingPreferences = { metadata: {}, promptVariables: {}, unserved: [] };
