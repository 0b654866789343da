import { type JsonObject, stringOf } from "@signalbox/protocol";
import type { KeptObject } from "../../store/objects/object-rows.ts";
import type { Exchange } from "../exchange.ts";
import { list, pageWish, unknownPlace } from "../responses/pages.ts";
import { objectIn, sendObject } from "./answer.ts";
import { askForObject, askKeeper, type Question } from "./ask.ts";
import { modelsIn } from "./batch-facts.ts";
import { batchAdder } from "./batch-sums.ts";
import { askOfOwn, findOwn, forget, listOwn, see } from "./find.ts";
import { fromObjects } from "./from-objects.ts";
import { type Keeper, keeperOf } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";
import { openaiResults, type ResultMeter, resultMeter } from "./result-lines.ts";
import { settleBatch } from "./settle-batch.ts";
import { streamContent } from "./stream-content.ts";

const FILE = "openai-file";

const pathOf = ({ id }: Pick<KeptObject, "id">): string => `/files/${encodeURIComponent(id)}`;

/** `GET /v1/files/{id}` */
export async function getFile(exchange: Exchange, id: string): Promise<void> {
  const file = await findOwn(exchange, FILE, id);
  const bytes = await askOfOwn(exchange, file, { method: "GET", path: pathOf(file) });
  await see(exchange, file, bytes);
  sendObject(exchange, bytes);
}

/** `DELETE /v1/files/{id}` */
export async function deleteFile(exchange: Exchange, id: string): Promise<void> {
  const file = await findOwn(exchange, FILE, id);
  const bytes = await askOfOwn(exchange, file, { method: "DELETE", path: pathOf(file) });
  await forget(exchange, file);
  sendObject(exchange, bytes);
}

const LARGEST_PAGE = 10_000;

/** `GET /v1/files`: as they were when they were last seen, which is all that changes of a file. */
export async function listFiles(exchange: Exchange): Promise<void> {
  const { query } = exchange.surface;
  const wish = pageWish(query, { usual: LARGEST_PAGE, largest: LARGEST_PAGE });
  const purpose = new URLSearchParams(query).get("purpose");
  const page = { kind: FILE, ...wish, ...(purpose === null || purpose === "" ? {} : { purpose }) } as const;
  const found = await listOwn(exchange, page, (file) => shownFile(exchange, file));
  if (found === undefined) throw unknownPlace(wish.after ?? "");
  sendObject(exchange, list(found.objects, found.hasMore));
}

async function shownFile(exchange: Exchange, file: KeptObject): Promise<JsonObject | undefined> {
  if (file.seen !== undefined) return objectIn(file.seen);
  const bytes = await askForObject(exchange, keeperOf(exchange, file), { method: "GET", path: pathOf(file) });
  if (bytes === undefined) return undefined;
  await see(exchange, file, bytes);
  return objectIn(bytes);
}

/** `GET /v1/files/{id}/content`. What a batch has cost is known from its results. */
export async function getContent(exchange: Exchange, id: string): Promise<void> {
  const file = await findOwn(exchange, FILE, id);
  const keeper = keeperOf(exchange, file);
  const batch = await unbilledBatch(exchange, file);
  const metered = batch === undefined ? undefined : meterOf(exchange, keeper, batch);
  const path = `${pathOf(file)}/content`;
  const question: Question = { method: "GET", path, outlivesClient: metered !== undefined };
  const done = await askKeeper(exchange, keeper, {
    question,
    read: async (answer, talk) => {
      await streamContent(exchange, { answer, talk, meter: metered?.meter });
      return true;
    },
  });
  if (done === undefined) throw objectNotFound(FILE, id);
  if (batch !== undefined && metered !== undefined) await settleBatch(exchange, batch, metered.sums());
  exchange.response.end();
}

/** The batch whose results this file holds, where the ledger does not know yet what they cost. */
async function unbilledBatch(exchange: Exchange, file: KeptObject): Promise<KeptObject | undefined> {
  const id = stringOf(file.facts["results"]);
  if (id === undefined) return undefined;
  const { keyId } = file;
  const batch = await fromObjects(() => exchange.services.objects.get({ kind: "openai-batch", id, keyId }));
  return batch?.billed === false ? batch : undefined;
}

function meterOf({ arrivedAt }: Exchange, { target }: Keeper, batch: KeptObject) {
  const adder = batchAdder(target.provider, arrivedAt);
  const url = stringOf(batch.facts["url"]) ?? "";
  const meter: ResultMeter = resultMeter(adder, openaiResults(url, modelsIn(batch.facts)));
  return { meter, sums: adder.sums };
}
