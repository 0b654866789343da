import { randomUUID } from "node:crypto";
import { invalid } from "../../dialects/openai-chat/errors.ts";
import type { DialectId, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, parseJson, textOf } from "../../json.ts";
import type { KeptBatch, SimulatorState } from "../../state.ts";
import { completions } from "../completions.ts";
import { openaiEmbeddings } from "../embeddings.ts";
import { moderation } from "../moderation.ts";
import { isFailure, jsonReply, type Service, type ServiceCall, type ServiceReply } from "../service.ts";
import { fileOf, noFile, putFile } from "./openai-files.ts";
import { type Answered, accountOf, exchangeOf, pollsIn, run } from "./run.ts";

const PATH = /^(?!.*(?:\/v1beta\/|\/messages\/)).*\/batches(?:\/([^/]+?)(\/cancel)?)?$/;
const DIALECTS: Readonly<Record<string, DialectId>> = {
  "/v1/chat/completions": "openai-chat",
  "/v1/responses": "openai-responses",
};
const SERVICES: Readonly<Record<string, Service>> = {
  "/v1/embeddings": openaiEmbeddings,
  "/v1/completions": completions,
  "/v1/moderations": moderation,
};

/** https://developers.openai.com/api/reference/resources/batches */
export const openaiBatches: Service = {
  errors: "openai-chat",
  match: ({ method, path }) => {
    const [whole, id, cancel] = PATH.exec(path) ?? [];
    if (whole === undefined) return undefined;
    const known = id === undefined ? ["GET", "POST"] : cancel === undefined ? ["GET"] : ["POST"];
    return known.includes(method) ? {} : undefined;
  },
  answer: (call) => {
    const [, id, cancel] = PATH.exec(call.exchange.path) ?? [];
    if (id === undefined) return call.method === "POST" ? create(call) : list(call);
    const batch = call.state.batches.get(decodeURIComponent(id));
    if (batch?.vendor !== "openai" || batch.account !== accountOf(call.exchange)) {
      return { ...invalid(`No batch found with id '${decodeURIComponent(id)}'.`), status: 404 };
    }
    const next = cancel === undefined ? polled(call.state, batch) : cancelled(batch);
    call.state.batches.set(batch.id, next);
    return jsonReply(next.told);
  },
};

const seconds = (): number => Math.floor(Date.now() / 1000);

function create(call: ServiceCall): ServiceReply | Failure {
  const { exchange, state } = call;
  const { body } = exchange;
  const { endpoint } = body;
  const inputId = textOf(body["input_file_id"]) ?? "";
  if (body["completion_window"] !== "24h") return invalid("Invalid value: 'completion_window'.", "completion_window");
  if (typeof endpoint !== "string" || !(endpoint in DIALECTS || endpoint in SERVICES)) {
    return invalid("Invalid value: 'endpoint'.", "endpoint");
  }
  const file = fileOf(call, inputId);
  if (file === undefined) return noFile(inputId);
  if (file.told["purpose"] !== "batch") return invalid("Invalid file purpose.", "input_file_id");
  const text = file.content.toString("utf8");
  const read = readLines(text, endpoint);
  const id = `batch_${randomUUID().replaceAll("-", "")}`;
  const told = {
    id,
    object: "batch",
    endpoint,
    errors: null,
    input_file_id: inputId,
    completion_window: "24h",
    status: "validating",
    output_file_id: null,
    error_file_id: null,
    created_at: seconds(),
    expires_at: seconds() + 86_400,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata: body["metadata"] ?? null,
  };
  const wrong = "errors" in read ? { errors: { object: "list", data: read.errors } } : {};
  const batch: KeptBatch = {
    id,
    vendor: "openai",
    account: accountOf(exchange),
    told: { ...told, ...wrong },
    pollsLeft: pollsIn(text),
    isOver: false,
    requests: "lines" in read ? read.lines : [],
    results: "",
  };
  state.batches.set(id, batch);
  return jsonReply(told);
}

type Read = { readonly lines: readonly Fields[] } | { readonly errors: readonly Fields[] };

/** What OpenAI finds wrong with a file's lines when it looks at them. */
function readLines(text: string, endpoint: string): Read {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const parsed = lines.map(parseJson);
  const ids = new Set<unknown>();
  const models = new Set<unknown>();
  const errors = parsed.flatMap((line, index): Fields[] => {
    const wrong = wrongWith(fieldsOf(line), { endpoint, ids });
    models.add(fieldsOf(fieldsOf(line)["body"])["model"]);
    return isFields(line) && wrong === undefined
      ? []
      : [{ code: wrong ?? "invalid_json_line", line: index + 1, message: wrong, param: null }];
  });
  if (models.size > 1) errors.push({ code: "mismatched_model", line: 1, message: "mismatched_model", param: "model" });
  return errors.length > 0 ? { errors } : { lines: parsed.map(fieldsOf) };
}

function wrongWith(line: Fields, { endpoint, ids }: { readonly endpoint: string; readonly ids: Set<unknown> }) {
  if (typeof line["custom_id"] !== "string" || ids.has(line["custom_id"])) return "duplicate_custom_id";
  ids.add(line["custom_id"]);
  if (line["method"] !== "POST") return "invalid_method";
  if (line["url"] !== endpoint) return "mismatched_url";
  return isFields(line["body"]) ? undefined : "missing_required_parameter";
}

function polled(state: SimulatorState, batch: KeptBatch): KeptBatch {
  if (batch.isOver) return batch;
  const { told } = batch;
  if (told["errors"] !== null)
    return { ...batch, isOver: true, told: { ...told, status: "failed", failed_at: seconds() } };
  if (told["status"] === "cancelling") {
    return { ...batch, isOver: true, told: { ...told, status: "cancelled", cancelled_at: seconds() } };
  }
  if (batch.pollsLeft > 0) {
    return {
      ...batch,
      pollsLeft: batch.pollsLeft - 1,
      told: { ...told, status: "in_progress", in_progress_at: seconds() },
    };
  }
  return completed(state, batch);
}

function completed(state: SimulatorState, batch: KeptBatch): KeptBatch {
  const answered = batch.requests.map((line) => ({ line, ...answerLine(line, state) }));
  const good = answered.filter(({ status }) => status < 400);
  const bad = answered.filter(({ status }) => status >= 400);
  const write = (some: typeof answered) => {
    if (some.length === 0) return null;
    const lines = some.map(({ line, status, body }) => ({
      id: `batch_req_${randomUUID().slice(0, 8)}`,
      custom_id: line["custom_id"],
      response: { status_code: status, request_id: randomUUID(), body },
      error: null,
    }));
    const content = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const told = { bytes: content.length, filename: `${batch.id}_output.jsonl`, purpose: "batch_output" };
    return putFile(state, { account: batch.account, content, told }).id;
  };
  const sum = (kind: "input" | "output") => good.reduce((total, { usage }) => total + usage[kind], 0);
  const usage = {
    input_tokens: sum("input"),
    output_tokens: sum("output"),
    total_tokens: sum("input") + sum("output"),
  };
  return {
    ...batch,
    isOver: true,
    told: {
      ...batch.told,
      status: "completed",
      completed_at: seconds(),
      output_file_id: write(good),
      error_file_id: write(bad),
      request_counts: { total: answered.length, completed: good.length, failed: bad.length },
      usage,
    },
  };
}

function answerLine(line: Fields, state: SimulatorState): Answered {
  const url = textOf(line["url"]) ?? "";
  const body = fieldsOf(line["body"]);
  const model = textOf(body["model"]) ?? "";
  const dialect = DIALECTS[url];
  if (dialect !== undefined) return run({ dialect, path: url, model, body }, state);
  const exchange = exchangeOf({ path: url, model, body });
  const reply = SERVICES[url]?.answer({ method: "POST", state, exchange, bytes: Buffer.from(JSON.stringify(body)) });
  if (reply === undefined || isFailure(reply)) return { status: 400, body: {}, usage: { input: 0, output: 0 } };
  const text = typeof reply.body === "string" ? reply.body : "";
  return { status: 200, body: fieldsOf(parseJson(text)), usage: reply.usage ?? { input: 0, output: 0 } };
}

function cancelled(batch: KeptBatch): KeptBatch {
  if (batch.isOver) return batch;
  return { ...batch, told: { ...batch.told, status: "cancelling", cancelling_at: seconds() } };
}

function list({ exchange, state }: ServiceCall): ServiceReply {
  const mine = state.batches
    .values()
    .filter(({ vendor, account }) => vendor === "openai" && account === accountOf(exchange));
  return jsonReply({ object: "list", data: mine.map(({ told }) => told).toReversed(), has_more: false });
}
