import type { CanonicalRequest } from "../../ir/request.ts";
import { featureName } from "../shared/extensions.ts";
import { DIALECT } from "./wire.ts";

/** Fields that point to something that only OpenAI's servers hold. Without it the same request means something else. */
const POINTERS = ["previous_response_id", "conversation", "prompt"] as const;

/**
 * The features (`previous-response-id`, `conversation`, `prompt`, `item-reference`) by which a request refers to state
 * on the server of the vendor. Where there are any, another dialect cannot answer the request: it is to be refused with
 * `unsupported_feature` rather than sent without its history.
 */
export function serverStateFeatures(request: CanonicalRequest): readonly string[] {
  const fields = request.extensions?.[DIALECT] ?? {};
  const pointers = POINTERS.filter((field) => fields[field] !== undefined).map(featureName);
  return refersToItems(request) ? [...pointers, "item-reference"] : pointers;
}

function refersToItems(request: CanonicalRequest): boolean {
  return request.messages.some((message) =>
    message.content.some(
      (part) => part.type === "unknown" && part.origin.dialect === DIALECT && part.value["type"] === "item_reference",
    ),
  );
}

/** Whether the client relies on the vendor keeping the answer, so that `store` is not for the gateway to choose. */
export function asksForState(request: CanonicalRequest): boolean {
  const fields = request.extensions?.[DIALECT] ?? {};
  return fields["background"] === true || serverStateFeatures(request).length > 0;
}
