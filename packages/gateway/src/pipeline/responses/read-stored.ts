import { GatewayError, invalidRequest, isObject, type JsonObject, parseJson, stringOf } from "@signalbox/protocol";
import { isRunning, type KeptResponse, type UpstreamKeeper } from "../../store/responses/response-rows.ts";
import type { Exchange } from "../exchange.ts";
import { askKeeper } from "./ask-keeper.ts";
import { fromStore } from "./away.ts";
import { chainItems, itemsBefore, keyOf } from "./history.ts";
import { itemsIn, shownItem } from "./items.ts";
import { pageOf, pageWish } from "./pages.ts";
import { responseNotFound } from "./refusals.ts";
import { storedText, withStatus } from "./response-text.ts";

/** `GET /v1/responses/{id}`: https://platform.openai.com/docs/api-reference/responses/get */
export async function getStored(exchange: Exchange, id: string): Promise<JsonObject> {
  const { query } = exchange.surface;
  if (new URLSearchParams(query).get("stream") === "true") {
    throw new GatewayError(
      "unsupported_feature",
      "A response that is kept is not streamed again here: ask without 'stream' until its status is neither queued nor in_progress.",
      { param: "stream" },
    );
  }
  const kept = await find(exchange, id);
  return kept.words === undefined ? fromUpstream(exchange, kept, { method: "GET", query }) : shown(kept);
}

/** `DELETE /v1/responses/{id}`. What runs is ended first. */
export async function deleteStored(exchange: Exchange, id: string): Promise<JsonObject> {
  const kept = await find(exchange, id);
  const { responses, runs } = exchange.services;
  if (kept.upstream !== undefined) await deleteThere(exchange, kept.upstream);
  if (isRunning(kept.status)) await fromStore(() => responses.cancel(kept.keyId, id));
  await fromStore(() => responses.delete(kept.keyId, id));
  runs.stop(id);
  return { id, object: "response", deleted: true };
}

/** `POST /v1/responses/{id}/cancel`: only what runs in the background can be, and what has ended stays as it is. */
export async function cancelStored(exchange: Exchange, id: string): Promise<JsonObject> {
  const kept = await find(exchange, id);
  if (!kept.background) throw invalidRequest("Cannot cancel a synchronous response.");
  const { responses, runs } = exchange.services;
  if (!(await fromStore(() => responses.cancel(kept.keyId, id)))) return shown(await find(exchange, id));
  runs.stop(id);
  return shown({ ...kept, status: "cancelled" });
}

/** `GET /v1/responses/{id}/input_items`: all that it was asked with, also what it went on from. */
export async function inputItemsOf(exchange: Exchange, id: string): Promise<JsonObject> {
  const { query } = exchange.surface;
  const wish = pageWish(query);
  const kept = await find(exchange, id);
  const { upstream } = kept;
  if (upstream !== undefined) return fromUpstream(exchange, kept, { method: "GET", query, below: "/input_items" });
  const before = await fromStore(() =>
    kept.parentId === undefined ? itemsBefore(exchange, kept) : chainItems(exchange, kept.parentId),
  );
  const own = kept.words === undefined ? [] : [kept.words.input];
  const items = [...before, ...own].flatMap((array) => itemsIn(array));
  return pageOf(
    items.map((bytes, index) => shownItem(bytes, `${kept.keyId}|${kept.id}|${index}`)),
    wish,
  );
}

async function find(exchange: Exchange, id: string): Promise<KeptResponse> {
  const kept = await fromStore(() => exchange.services.responses.get(keyOf(exchange), id));
  if (kept === undefined) throw responseNotFound(id);
  return kept;
}

function shown({ words, status, background }: KeptResponse): JsonObject {
  const response = words === undefined ? {} : storedText(words.response);
  return background ? withStatus(response, status) : response;
}

interface Wanted {
  readonly method: "GET";
  readonly query: string;
  readonly below?: string;
}

async function fromUpstream(exchange: Exchange, { id, upstream }: KeptResponse, wanted: Wanted): Promise<JsonObject> {
  if (upstream === undefined) throw responseNotFound(id);
  const bytes = await askKeeper(exchange, upstream, wanted);
  if (bytes === undefined) throw responseNotFound(id);
  const body = parseJson(bytes.toString());
  if (!isObject(body)) throw new GatewayError("upstream_invalid_response", "The upstream's answer is no JSON object.");
  // A response that the client knows under another name than the upstream.
  return stringOf(body["id"]) === upstream.id ? { ...body, id } : body;
}

/** What is gone there already is gone. */
async function deleteThere(exchange: Exchange, keeper: UpstreamKeeper): Promise<void> {
  await askKeeper(exchange, keeper, { method: "DELETE", query: "" });
}
