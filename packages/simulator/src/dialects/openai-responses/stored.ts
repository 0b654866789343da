import type { Failure } from "../../exchange.ts";
import { type Fields, textOf } from "../../json.ts";
import type { StoredWish } from "../../routes.ts";
import type { SimulatorState, StoredResponse } from "../../state.ts";
import { invalid } from "./errors.ts";

export interface StoredQuestion {
  readonly id: string;
  readonly wish: StoredWish;
  readonly query: URLSearchParams;
}

/** What can be done with a response that is kept: https://platform.openai.com/docs/api-reference/responses/get */
export function answerStored(question: StoredQuestion, state: SimulatorState): Fields | Failure {
  const { id, wish, query } = question;
  const stored = state.storedResponses.get(id);
  if (stored === undefined) return { ...invalid(`Response with id '${id}' not found.`), status: 404 };
  switch (wish) {
    case "get":
      state.storedResponses.set(id, { ...stored, untouched: false });
      return stored.response;
    case "delete":
      state.storedResponses.delete(id);
      return { id, object: "response", deleted: true };
    case "cancel":
      return cancel(id, stored, state);
    case "input-items":
      return inputItems(stored, query);
  }
}

export const isFailure = (answer: Fields | Failure): answer is Failure => typeof answer["message"] === "string";

/** Only what runs in the background can be cancelled; what has ended stays as it is. */
function cancel(id: string, stored: StoredResponse, state: SimulatorState): Fields | Failure {
  if (stored.response["background"] !== true) return invalid("Cannot cancel a synchronous response.");
  if (!stored.untouched) return stored.response;
  const response = { ...stored.response, status: "cancelled", output: [], completed_at: null, usage: null };
  state.storedResponses.set(id, { ...stored, response, untouched: false });
  return response;
}

function inputItems({ items, response }: StoredResponse, query: URLSearchParams): Fields | Failure {
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    return invalid("Invalid 'limit': expected an integer from 1 to 100.", "limit", "invalid_value");
  }
  const all = items.map((item, index) => shown(item, `${String(response["id"])}_${index}`));
  const ordered = query.get("order") === "asc" ? all : all.toReversed();
  const after = query.get("after");
  const start = after === null ? 0 : ordered.findIndex((item) => item["id"] === after) + 1;
  const data = ordered.slice(start, start + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: ordered.length > start + limit,
  };
}

function shown(item: Fields, made: string): Fields {
  const id = textOf(item["id"]) ?? `msg_${made}`;
  const { content } = item;
  if (typeof content !== "string") return { ...item, id };
  const type = item["role"] === "assistant" ? "output_text" : "input_text";
  return { ...item, id, type: "message", status: "completed", content: [{ type, text: content }] };
}
