import type { JsonObject } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../../config/quirks.ts";

export interface Ask {
  readonly model: string;
  readonly text: string;
  readonly stream: boolean;
  readonly key: string;
}

export interface WireAsk {
  /** Below what the vendor's SDK takes as its base URL: `…/v1` for OpenAI's dialects, else the root. Begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** In tokens; the input includes what a prompt cache gave or took. */
export interface Counted {
  readonly input?: number;
  readonly output?: number;
}

/** What an answer says to a client that reads it as its vendor's SDK does. */
export interface Reading {
  readonly text: string;
  /** The answer's own word that it is over. */
  readonly finish?: string;
  /** A failure that the SDK raises, or hands to its caller. */
  readonly error?: string;
  /** A failure on the wire that the SDK passes over in silence. */
  readonly hidden?: string;
  readonly usage?: Counted;
}

export const NOTHING: Reading = { text: "" };

/** One block of an event stream, up to its blank line. */
export interface Block {
  readonly event: string | undefined;
  readonly data: string;
  readonly raw: string;
}

/** A vendor's client: how it asks, and what it sees. Independent of the codecs that it judges. */
export interface ClientDialect {
  readonly id: SurfaceDialect;
  readonly ask: (ask: Ask) => WireAsk;
  readonly whole: (body: JsonObject) => Reading;
  /** The reading after one more block. */
  readonly event: (reading: Reading, block: Block) => Reading;
}
