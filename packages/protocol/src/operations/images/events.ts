import type { JsonObject } from "../../ir/json.ts";
import { formatSse } from "../../sse/format.ts";
import type { AnsweredRequest } from "../codec.ts";
import type { ImagesAnswer, ImagesRequest } from "./images.ts";
import { openaiImages } from "./openai.ts";

/**
 * A whole answer as OpenAI's stream of it: one last event for every picture.
 * https://developers.openai.com/api/reference/resources/images/generation-streaming-events
 */
export function imageEvents(answer: ImagesAnswer, context: AnsweredRequest<ImagesRequest>): string {
  const { request, now } = context;
  const kind = request.images.length === 0 ? "image_generation" : "image_edit";
  const { usage } = openaiImages.encodeResponse(answer, context);
  const about: JsonObject = {
    created_at: answer.created ?? now,
    size: request.size ?? "auto",
    quality: "auto",
    background: "auto",
  };
  return answer.images
    .map(({ base64 = "", mediaType = "image/png" }, index) => {
      // What all of them used is told once.
      const isLast = index === answer.images.length - 1;
      const type = `${kind}.completed`;
      const event = {
        type,
        b64_json: base64,
        ...about,
        output_format: mediaType.replace("image/", ""),
        ...(isLast && usage !== undefined ? { usage } : {}),
      };
      return formatSse({ event: type, data: JSON.stringify(event) });
    })
    .join("");
}
