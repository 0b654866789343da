import { randomUUID } from "node:crypto";
import { invalid } from "../../dialects/gemini/errors.ts";
import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, listOf, textOf } from "../../json.ts";
import type { KeptBatch, SimulatorState } from "../../state.ts";
import { jsonReply, type Service, type ServiceCall, type ServiceReply } from "../service.ts";
import { accountOf, pollsIn, run } from "./run.ts";

const CREATE = /\/models\/([^/]+):batchGenerateContent$/;
const PATH = /\/v1beta\/batches(?:\/([^/:]+)(:cancel)?)?$/;

/** https://ai.google.dev/api/batch-api */
export const geminiBatches: Service = {
  errors: "gemini",
  match: ({ method, path }) => {
    if (CREATE.test(path)) return method === "POST" ? {} : undefined;
    const [whole, id, cancel] = PATH.exec(path) ?? [];
    if (whole === undefined) return undefined;
    const known = id === undefined ? ["GET"] : cancel === undefined ? ["GET", "DELETE"] : ["POST"];
    return known.includes(method) ? {} : undefined;
  },
  answer: (call) => {
    const [, model] = CREATE.exec(call.exchange.path) ?? [];
    if (model !== undefined) return create(call, decodeURIComponent(model));
    const [, id, cancel] = PATH.exec(call.exchange.path) ?? [];
    if (id === undefined) return list(call);
    const batch = call.state.batches.get(decodeURIComponent(id));
    if (batch?.vendor !== "gemini" || batch.account !== accountOf(call.exchange)) {
      return { status: 404, message: "Requested entity was not found.", type: "NOT_FOUND" };
    }
    if (call.method === "DELETE") {
      call.state.batches.delete(batch.id);
      return jsonReply({});
    }
    const next = cancel === undefined ? polled(call.state, batch) : over(batch, "BATCH_STATE_CANCELLED", []);
    call.state.batches.set(batch.id, next);
    return jsonReply(cancel === undefined ? next.told : {});
  },
};

function create({ exchange, state }: ServiceCall, model: string): ServiceReply | Failure {
  const batch = fieldsOf(exchange.body["batch"]);
  const input = fieldsOf(batch["inputConfig"] ?? batch["input_config"]);
  const requests = listOf(fieldsOf(input["requests"])["requests"]);
  if (requests.length === 0) return invalid("* BatchGenerateContentRequest.batch.input_config: is required.");
  const named = [batch["model"], ...requests.map((request) => fieldsOf(fieldsOf(request)["request"])["model"])];
  if (named.some((name) => name !== undefined && name !== `models/${model}`)) {
    return invalid("* BatchGenerateContentRequest.batch.model: the model must be the one of the path.");
  }
  if (!requests.every((request) => isFields(fieldsOf(request)["request"]))) return invalid("* request: is required.");
  const id = randomUUID().replaceAll("-", "");
  const now = new Date().toISOString();
  const metadata = {
    "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
    model: `models/${model}`,
    displayName: batch["displayName"] ?? batch["display_name"] ?? "",
    createTime: now,
    updateTime: now,
    batchStats: { requestCount: String(requests.length), pendingRequestCount: String(requests.length) },
    state: "BATCH_STATE_PENDING",
    name: `batches/${id}`,
  };
  const told = { name: `batches/${id}`, metadata };
  state.batches.set(id, {
    id,
    vendor: "gemini",
    account: accountOf(exchange),
    told,
    pollsLeft: pollsIn(JSON.stringify(requests)),
    isOver: false,
    requests: requests.map(fieldsOf),
    results: "",
  });
  return jsonReply(told);
}

function polled(state: SimulatorState, batch: KeptBatch): KeptBatch {
  if (batch.isOver) return batch;
  if (batch.pollsLeft > 0) {
    const metadata = { ...fieldsOf(batch.told["metadata"]), state: "BATCH_STATE_RUNNING" };
    return { ...batch, pollsLeft: batch.pollsLeft - 1, told: { ...batch.told, metadata } };
  }
  const model = (textOf(fieldsOf(batch.told["metadata"])["model"]) ?? "").replace("models/", "");
  const path = `/v1beta/models/${model}:generateContent`;
  const responses = batch.requests.map((request) => {
    const { model: _, ...body } = fieldsOf(request["request"]);
    const answered = run({ dialect: "gemini", path, model, body }, state);
    const told = answered.status < 400 ? { response: answered.body } : { error: answered.body["error"] };
    return "metadata" in request ? { ...told, metadata: request["metadata"] } : told;
  });
  return over(batch, "BATCH_STATE_SUCCEEDED", responses);
}

function over(batch: KeptBatch, state: string, responses: readonly Fields[]): KeptBatch {
  if (batch.isOver) return batch;
  const output = responses.length === 0 ? {} : { output: { inlinedResponses: { inlinedResponses: responses } } };
  const metadata = { ...fieldsOf(batch.told["metadata"]), state, endTime: new Date().toISOString(), ...output };
  const response =
    responses.length === 0
      ? { error: { code: 1, message: "The batch was cancelled." } }
      : { response: { inlinedResponses: { inlinedResponses: responses } } };
  return { ...batch, isOver: true, told: { ...batch.told, metadata, done: true, ...response } };
}

function list({ exchange, state }: ServiceCall): ServiceReply {
  const mine = state.batches
    .values()
    .filter(({ vendor, account }) => vendor === "gemini" && account === accountOf(exchange));
  return jsonReply({ operations: mine.map(({ told }) => told).toReversed() });
}
