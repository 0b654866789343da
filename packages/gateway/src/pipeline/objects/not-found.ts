import { GatewayError } from "@signalbox/protocol";
import type { ObjectKind } from "../../store/objects/object-rows.ts";

/** As each vendor says that it has no such thing. Of another key's it is said, too, so that nobody learns of it. */
const WORDS: Readonly<Record<ObjectKind, (id: string) => string>> = {
  "openai-file": (id) => `No such File object: ${id}`,
  "openai-batch": (id) => `No batch found with id '${id}'.`,
  "anthropic-batch": (id) => `Message batch ${id} not found.`,
  "gemini-batch": () => "Requested entity was not found.",
};

export function objectNotFound(kind: ObjectKind, id: string, param?: string): GatewayError {
  return new GatewayError("not_found", WORDS[kind](id.slice(0, 200)), param === undefined ? {} : { param });
}
