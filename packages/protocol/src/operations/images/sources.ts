import { invalidRequest } from "../../ir/errors.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { isObject } from "../../json/parse.ts";
import { objectOf, readArray, stringOf } from "../../json/read.ts";
import { type SourceImage, sourceImage } from "./images.ts";

export interface Sources {
  readonly images: readonly SourceImage[];
  readonly mask?: SourceImage;
  /** Some are base64 and nothing around it, as Routeway's clients write them, which OpenAI does not take. */
  readonly areBare: boolean;
}

/** The pictures that are to be changed, by the names and in the forms that clients have for them. */
export function readSources(body: JsonObject): Sources {
  const { image } = body;
  const single = typeof image === "string" || isObject(image) ? [image] : readArray(image, "image");
  const list = readArray(body["images"], "images") ?? single ?? [];
  const images = list.map((item, index) => readImage(item, `images.${index}`));
  const written = body["mask"] ?? undefined;
  const areBare = [...list, written].some((item) => bareBase64(item) !== undefined);
  return { images, areBare, ...(written === undefined ? {} : { mask: readImage(written, "mask") }) };
}

function readImage(value: JsonValue, path: string): SourceImage {
  if (typeof value === "string") return bareBase64(value) ?? sourceImage(value);
  const fields = isObject(value) ? value : {};
  const url =
    stringOf(fields["image_url"]) ?? stringOf(objectOf(fields["image_url"])?.["url"]) ?? stringOf(fields["url"]);
  if (url !== undefined) return sourceImage(url);
  const id = stringOf(fields["file_id"]);
  if (id !== undefined) return { type: "file", id };
  throw invalidRequest(`'${path}' must have an 'image_url' or a 'file_id'.`, path);
}

/** How files of each type begin, in base64. */
const BEGINNINGS = [
  { begins: "iVBORw0KGgo", mediaType: "image/png" },
  { begins: "/9j/", mediaType: "image/jpeg" },
  { begins: "R0lGOD", mediaType: "image/gif" },
  { begins: "UklGR", mediaType: "image/webp" },
];

function bareBase64(value: JsonValue | undefined): SourceImage | undefined {
  if (typeof value !== "string") return undefined;
  const found = BEGINNINGS.find(({ begins }) => value.startsWith(begins));
  return found === undefined ? undefined : { type: "base64", mediaType: found.mediaType, data: value };
}
