import { randomUUID } from "node:crypto";
import { invalid } from "../../dialects/anthropic-messages/errors.ts";
import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, jsonSize, listOf, textOf } from "../../json.ts";
import type { KeptBatch, SimulatorState } from "../../state.ts";
import { jsonReply, type Service, type ServiceCall, type ServiceReply } from "../service.ts";
import { accountOf, pollsIn, run } from "./run.ts";

const PATH = /\/messages\/batches(?:\/([^/]+?)(?:\/(cancel|results))?)?$/;
const CUSTOM_ID = /^[a-zA-Z0-9_-]{1,64}$/;

const METHODS: Readonly<Record<string, readonly string[]>> = {
  all: ["GET", "POST"],
  one: ["GET", "DELETE"],
  cancel: ["POST"],
  results: ["GET"],
};

/** https://platform.claude.com/docs/en/api/messages/batches */
export const anthropicBatches: Service = {
  errors: "anthropic-messages",
  match: ({ method, path }) => {
    const [whole, id, below] = PATH.exec(path) ?? [];
    if (whole === undefined) return undefined;
    return METHODS[below ?? (id === undefined ? "all" : "one")]?.includes(method) === true ? {} : undefined;
  },
  answer: (call) => {
    const [, id, below] = PATH.exec(call.exchange.path) ?? [];
    if (call.exchange.headers["anthropic-version"] === undefined)
      return invalid("anthropic-version: header is required");
    if (id === undefined) return call.method === "POST" ? create(call) : list(call);
    const batch = call.state.batches.get(decodeURIComponent(id));
    if (batch?.vendor !== "anthropic" || batch.account !== accountOf(call.exchange)) {
      return notFound(`Message batch ${decodeURIComponent(id)} not found.`);
    }
    if (below === "results") return results(batch);
    if (call.method === "DELETE") return remove(call.state, batch);
    const next = below === "cancel" ? cancelled(batch) : polled(call, batch);
    call.state.batches.set(batch.id, next);
    return jsonReply(next.told);
  },
};

const notFound = (message: string): Failure => ({ status: 404, message, type: "not_found_error" });

function create({ exchange, state }: ServiceCall): ServiceReply | Failure {
  const requests = listOf(exchange.body["requests"]);
  const problem = problemOf(requests);
  if (problem !== undefined) return invalid(problem);
  const id = `msgbatch_${randomUUID().replaceAll("-", "").slice(0, 24)}`;
  const told = {
    id,
    type: "message_batch",
    processing_status: "in_progress",
    request_counts: countsOf(requests.length, "processing"),
    ended_at: null,
    created_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    archived_at: null,
    cancel_initiated_at: null,
    results_url: null,
  };
  state.batches.set(id, {
    id,
    vendor: "anthropic",
    account: accountOf(exchange),
    told,
    pollsLeft: pollsIn(JSON.stringify(requests)),
    isOver: false,
    requests: requests.map(fieldsOf),
    results: "",
  });
  return jsonReply(told);
}

function problemOf(requests: readonly unknown[]): string | undefined {
  if (requests.length === 0) return "requests: List should have at least 1 item after validation, not 0";
  const ids = new Set<unknown>();
  for (const [index, request] of requests.entries()) {
    const { custom_id: id, params, ...others } = fieldsOf(request);
    if (typeof id !== "string" || !CUSTOM_ID.test(id))
      return `requests.${index}.custom_id: String should match pattern`;
    if (ids.has(id)) return `requests.${index}.custom_id: Duplicate custom_id '${id}'`;
    ids.add(id);
    if (!isFields(params)) return `requests.${index}.params: Field required`;
    if (jsonSize(others) > 2) return `requests.${index}: Extra inputs are not permitted`;
  }
  return undefined;
}

type Count = "processing" | "succeeded" | "errored" | "canceled";

const countsOf = (total: number, kind: Count): Fields => ({
  processing: 0,
  succeeded: 0,
  errored: 0,
  canceled: 0,
  expired: 0,
  [kind]: total,
});

function polled({ state, exchange }: ServiceCall, batch: KeptBatch): KeptBatch {
  if (batch.isOver) return batch;
  if (batch.told["processing_status"] === "canceling") return ended(exchange, batch, canceledLines(batch));
  if (batch.pollsLeft > 0) return { ...batch, pollsLeft: batch.pollsLeft - 1 };
  return ended(
    exchange,
    batch,
    batch.requests.map((request) => resultOf(request, state)),
  );
}

const canceledLines = ({ requests }: KeptBatch): readonly Fields[] =>
  requests.map((request) => ({ custom_id: request["custom_id"], result: { type: "canceled" } }));

function resultOf(request: Fields, state: SimulatorState): Fields {
  const body = fieldsOf(request["params"]);
  const model = textOf(body["model"]) ?? "";
  const { status, body: message } = run({ dialect: "anthropic-messages", path: "/v1/messages", model, body }, state);
  const { custom_id } = request;
  if (status >= 400) return { custom_id, result: { type: "errored", error: message } };
  const usage = { ...fieldsOf(message["usage"]), service_tier: "batch" };
  return { custom_id, result: { type: "succeeded", message: { ...message, usage } } };
}

function ended({ headers }: Exchange, batch: KeptBatch, lines: readonly Fields[]): KeptBatch {
  const count = (type: string) => lines.filter((line) => fieldsOf(line["result"])["type"] === type).length;
  const counts = {
    processing: 0,
    succeeded: count("succeeded"),
    errored: count("errored"),
    canceled: count("canceled"),
    expired: 0,
  };
  return {
    ...batch,
    isOver: true,
    results: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    told: {
      ...batch.told,
      processing_status: "ended",
      ended_at: new Date().toISOString(),
      request_counts: counts,
      results_url: `http://${headers.host ?? "localhost"}/v1/messages/batches/${batch.id}/results`,
    },
  };
}

function cancelled(batch: KeptBatch): KeptBatch {
  if (batch.isOver) return batch;
  const told = { ...batch.told, processing_status: "canceling", cancel_initiated_at: new Date().toISOString() };
  return { ...batch, told };
}

function remove(state: SimulatorState, { id, isOver }: KeptBatch): ServiceReply | Failure {
  if (!isOver) return invalid(`Batch ${id} cannot be deleted while it is in progress: cancel it first.`);
  state.batches.delete(id);
  return jsonReply({ id, type: "message_batch_deleted" });
}

function results({ id, isOver, results: text }: KeptBatch): ServiceReply | Failure {
  if (!isOver) return notFound(`Batch ${id} has no results yet.`);
  return { contentType: "application/x-jsonl", body: text.split(/(?<=\n)/) };
}

function list({ exchange, state }: ServiceCall): ServiceReply {
  const mine = state.batches
    .values()
    .filter(({ vendor, account }) => vendor === "anthropic" && account === accountOf(exchange));
  const data = mine.map(({ told }) => told).toReversed();
  return jsonReply({ data, has_more: false, first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null });
}
