import type { JsonObject, JsonValue } from "@signalbox/protocol";
import type { Reach } from "../catalogue/list-models.ts";
import type { MediaOutput } from "../catalogue/operations.ts";
import type { KeyGroup, OwnCredential, OwnedPolicy } from "../config/access.ts";
import type { OperationId } from "../config/operations.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { RoutingPreferences } from "./preferences.ts";

/** What a target must be able to do to answer a request, read off its bytes without decoding it. */
export interface RequestFeatures {
  readonly tools: boolean;
  readonly images: boolean;
  /** PDFs and other documents. */
  readonly documents: boolean;
  readonly audio: boolean;
  readonly jsonSchema: boolean;
  /** The client asks the model to think. */
  readonly reasoning: boolean;
  /** A rough estimate, media included. */
  readonly inputTokens: number;
  /** What the client reserves for the answer, where it says so. */
  readonly maxOutputTokens: number | undefined;
}

/** The texts that tell what a request is about: its beginning and its newest user message, both cut to a few kilobytes. */
export interface RequestSample {
  readonly system: string;
  readonly firstUser: string;
  readonly lastUser: string;
  readonly turns: number;
}

/** Who asks, and what they may. */
export interface Caller {
  /** The key's. */
  readonly id: string;
  readonly name: string;
  readonly policies: readonly OwnedPolicy[];
  readonly group?: KeyGroup;
  /** Provider accounts that the key brings along. */
  readonly credentials: readonly OwnCredential[];
  /** What conditions see, over what the request says of itself. */
  readonly metadata: JsonObject;
  /** Why the cheapest variant is to be taken: a budget is nearly used up. Undefined: it is not. */
  readonly thrift: () => string | undefined;
  /** What lists show to it; undefined: everything. */
  readonly reach: () => Reach | undefined;
  /** Targets without a known price are out. */
  readonly refusesUnpriced: boolean;
}

/** A request as routing sees it. What costs something to know is a function, computed once and only when asked for. */
export interface RequestView {
  /** The name that the client sent. */
  readonly model: string;
  readonly dialect: SurfaceDialect;
  /** What is asked for, where it is no conversation. */
  readonly operation?: OperationId;
  readonly stream: boolean;
  readonly preferences: RoutingPreferences;
  readonly caller: Caller;
  /** The person behind the request, as the client names them: splits are sticky by it. */
  readonly user: string | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The conversation that this request continues, as the client names it, else a digest of its beginning. */
  readonly session: () => string;
  readonly features: () => RequestFeatures;
  readonly hasTools: () => boolean;
  /** What the answer is to be made of beside words; absent: nothing else. */
  readonly outputs?: () => readonly MediaOutput[];
  readonly sample: () => RequestSample;
  /** The wire's own messages (`messages`, `input` or `contents`), for conditions. */
  readonly messages: () => JsonValue;
}

/** What decisions take from outside, so that they stay pure. */
export interface Circumstances {
  /** Milliseconds, monotonic. */
  readonly now: number;
  /** A number from 0 up to, not including, 1. */
  readonly chance: () => number;
}
