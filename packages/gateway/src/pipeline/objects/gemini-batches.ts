import {
  type ByteSpan,
  type Edit,
  elementsOf,
  GatewayError,
  invalidRequest,
  isObject,
  type JsonObject,
  objectOf,
  objectsOf,
  stringAt,
  stringOf,
  valueAt,
} from "@signalbox/protocol";
import { plainName } from "../../routing/resolve.ts";
import type { KeptObject } from "../../store/objects/object-rows.ts";
import { encodedModel } from "../../upstream/endpoint-url.ts";
import { admitFor } from "../admission.ts";
import type { Exchange } from "../exchange.ts";
import { objectIn, onceFor, sendObject } from "./answer.ts";
import { askForObject } from "./ask.ts";
import { admissionFacts, modelsIn } from "./batch-facts.ts";
import { batchAdder, NOTHING_ANSWERED } from "./batch-sums.ts";
import { askOfOwn, findOwn, forget, LARGEST_SEEN, listOwn, see } from "./find.ts";
import { memberAt, readBatchBody, renamedAt } from "./inline-requests.ts";
import { keepStarted } from "./keep-started.ts";
import { keeperOf, planOfKeeper } from "./keeper.ts";
import { type BatchRun, hasBudgets, resolveModels, worstOfBatch } from "./resolve-models.ts";
import { addResult, geminiResults } from "./result-lines.ts";
import { settleBatch } from "./settle-batch.ts";
import { addDemand, limitsIn, type ModelDemand } from "./tally.ts";

const BATCH = "gemini-batch";

const pathOf = ({ id }: Pick<KeptObject, "id">): string => `/v1beta/batches/${encodeURIComponent(id)}`;

/** `POST /v1beta/models/{model}:batchGenerateContent`, with its requests in its body. */
export async function createGeminiBatch(exchange: Exchange): Promise<void> {
  if (exchange.surface.cloud !== undefined) throw new GatewayError("not_found", "There is no such method of a model.");
  const bytes = await readBatchBody(exchange);
  await onceFor(exchange, bytes, () => start(exchange, bytes));
}

async function start(exchange: Exchange, bytes: Buffer): Promise<void> {
  const asked = requestsIn(exchange, bytes);
  const demands = new Map<string, ModelDemand>();
  for (const body of asked.bodies) {
    addDemand(demands, { model: asked.model, nameBytes: 0, bytes: body.end - body.start, ...limitsAt(bytes, body) });
  }
  const run = resolveModels(exchange, [...new Set([asked.model, ...asked.names.map(({ name }) => name)])], {
    resource: "gemini-batches",
    endpoint: { dialect: "gemini" },
  });
  const model = theModel(run);
  const { keeper } = run;
  exchange.outcome.model = model;
  const plan = planOfKeeper(keeper);
  exchange.outcome.plan = plan;
  const worstNano = hasBudgets(exchange) ? worstOfBatch(run, demands, exchange.arrivedAt) : 0;
  const admission = await admitFor(exchange, plan, { tokens: { input: 0, output: 0 }, worstNano });
  const answer = await askForObject(exchange, keeper, {
    method: "POST",
    path: `/v1beta/models/${encodedModel(model)}:batchGenerateContent`,
    makes: model,
    body: renamedAt(bytes, renamings(asked, model)),
  });
  if (answer === undefined) throw invalidRequest(`'${keeper.target.provider.id}' takes no batches for '${model}'.`);
  const id = idIn(objectIn(answer));
  const cancel = (started: string) => ({ method: "POST", path: `${pathOf({ id: started })}:cancel` }) as const;
  const facts = { ...admissionFacts(admission), models: [model] };
  await keepStarted(exchange, keeper, { kind: BATCH, id, answer, facts, admission, cancel });
  sendObject(exchange, answer);
}

/** `batches/{id}` */
function idIn({ name }: JsonObject): string | undefined {
  return /^batches\/([^/]+)$/.exec(stringOf(name) ?? "")?.[1];
}

interface AskedContents {
  /** As the path names it. */
  readonly model: string;
  /** Where else the body names it. */
  readonly names: readonly (ByteSpan & { readonly name: string })[];
  readonly bodies: readonly ByteSpan[];
}

/** Google takes the names of its fields in either spelling. https://protobuf.dev/programming-guides/json/ */
function eitherAt(bytes: Buffer, span: ByteSpan | undefined, [camel, snake]: readonly [string, string]) {
  if (span === undefined) return undefined;
  const [one, other] = [memberAt(bytes, span, camel), memberAt(bytes, span, snake)];
  if (one !== undefined && other !== undefined) throw invalidRequest(`'${camel}' is there twice.`, camel);
  return one ?? other;
}

function requestsIn({ surface }: Exchange, bytes: Buffer): AskedContents {
  const whole = { start: bytes.indexOf("{"), end: bytes.length };
  const batch = memberAt(bytes, whole, "batch");
  const input = eitherAt(bytes, batch, ["inputConfig", "input_config"]);
  if (eitherAt(bytes, input, ["fileName", "file_name"]) !== undefined) {
    throw new GatewayError(
      "unsupported_feature",
      "Gemini's files are not kept through this gateway: send the requests of the batch in its body.",
      { param: "batch.input_config.file_name" },
    );
  }
  const wrapper = input === undefined ? undefined : memberAt(bytes, input, "requests");
  const list = wrapper === undefined ? undefined : memberAt(bytes, wrapper, "requests");
  if (batch === undefined || list === undefined || bytes[list.start] !== 0x5b) {
    throw invalidRequest("'batch.input_config.requests.requests' must be a list.", "batch.input_config");
  }
  const bodies = elementsOf(bytes, list).map((element) => memberAt(bytes, element, "request"));
  const known = bodies.filter((body) => body !== undefined).filter(({ start }) => bytes[start] === 0x7b);
  if (known.length === 0 || known.length < bodies.length) {
    throw invalidRequest("Every request of a batch must have a 'request'.", "batch.input_config");
  }
  const names = [batch, ...known].flatMap((span) => {
    const found = memberAt(bytes, span, "model");
    if (found === undefined) return [];
    const name = stringAt(bytes, found);
    if (name === undefined || name === "") throw invalidRequest("'model' must be a non-empty string.", "model");
    return [{ ...found, name: plainName(name) }];
  });
  return { model: plainName(surface.model ?? ""), names, bodies: known };
}

function limitsAt(bytes: Buffer, body: ByteSpan) {
  const found = eitherAt(bytes, body, ["generationConfig", "generation_config"]);
  const config = found === undefined ? undefined : valueAt(bytes, found);
  if (!isObject(config)) return limitsIn({});
  const most = config["maxOutputTokens"] ?? config["max_output_tokens"];
  const answers = config["candidateCount"] ?? config["candidate_count"];
  return limitsIn({
    ...(most === undefined ? {} : { max_tokens: most }),
    ...(answers === undefined ? {} : { n: answers }),
  });
}

/** The path's: Google runs all of a batch on it. */
function theModel({ models }: BatchRun): string {
  const [model, ...others] = new Set([...models.values()].map((target) => target.model));
  if (model === undefined || others.length > 0) {
    throw invalidRequest("All requests of a batch must name the model of its path.", "model");
  }
  return model;
}

function renamings({ names }: AskedContents, model: string): readonly Edit[] {
  const inOrder = names.toSorted((one, other) => one.start - other.start);
  return inOrder.map(({ start, end }): Edit => ({ start, end, text: JSON.stringify(`models/${model}`) }));
}

/** `GET /v1beta/batches/{id}`: with its results once it is over, from which is known what it has cost. */
export async function getGeminiBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "GET", path: pathOf(batch), outlivesClient: !batch.billed });
  await noteBatch(exchange, batch, bytes);
  sendObject(exchange, bytes);
}

/** `POST /v1beta/batches/{id}:cancel` */
export async function cancelGeminiBatch(exchange: Exchange, name: string): Promise<void> {
  const [, id] = /^(.+):cancel$/.exec(name) ?? [];
  if (id === undefined) throw new GatewayError("not_found", "There is no such method of a batch.");
  const batch = await findOwn(exchange, BATCH, id);
  sendObject(
    exchange,
    await askOfOwn(exchange, batch, { method: "POST", path: `${pathOf(batch)}:cancel`, body: "{}" }),
  );
}

/** `DELETE /v1beta/batches/{id}` */
export async function deleteGeminiBatch(exchange: Exchange, id: string): Promise<void> {
  const batch = await findOwn(exchange, BATCH, id);
  const bytes = await askOfOwn(exchange, batch, { method: "DELETE", path: pathOf(batch) });
  await forget(exchange, batch);
  sendObject(exchange, bytes);
}

const USUAL_PAGE = 50;
const LARGEST_PAGE = 100;

/** `GET /v1beta/batches`: `pageSize`, `pageToken`. Large results are left to the batch itself. */
export async function listGeminiBatches(exchange: Exchange): Promise<void> {
  const asked = new URLSearchParams(exchange.surface.query);
  const wanted = Number(asked.get("pageSize") ?? asked.get("page_size") ?? USUAL_PAGE);
  if (!Number.isInteger(wanted) || wanted < 0) throw invalidRequest("'pageSize' must be a whole number.", "pageSize");
  const after = asked.get("pageToken") ?? asked.get("page_token") ?? "";
  const limit = Math.min(LARGEST_PAGE, wanted === 0 ? USUAL_PAGE : wanted);
  const page = { kind: BATCH, limit, order: "desc", ...(after === "" ? {} : { after }) } as const;
  const found = await listOwn(exchange, page, async (batch) => {
    const object = await shownInList(exchange, batch);
    return object === undefined ? undefined : { ...object, name: `batches/${batch.id}` };
  });
  if (found === undefined) throw invalidRequest("'pageToken' is not valid.", "pageToken");
  const last = idIn(found.objects.at(-1) ?? {});
  sendObject(exchange, {
    operations: [...found.objects],
    ...(found.hasMore && last !== undefined ? { nextPageToken: last } : {}),
  });
}

async function shownInList(exchange: Exchange, batch: KeptObject): Promise<JsonObject | undefined> {
  const seen = batch.seen === undefined ? undefined : objectIn(batch.seen);
  if (seen?.["done"] === true) return seen;
  const bytes = await askForObject(exchange, keeperOf(exchange, batch), { method: "GET", path: pathOf(batch) });
  if (bytes === undefined) return seen;
  await noteBatch(exchange, batch, bytes);
  const object = objectIn(bytes);
  return bytes.length > LARGEST_SEEN ? withoutResults(object) : object;
}

function withoutResults({ response: _, metadata, ...rest }: JsonObject): JsonObject {
  const { output: __, ...told } = objectOf(metadata) ?? {};
  return { ...rest, metadata: told };
}

const FRUITLESS: ReadonlySet<string> = new Set(["BATCH_STATE_FAILED", "BATCH_STATE_CANCELLED", "BATCH_STATE_EXPIRED"]);

async function noteBatch(exchange: Exchange, batch: KeptObject, bytes: Buffer): Promise<void> {
  await see(exchange, batch, bytes);
  const object = objectIn(bytes);
  const metadata = objectOf(object["metadata"]);
  const isFruitless = FRUITLESS.has(stringOf(metadata?.["state"]) ?? "");
  if (batch.billed || (object["done"] !== true && !isFruitless)) return;
  const answers = inlined(objectOf(metadata?.["output"])) ?? inlined(objectOf(object["response"]));
  if (answers === undefined) {
    // Neither answers nor a failure: whatever it is, it is not known what it has cost.
    if (isFruitless || object["error"] !== undefined) await settleBatch(exchange, batch, NOTHING_ANSWERED);
    return;
  }
  const adder = batchAdder(keeperOf(exchange, batch).target.provider, exchange.arrivedAt);
  const read = geminiResults(modelsIn(batch.facts));
  for (const answer of answers) addResult(answer, { adder, read });
  await settleBatch(exchange, batch, adder.sums());
}

function inlined(output: JsonObject | undefined): readonly JsonObject[] | undefined {
  const wrapper = objectOf(output?.["inlinedResponses"]);
  return wrapper === undefined ? undefined : objectsOf(wrapper["inlinedResponses"]);
}
