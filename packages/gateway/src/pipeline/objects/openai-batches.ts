import { invalidRequest, type JsonObject, numberOf, objectOf, stringOf } from "@signalbox/protocol";
import type { KeptObject } from "../../store/objects/object-rows.ts";
import { admitFor } from "../admission.ts";
import type { Exchange } from "../exchange.ts";
import { parseBody, readBounded } from "../receive.ts";
import { list, pageWish, unknownPlace } from "../responses/pages.ts";
import { objectIn, onceFor, sendObject } from "./answer.ts";
import { askForObject } from "./ask.ts";
import { admissionFacts } from "./batch-facts.ts";
import { NOTHING_ANSWERED } from "./batch-sums.ts";
import { askOfOwn, findOwn, listOwn, see } from "./find.ts";
import { fromObjects } from "./from-objects.ts";
import { keepStarted } from "./keep-started.ts";
import { keeperOf, keyOf, planOfKeeper } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";
import { hasBudgets } from "./resolve-models.ts";
import { settleBatch } from "./settle-batch.ts";
import { runOf } from "./upload.ts";

const BATCH = "openai-batch";
const BODY_LIMIT = 1024 * 1024;

const pathOf = ({ id }: Pick<KeptObject, "id">): string => `/batches/${encodeURIComponent(id)}`;

/** `POST /v1/batches`: of a file of the caller's, whose lines are what the caller may ask still. */
export async function createBatch(exchange: Exchange): Promise<void> {
  const bytes = await readBounded(exchange.request, BODY_LIMIT);
  await onceFor(exchange, bytes, () => startBatch(exchange, bytes));
}

async function startBatch(exchange: Exchange, bytes: Buffer): Promise<void> {
  const body = parseBody(bytes);
  const id = stringOf(body["input_file_id"]);
  if (id === undefined) throw invalidRequest("'input_file_id' is a required property.", "input_file_id");
  const file = await ownLines(exchange, id);
  const { url, models } = linesIn(file);
  if (body["endpoint"] !== url) {
    throw invalidRequest(`The lines of '${id.slice(0, 200)}' ask '${url}': 'endpoint' must say the same.`, "endpoint");
  }
  const keeper = keeperOf(exchange, file);
  // Rights may have changed since the upload, and so may what a name stands for.
  const run = runOf(exchange, { url, models: models.map(([name]) => name), provider: file.provider });
  for (const [name, model] of models) {
    if (run.models.get(name)?.model === model) continue;
    throw invalidRequest(`'${name}' stands for another model now: upload the file again.`, "input_file_id");
  }
  const model = models[0]?.[1] ?? "";
  exchange.outcome.model = model;
  const plan = planOfKeeper(keeper);
  exchange.outcome.plan = plan;
  const worstNano = hasBudgets(exchange) ? (numberOf(file.facts["worstNano"]) ?? 0) : 0;
  const admission = await admitFor(exchange, plan, { tokens: { input: 0, output: 0 }, worstNano });
  const answer = await askForObject(exchange, keeper, { method: "POST", path: "/batches", makes: model, body: bytes });
  if (answer === undefined) throw objectNotFound("openai-file", id, "input_file_id");
  const cancel = (id: string) => ({ method: "POST", path: `${pathOf({ id })}/cancel` }) as const;
  const facts = { ...admissionFacts(admission), url, models: models.map(([, model]) => model) };
  await keepStarted(exchange, keeper, {
    kind: BATCH,
    id: stringOf(objectIn(answer)["id"]),
    answer,
    facts,
    admission,
    cancel,
  });
  sendObject(exchange, answer);
}

async function ownLines(exchange: Exchange, id: string): Promise<KeptObject> {
  const { id: keyId } = keyOf(exchange);
  const file = await fromObjects(() => exchange.services.objects.get({ kind: "openai-file", id, keyId }));
  if (file === undefined) throw objectNotFound("openai-file", id, "input_file_id");
  if (file.purpose === "batch") return file;
  throw invalidRequest(`The file '${id.slice(0, 200)}' was not uploaded with the purpose 'batch'.`, "input_file_id");
}

interface Lines {
  readonly url: string;
  /** As the client named them, and as the upstream does. */
  readonly models: readonly (readonly [string, string])[];
}

function linesIn({ facts }: KeptObject): Lines {
  const models = Array.isArray(facts["models"]) ? facts["models"] : [];
  const pairs = models.flatMap((pair): [string, string][] => {
    const [name, model] = Array.isArray(pair) ? pair : [];
    return typeof name === "string" && typeof model === "string" ? [[name, model]] : [];
  });
  return { url: stringOf(facts["url"]) ?? "", models: pairs };
}

/** `GET /v1/batches/{id}` */
export async function getBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "GET", path: pathOf(batch) });
  await noteBatch(exchange, batch, bytes);
  sendObject(exchange, bytes);
}

/** `POST /v1/batches/{id}/cancel` */
export async function cancelBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "POST", path: `${pathOf(batch)}/cancel` });
  await noteBatch(exchange, batch, bytes);
  sendObject(exchange, bytes);
}

/** `GET /v1/batches`. Those that were not over are asked for anew. */
export async function listBatches(exchange: Exchange): Promise<void> {
  const wish = pageWish(exchange.surface.query);
  const found = await listOwn(exchange, { kind: BATCH, ...wish, order: "desc" }, async (batch) => {
    const seen = batch.seen === undefined ? undefined : objectIn(batch.seen);
    if (seen !== undefined && isOver(seen)) return seen;
    const bytes = await askForObject(exchange, keeperOf(exchange, batch), { method: "GET", path: pathOf(batch) });
    if (bytes === undefined) return seen;
    await noteBatch(exchange, batch, bytes);
    return objectIn(bytes);
  });
  if (found === undefined) throw unknownPlace(wish.after ?? "");
  sendObject(exchange, list(found.objects, found.hasMore));
}

const OVER: ReadonlySet<string> = new Set(["failed", "completed", "expired", "cancelled"]);

const isOver = ({ status }: JsonObject): boolean => typeof status === "string" && OVER.has(status);

/** What the upstream tells of a batch: its files are its owner's, and one that has answered nothing has cost nothing. */
async function noteBatch(exchange: Exchange, batch: KeptObject, bytes: Buffer): Promise<void> {
  const object = objectIn(bytes);
  await see(exchange, batch, bytes);
  await keepResults(exchange, batch, { id: stringOf(object["output_file_id"]), purpose: "batch_output" });
  await keepResults(exchange, batch, { id: stringOf(object["error_file_id"]), purpose: "batch_output", failed: true });
  const completed = numberOf(objectOf(object["request_counts"])?.["completed"]) ?? 0;
  const isEmpty = stringOf(object["output_file_id"]) === undefined && completed === 0;
  if (isOver(object) && isEmpty) await settleBatch(exchange, batch, NOTHING_ANSWERED);
}

interface Results {
  readonly id: string | undefined;
  readonly purpose: string;
  readonly failed?: true;
}

async function keepResults(exchange: Exchange, batch: KeptObject, { id, purpose, failed }: Results): Promise<void> {
  if (id === undefined || id === "") return;
  const { keyId, team, org, provider, credential } = batch;
  const { objects } = exchange.services;
  const isOwn = await fromObjects(async () => {
    if ((await objects.get({ kind: "openai-file", id, keyId })) !== undefined) return true;
    return objects.put({
      kind: "openai-file",
      id,
      keyId,
      ...(team === undefined ? {} : { team }),
      ...(org === undefined ? {} : { org }),
      provider,
      ...(credential === undefined ? {} : { credential }),
      purpose,
      facts: failed === true ? {} : { results: batch.id },
      createdAt: exchange.arrivedAt,
    });
  });
  if (!isOwn) exchange.services.log.warn({ batch: batch.id, file: id }, "the results of a batch have another's id");
}
