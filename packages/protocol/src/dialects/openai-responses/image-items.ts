import type { JsonObject } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { MediaPart, Part } from "../../ir/parts.ts";
import { objectOf, stringOf } from "../../json/read.ts";
import { openToolCallId } from "../shared/envelope.ts";
import { imageTypeOf } from "../shared/inline-media.ts";
import { DIALECT } from "./wire.ts";

/** What the tool that makes pictures leaves in a conversation. */
export const IMAGE_ITEM = "image_generation_call";

/**
 * A picture that was made, with all else that its item says, so that it comes back as it was. An item without one, of which
 * the making has failed or is not over, stays unknown. The item's id may carry what other dialects' models want back.
 */
export function imagePart(item: JsonObject, origin: Origin): Part {
  const { result, ...about } = item;
  const data = stringOf(result);
  if (data === undefined || data === "") return { type: "unknown", origin, value: item };
  const { carried } = openToolCallId(stringOf(item["id"]) ?? "");
  const opaque = carried.find(({ of }) => of === "media")?.opaque;
  const format = stringOf(item["output_format"]);
  return {
    type: "media",
    kind: "image",
    mediaType: format === undefined ? (imageTypeOf(data) ?? "image/png") : `image/${format}`,
    source: { type: "base64", data },
    ...(opaque === undefined ? { extension: { dialect: DIALECT, fields: { [IMAGE_ITEM]: about } } } : { opaque }),
  };
}

/** The item that the picture came in. */
export function imageItem(part: MediaPart): JsonObject | undefined {
  if (part.extension?.dialect !== DIALECT || part.source.type !== "base64") return undefined;
  const about = objectOf(part.extension.fields[IMAGE_ITEM]);
  return about === undefined ? undefined : { ...about, result: part.source.data };
}
