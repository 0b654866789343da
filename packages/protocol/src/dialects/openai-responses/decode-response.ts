import { GatewayError } from "../../ir/errors.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import type { JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject } from "../../json/parse.ts";
import { objectOf, objectsOf } from "../../json/read.ts";
import { outputItemParts } from "./decode-items.ts";
import { decodeFailure } from "./errors.ts";
import { missingCallId, responseHead, responseTail } from "./response-fields.ts";

export function decodeResponse(body: JsonValue, origin: Origin): CanonicalResponse {
  if (!isObject(body)) throw notAResponse();
  const error = objectOf(body["error"]);
  if (error !== undefined || body["status"] === "failed") throw decodeFailure(error ?? {});
  if (!Array.isArray(body["output"])) throw notAResponse();
  const head = responseHead(body);
  const parts = objectsOf(body["output"]).flatMap((item, position) =>
    outputItemParts(item, origin, missingCallId(head.id, position)),
  );
  return { ...head, parts, ...responseTail(body, new Set(parts.map((part) => part.type))) };
}

const notAResponse = (): GatewayError =>
  new GatewayError("upstream_invalid_response", "The upstream's answer is not a response of the Responses API.");
