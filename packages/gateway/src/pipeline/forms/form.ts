import type { Readable } from "node:stream";
import type { FieldNames } from "../../config/operations.ts";
import type { PartHead } from "./part-headers.ts";
import type { SpooledPart } from "./spooled-part.ts";

export interface FormLimits {
  /** The whole body, boundaries and heads of parts included. */
  readonly totalBytes: number;
  readonly parts: number;
  /** Of the parts, those with a file name. */
  readonly files: number;
}

/** More than any vendor's form has: OpenAI's edits take sixteen pictures and a mask. */
export const PART_LIMITS: Pick<FormLimits, "parts" | "files"> = { parts: 200, files: 32 };

/** A field, or a file where it has a `filename`. It stands in the form as soon as its head was read. */
export interface FormPart extends PartHead {
  readonly content: SpooledPart;
}

/** Bytes of a known length, made anew whenever they are asked for. */
export interface PartContent {
  readonly size: number;
  readonly read: () => AsyncIterable<Buffer>;
}

export interface FormEdits {
  /** Values of fields; one that the form does not have is added at its end. */
  readonly replace: Readonly<Record<string, string>>;
  /** What stands in the place of a part's own content, by its name. */
  readonly contents?: Readonly<Record<string, PartContent>>;
  /** Other names for fields, or null for those that are left out. */
  readonly fields?: FieldNames;
}

export interface EncodedForm {
  readonly contentType: string;
  /** In bytes; absent while the form is still coming. */
  readonly length?: number;
  /** Makes the body anew, from its first byte. */
  readonly body: () => Readable;
}

/**
 * A `multipart/form-data` body that is still being read. Nothing of it is held in memory but the beginning of each part. Whoever
 * reads a part, or encodes the form, follows the client.
 */
export interface Form {
  /** Those whose head has come, in their order. */
  readonly parts: readonly FormPart[];
  /** The part at that place as soon as its head has come; undefined where the form has ended before it. Rejects as `done` does. */
  readonly part: (index: number) => Promise<FormPart | undefined>;
  /**
   * What a field says, as soon as it is whole; undefined where the form has ended without it. Rejects as `done` does, and with
   * `invalid_request` where it is a file, longer than what is kept in memory, or no text.
   */
  readonly field: (name: string) => Promise<string | undefined>;
  /** The same of a field that is whole by now. */
  readonly known: (name: string) => string | undefined;
  /**
   * The form is whole. Rejects with `invalid_request`, `request_too_large`, `client_closed`, or `overloaded` where there is no room
   * for it.
   */
  readonly done: Promise<void>;
  readonly isComplete: () => boolean;
  /** As many forms as there are attempts: each is written anew, with a boundary of its own. */
  readonly encode: (edits: FormEdits) => EncodedForm;
  /** Gives back what it held. Called once nobody will read it any more. */
  readonly discard: () => void;
}
