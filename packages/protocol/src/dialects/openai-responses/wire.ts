import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import type { Part } from "../../ir/parts.ts";
import { compact, objectOf, stringOf } from "../../json/read.ts";
import type { SseMessage } from "../../sse/message.ts";

export const DIALECT = "openai-responses";

/** The origin of what a client of this dialect replays: it does not say which provider made it. */
export const CLIENT_ORIGIN: Origin = { dialect: DIALECT };

/** How a client asks for reasoning that it can replay without stored state. https://platform.openai.com/docs/guides/reasoning */
export const ENCRYPTED_REASONING = "reasoning.encrypted_content";

/** https://developers.openai.com/api/docs/guides/tools-web-search#sources */
export const SEARCH_SOURCES = "web_search_call.action.sources";

const OTHER_CONTENT = new Set(["text", "refusal", "reasoning_text", "summary_text", "computer_screenshot"]);

/** Whether a `type` names a piece of a message's content, rather than an item of the conversation. */
export function isContentType(type: JsonValue | undefined): boolean {
  return typeof type === "string" && (/^(input|output)_/.test(type) || OTHER_CONTENT.has(type));
}

/** Items that the client makes; all others that the IR has no word for are the model's. */
export function isClientItemType(type: string): boolean {
  return /_(output|response|trigger|update|tools)$/.test(type) && type !== "mcp_list_tools";
}

/** The fields of a wire object that the codec has no word for. `null` counts as absent. */
export function leftovers(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const entries = Object.entries(object).filter(
    ([key, value]) => value !== undefined && value !== null && !known.has(key),
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

type Extension = NonNullable<Part["extension"]>;

export function extensionOf(fields: JsonObject | undefined): Extension | undefined {
  return fields === undefined ? undefined : { dialect: DIALECT, fields };
}

/** What a part's extension says in this dialect. `item` holds the fields of the message around it. */
export function ownFields(part: Pick<Part, "extension">): { readonly item?: JsonObject; readonly own: JsonObject } {
  if (part.extension?.dialect !== DIALECT) return { own: {} };
  const { item, ...own } = part.extension.fields;
  return compact({ item: objectOf(item), own });
}

/** An event with its type on the event line as well, as OpenAI sends it and the SDKs need it for `error`. */
export function sseEvent(body: JsonObject): SseMessage {
  return { event: stringOf(body["type"]) ?? "message", data: JSON.stringify(body) };
}
