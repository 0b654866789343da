import { type ByteSpan, invalidRequest, isObject, type JsonValue, stringOf, valueAt } from "@signalbox/protocol";
import type { ClientRequest } from "../client-request.ts";

/** What a request says of state: https://platform.openai.com/docs/api-reference/responses/create */
export interface StateWish {
  readonly previous?: string;
  readonly conversation?: string;
  /** Absent: OpenAI's default, which is to keep the answer. */
  readonly store?: boolean;
  readonly background: boolean;
}

/** Throws `invalid_request`. */
export function stateWish(request: Pick<ClientRequest, "bytes" | "scan">): StateWish {
  const previous = textIn(request, "previous_response_id");
  const conversation = conversationIn(request);
  const store = flagIn(request, "store");
  const background = flagIn(request, "background") ?? false;
  if (previous !== undefined && conversation !== undefined) {
    throw invalidRequest(
      "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of them.",
      "previous_response_id",
    );
  }
  if (background && store === false) {
    throw invalidRequest("A background response is read later, so it cannot come with 'store': false.", "store");
  }
  return {
    ...(previous === undefined ? {} : { previous }),
    ...(conversation === undefined ? {} : { conversation }),
    ...(store === undefined ? {} : { store }),
    background,
  };
}

type Body = Pick<ClientRequest, "bytes" | "scan">;

function memberIn({ bytes, scan }: Body, name: string): JsonValue | undefined {
  const span: ByteSpan | undefined = scan.members.get(name);
  const value = span === undefined ? undefined : valueAt(bytes, span);
  return value === null ? undefined : value;
}

function textIn(body: Body, name: string): string | undefined {
  const value = memberIn(body, name);
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw invalidRequest(`'${name}' must be a non-empty string.`, name);
}

function flagIn(body: Body, name: string): boolean | undefined {
  const value = memberIn(body, name);
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidRequest(`'${name}' must be a boolean.`, name);
}

/** Its id, or an object that holds it. */
function conversationIn(body: Body): string | undefined {
  const value = memberIn(body, "conversation");
  if (value === undefined) return undefined;
  const id = isObject(value) ? stringOf(value["id"]) : stringOf(value);
  if (id !== undefined && id !== "") return id;
  throw invalidRequest("'conversation' must be the id of a conversation, or an object with its 'id'.", "conversation");
}
