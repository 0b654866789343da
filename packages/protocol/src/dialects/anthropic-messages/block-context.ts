import type { JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";

/** Whose blocks are decoded. `client`: types are checked, and opaque values may stand in envelopes. */
export interface BlockContext {
  readonly origin: Origin;
  readonly from: "client" | "upstream";
}

/** Decodes the blocks inside a block; given to decoders so that the files do not import each other. */
export type DecodeNested = (value: JsonValue | undefined, path: string) => readonly Part[];
