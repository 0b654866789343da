import type { JsonObject } from "../../ir/json.ts";
import type { SearchPart } from "../../ir/parts.ts";
import { compact, stringOf } from "../../json/read.ts";
import { madeSearchId } from "../shared/made-ids.ts";
import { reportSearchPart } from "../shared/search-losses.ts";
import { type Answer, itemId, NOTHING_MORE, sealCurrent } from "./answer.ts";
import type { StartedPart } from "./answer-message.ts";
import { SEARCH_ID, SEARCH_ITEM } from "./search-items.ts";
import { DIALECT } from "./wire.ts";

/**
 * A search as its item: it is announced, runs and is done. Where the upstream tells of call and results apart, whatever came in
 * between stands behind the item, whose place was taken by the call.
 */
export function startSearch(answer: Answer, part: SearchPart): StartedPart {
  const known = part.half === "results" ? answer.searches.get(part.id) : undefined;
  if (known !== undefined) {
    answer.searches.delete(part.id);
    const item = { ...known.item, ...said({ ...part, queries: known.queries }, answer) };
    return { events: finished(answer, { index: known.index, item }), part: NOTHING_MORE };
  }
  const sealed = sealCurrent(answer);
  const own = part.raw?.origin.dialect === DIALECT ? part.raw.value : undefined;
  let id = "";
  const { index, events } = answer.begin((at) => {
    const given = part.id === "" ? itemId(answer, "search", at) : part.id;
    id = stringOf(own?.["id"]) ?? madeSearchId(SEARCH_ID, given);
    return { id, type: SEARCH_ITEM, status: "in_progress" };
  });
  const running = ["in_progress", "searching"].map((step) => stepEvent(answer, step, { index, id }));
  const item = own ?? { id, type: SEARCH_ITEM, ...said(part, answer) };
  if (part.half === "call") {
    answer.searches.set(part.id, { index, item, queries: part.queries });
    return { events: [...sealed, ...events, ...running], part: NOTHING_MORE };
  }
  return { events: [...sealed, ...events, ...running, ...finished(answer, { index, item })], part: NOTHING_MORE };
}

interface PlacedItem {
  readonly index: number;
  readonly item: JsonObject;
}

const stepEvent = (answer: Answer, step: string, { index, id }: { readonly index: number; readonly id: string }) =>
  answer.event(`response.${SEARCH_ITEM}.${step}`, { output_index: index, item_id: id });

function finished(answer: Answer, { index, item }: PlacedItem): readonly JsonObject[] {
  const completed =
    item["status"] === "completed" ? [stepEvent(answer, "completed", { index, id: stringOf(item["id"]) ?? "" })] : [];
  return [...completed, ...answer.finish(index, item)];
}

/** Searches that the answer ended without results of: a server's tool that waits for the next turn. */
export function endSearches(answer: Answer): readonly JsonObject[] {
  const left = [...answer.searches.values()];
  answer.searches.clear();
  return left.flatMap(({ index, item }) => answer.finish(index, { ...item, status: "in_progress" }));
}

function said(part: SearchPart, { context }: Answer): JsonObject {
  const { queries, results, error } = part;
  reportSearchPart(part, { dialect: DIALECT, says: ["queries", "pages"] }, context.losses);
  return {
    status: error === undefined ? "completed" : "failed",
    action: compact({
      type: "search",
      query: queries.join(" | "),
      queries: queries.length > 1 ? queries : undefined,
      sources: results?.map(({ url }) => ({ type: "url", url })),
    }),
  };
}
