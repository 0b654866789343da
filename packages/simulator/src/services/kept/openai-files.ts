import { randomUUID } from "node:crypto";
import { invalid } from "../../dialects/openai-chat/errors.ts";
import type { Failure } from "../../exchange.ts";
import type { Fields } from "../../json.ts";
import type { KeptFile, SimulatorState } from "../../state.ts";
import { fieldOf, type ReceivedForm } from "../form.ts";
import { jsonReply, type Service, type ServiceCall, type ServiceReply } from "../service.ts";
import { accountOf } from "./run.ts";

const PATH = /^(?!.*\/v1beta\/).*\/files(?:\/([^/]+?)(\/content)?)?$/;
const PURPOSES = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];
const FIELDS = ["file", "purpose", "expires_after[anchor]", "expires_after[seconds]"];
const MONTH_S = 30 * 86_400;

/** https://developers.openai.com/api/reference/resources/files */
export const openaiFiles: Service = {
  errors: "openai-chat",
  takesForm: true,
  match: ({ method, path }) => {
    const [whole, id, content] = PATH.exec(path) ?? [];
    if (whole === undefined) return undefined;
    const known = id === undefined ? ["GET", "POST"] : content === undefined ? ["GET", "DELETE"] : ["GET"];
    return known.includes(method) ? {} : undefined;
  },
  answer: (call) => {
    const [, id, content] = PATH.exec(call.exchange.path) ?? [];
    if (id === undefined) return call.method === "POST" ? upload(call) : list(call);
    const file = fileOf(call, decodeURIComponent(id));
    if (file === undefined) return noFile(decodeURIComponent(id));
    if (content !== undefined) return contentOf(file);
    if (call.method === "GET") return jsonReply(file.told);
    call.state.files.delete(file.id);
    return jsonReply({ id: file.id, object: "file", deleted: true });
  },
};

export const noFile = (id: string): Failure => ({ ...invalid(`No such File object: ${id}`, "id"), status: 404 });

export function fileOf({ state, exchange }: Pick<ServiceCall, "state" | "exchange">, id: string): KeptFile | undefined {
  const file = state.files.get(id);
  return file?.account === accountOf(exchange) ? file : undefined;
}

function upload({ form, exchange, state }: ServiceCall): ServiceReply | Failure {
  if (form === undefined) return invalid("Could not parse multipart form: Content-Type is not multipart/form-data.");
  const problem = problemOf(form);
  if (problem !== undefined) return problem;
  const part = form.parts.find(({ name }) => name === "file");
  const purpose = fieldOf(form, "purpose") ?? "";
  const seconds = fieldOf(form, "expires_after[seconds]") ?? (purpose === "batch" ? String(MONTH_S) : undefined);
  const file = putFile(state, {
    account: accountOf(exchange),
    content: part?.head ?? Buffer.alloc(0),
    told: { bytes: part?.size ?? 0, filename: part?.filename ?? "", purpose },
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
  });
  return jsonReply(file.told);
}

function problemOf(form: ReceivedForm): Failure | undefined {
  if (form.problem !== undefined) return invalid(`Could not parse multipart form: ${form.problem}.`);
  const other = form.parts.find(({ name }) => !FIELDS.includes(name));
  if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other.name}`);
  const file = form.parts.find(({ name }) => name === "file");
  if (file?.filename === undefined) return invalid("'file' is a required property", "file");
  const purpose = fieldOf(form, "purpose") ?? "";
  if (!PURPOSES.includes(purpose)) return invalid(`'${purpose}' is not one of ${JSON.stringify(PURPOSES)}`, "purpose");
  const seconds = fieldOf(form, "expires_after[seconds]");
  if (seconds === undefined) return undefined;
  const isInRange = Number(seconds) >= 3600 && Number(seconds) <= MONTH_S;
  return isInRange ? undefined : invalid("'expires_after.seconds' must be from 3600 to 2592000", "expires_after");
}

export interface NewFile {
  readonly account: string;
  readonly content: Buffer;
  readonly told: Fields;
  readonly seconds?: number;
}

export function putFile(state: SimulatorState, { account, content, told, seconds }: NewFile): KeptFile {
  const id = `file-${randomUUID().replaceAll("-", "").slice(0, 24)}`;
  const createdAt = Math.floor(Date.now() / 1000);
  const expires = seconds === undefined ? {} : { expires_at: createdAt + seconds };
  const whole = {
    id,
    object: "file",
    created_at: createdAt,
    ...told,
    ...expires,
    status: "processed",
    status_details: null,
  };
  const file: KeptFile = { id, account, content, told: whole };
  state.files.set(id, file);
  return file;
}

function list({ exchange, state }: ServiceCall): ServiceReply {
  const purpose = exchange.query.get("purpose");
  const mine = state.files.values().filter(({ account }) => account === accountOf(exchange));
  const data = mine.map(({ told }) => told).filter((told) => purpose === null || told["purpose"] === purpose);
  return jsonReply({ object: "list", data: data.toReversed(), has_more: false });
}

function contentOf({ told, content }: KeptFile): ServiceReply | Failure {
  if (told["purpose"] === "user_data" || told["purpose"] === "vision") {
    return invalid(`Not allowed to download files of purpose: ${String(told["purpose"])}`);
  }
  return { contentType: "application/octet-stream", body: pieces(content) };
}

function* pieces(content: Buffer): Iterable<Uint8Array> {
  for (let from = 0; from < content.length; from += 64 * 1024) yield content.subarray(from, from + 64 * 1024);
}
