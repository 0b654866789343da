import {
  type ByteSpan,
  type Edit,
  elementsOf,
  invalidRequest,
  isObject,
  type JsonObject,
  numberOf,
  objectOf,
  scanObject,
  stringAt,
  stringOf,
  valueAt,
} from "@signalbox/protocol";
import type { KeptObject } from "../../store/objects/object-rows.ts";
import { admitFor } from "../admission.ts";
import type { Exchange } from "../exchange.ts";
import { objectIn, onceFor, sendObject } from "./answer.ts";
import { askForObject, askKeeper } from "./ask.ts";
import { admissionFacts, modelsIn } from "./batch-facts.ts";
import { batchAdder, NOTHING_ANSWERED } from "./batch-sums.ts";
import { fileIdsIn } from "./file-ids.ts";
import { askOfOwn, findOwn, forget, listOwn, see } from "./find.ts";
import { memberAt, readBatchBody, renamedAt } from "./inline-requests.ts";
import { keepStarted } from "./keep-started.ts";
import { keeperOf, planOfKeeper } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";
import { addressBefore } from "./own-address.ts";
import { ownFiles } from "./own-files.ts";
import { type BatchRun, hasBudgets, resolveModels, worstOfBatch } from "./resolve-models.ts";
import { anthropicResults, resultMeter } from "./result-lines.ts";
import { settleBatch } from "./settle-batch.ts";
import { streamContent } from "./stream-content.ts";
import { addDemand, limitsIn, type ModelDemand } from "./tally.ts";

const BATCH = "anthropic-batch";
const PATH = "/v1/messages/batches";

const pathOf = ({ id }: Pick<KeptObject, "id">): string => `${PATH}/${encodeURIComponent(id)}`;

/** `POST /v1/messages/batches` */
export async function createMessageBatch(exchange: Exchange): Promise<void> {
  const bytes = await readBatchBody(exchange);
  await onceFor(exchange, bytes, () => start(exchange, bytes));
}

async function start(exchange: Exchange, bytes: Buffer): Promise<void> {
  await ownFiles(exchange, fileIdsIn(bytes));
  const asked = requestsIn(exchange, bytes);
  const demands = new Map<string, ModelDemand>();
  for (const { model, span, body } of asked) {
    const size = span.end - span.start;
    addDemand(demands, { model, nameBytes: size, bytes: body.end - body.start, ...limitsAt(bytes, body) });
  }
  const run = resolveModels(exchange, [...demands.keys()], {
    resource: "anthropic-batches",
    endpoint: { dialect: "anthropic-messages" },
  });
  const { keeper } = run;
  const models = [...new Set([...run.models.values()].map(({ model }) => model))];
  exchange.outcome.model = models[0] ?? "";
  const plan = planOfKeeper(keeper);
  exchange.outcome.plan = plan;
  const worstNano = hasBudgets(exchange) ? worstOfBatch(run, demands, exchange.arrivedAt) : 0;
  const admission = await admitFor(exchange, plan, { tokens: { input: 0, output: 0 }, worstNano });
  const body = renamedAt(bytes, renamings(asked, run));
  const answer = await askForObject(exchange, keeper, { method: "POST", path: PATH, makes: models[0] ?? "", body });
  if (answer === undefined) throw invalidRequest(`The provider '${keeper.target.provider.id}' takes no batches.`);
  const id = stringOf(objectIn(answer)["id"]);
  const cancel = (started: string) => ({ method: "POST", path: `${pathOf({ id: started })}/cancel` }) as const;
  const facts = { ...admissionFacts(admission), models };
  await keepStarted(exchange, keeper, { kind: BATCH, id, answer, facts, admission, cancel });
  sendObject(exchange, shown(exchange, answer));
}

interface AskedMessage {
  readonly model: string;
  /** Where the model's name stands. */
  readonly span: ByteSpan;
  /** Where its parameters stand. */
  readonly body: ByteSpan;
}

/** The requests of the batch. Throws `invalid_request`. */
function requestsIn({ snapshot }: Exchange, bytes: Buffer): readonly AskedMessage[] {
  const limits = { maxDepth: snapshot.limits.jsonDepth };
  const list = scanObject(bytes, limits).members.get("requests");
  if (list === undefined || bytes[list.start] !== 0x5b) throw invalidRequest("requests: Field required", "requests");
  return elementsOf(bytes, list).map((element, index) => {
    const where = `requests.${index}`;
    const params = memberAt(bytes, element, "params");
    if (params === undefined || bytes[params.start] !== 0x7b) throw invalidRequest(`${where}.params: Field required`);
    const span = memberAt(bytes, params, "model");
    const model = span === undefined ? undefined : stringAt(bytes, span);
    if (span === undefined || model === undefined || model === "") {
      throw invalidRequest(`${where}.params.model: Field required`);
    }
    return { model, span, body: params };
  });
}

function limitsAt(bytes: Buffer, body: ByteSpan) {
  const found = memberAt(bytes, body, "max_tokens");
  const most = found === undefined ? undefined : valueAt(bytes, found);
  return limitsIn(most === undefined ? {} : { max_tokens: most });
}

function renamings(asked: readonly AskedMessage[], { models }: BatchRun): readonly Edit[] {
  return asked.flatMap(({ model, span }): Edit[] => {
    const name = models.get(model)?.model;
    return name === undefined || name === model ? [] : [{ ...span, text: JSON.stringify(name) }];
  });
}

/** `GET /v1/messages/batches/{id}` */
export async function getMessageBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "GET", path: pathOf(batch) });
  await noteBatch(exchange, batch, bytes);
  sendObject(exchange, shown(exchange, bytes));
}

/** `POST /v1/messages/batches/{id}/cancel` */
export async function cancelMessageBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "POST", path: `${pathOf(batch)}/cancel` });
  await noteBatch(exchange, batch, bytes);
  sendObject(exchange, shown(exchange, bytes));
}

/** `DELETE /v1/messages/batches/{id}` */
export async function deleteMessageBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "DELETE", path: pathOf(batch) });
  await forget(exchange, batch);
  sendObject(exchange, bytes);
}

/** `GET /v1/messages/batches/{id}/results`: what it has cost is known from it. */
export async function getMessageResults(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const keeper = keeperOf(exchange, batch);
  const adder = batchAdder(keeper.target.provider, exchange.arrivedAt);
  const meter = batch.billed ? undefined : resultMeter(adder, anthropicResults(modelsIn(batch.facts)));
  const done = await askKeeper(exchange, keeper, {
    question: { method: "GET", path: `${pathOf(batch)}/results`, outlivesClient: meter !== undefined },
    read: async (answer, talk) => {
      await streamContent(exchange, { answer, talk, meter });
      return true;
    },
  });
  if (done === undefined) throw objectNotFound(BATCH, id);
  if (meter !== undefined) await settleBatch(exchange, batch, adder.sums());
  exchange.response.end();
}

/** `GET /v1/messages/batches`: `after_id`, `before_id`, `limit`; newest first. */
export async function listMessageBatches(exchange: Exchange): Promise<void> {
  const { limit, id, order } = wishOf(exchange.surface.query);
  const page = { kind: BATCH, limit, order, ...(id === undefined ? {} : { after: id }) } as const;
  const found = await listOwn(exchange, page, async (batch) => {
    const seen = batch.seen === undefined ? undefined : objectIn(batch.seen);
    if (seen?.["processing_status"] === "ended") return seen;
    const bytes = await askForObject(exchange, keeperOf(exchange, batch), { method: "GET", path: pathOf(batch) });
    if (bytes === undefined) return seen;
    await noteBatch(exchange, batch, bytes);
    return objectIn(bytes);
  });
  if (found === undefined) throw invalidRequest(`Message batch ${id?.slice(0, 200) ?? ""} not found in this list.`);
  const objects = order === "asc" ? found.objects.toReversed() : found.objects;
  const data = objects.map((object) => withOwnUrl(exchange, object));
  sendObject(exchange, {
    data,
    has_more: found.hasMore,
    first_id: stringOf(data[0]?.["id"]) ?? null,
    last_id: stringOf(data.at(-1)?.["id"]) ?? null,
  });
}

const LARGEST_PAGE = 1000;
const USUAL_PAGE = 20;

/** What stands before a batch in a list that begins with the newest is newer: it is read the other way round. */
function wishOf(query: string): { readonly limit: number; readonly id?: string; readonly order: "asc" | "desc" } {
  const asked = new URLSearchParams(query);
  const limit = Number(asked.get("limit") ?? USUAL_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw invalidRequest(`limit: Input should be from 1 to ${LARGEST_PAGE}`, "limit");
  }
  const [after, before] = [asked.get("after_id"), asked.get("before_id")];
  if (after !== null && before !== null) throw invalidRequest("Only one of after_id and before_id may be given.");
  const id = after ?? before;
  return { limit, order: before === null ? "desc" : "asc", ...(id === null ? {} : { id }) };
}

async function noteBatch(exchange: Exchange, batch: KeptObject, bytes: Buffer): Promise<void> {
  await see(exchange, batch, bytes);
  const object = objectIn(bytes);
  const succeeded = numberOf(objectOf(object["request_counts"])?.["succeeded"]);
  if (object["processing_status"] === "ended" && succeeded === 0) await settleBatch(exchange, batch, NOTHING_ANSWERED);
}

/** Its results are to be fetched here: whoever else is asked for them does not know the caller. */
function shown(exchange: Exchange, bytes: Buffer): Uint8Array | JsonObject {
  const object = objectIn(bytes);
  return isObject(object) && typeof object["results_url"] === "string" ? withOwnUrl(exchange, object) : bytes;
}

function withOwnUrl({ request }: Exchange, object: JsonObject): JsonObject {
  const id = stringOf(object["id"]);
  if (typeof object["results_url"] !== "string" || id === undefined) return object;
  return { ...object, results_url: `${addressBefore(request, PATH)}${pathOf({ id })}/results` };
}
