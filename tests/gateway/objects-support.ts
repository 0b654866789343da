import { createHash } from "node:crypto";
import { plainKey } from "../../packages/gateway/src/config/client-key.ts";
import type { ClientKey } from "../../packages/gateway/src/config/settings.ts";
import { FORM_TYPE, field, form, type Piece } from "./audio-support.ts";
import { type Answer, type Call, type Rig, send } from "./support.ts";

export const secretOf = (tenant: string) => `the-key-of-the-tenant-${tenant}`;

export const tenantKey = (tenant: string, more: Partial<ClientKey> = {}): ClientKey => ({
  ...plainKey({ id: tenant, name: tenant, hash: createHash("sha256").update(secretOf(tenant)).digest("hex") }),
  ...more,
});

const price = { input: 2, output: 10, tiers: { batch: 0.5 } };
const models = [
  { id: "m", price },
  { id: "other", price },
  { id: "dear", price: { ...price, input: 200 } },
];

/** Of these, `openai` and `spare` keep files; prices are US dollars for a million tokens. */
export const objectProviders = (url: string): Readonly<Record<string, unknown>> => ({
  first: {
    auth: "bearer",
    models,
    credentials: [
      { key: "account-one", name: "one", priority: 0 },
      { key: "account-two", name: "two", priority: 1 },
    ],
    endpoints: { "openai-chat": { baseUrl: `${url}/v1` }, "openai-responses": { baseUrl: `${url}/v1` } },
    resources: ["openai-files", "openai-batches"],
  },
  spare: {
    auth: "none",
    models: [{ id: "m", price }, "unpriced-in-batches"],
    endpoints: { "openai-chat": { baseUrl: `${url}/v1` } },
    resources: ["openai-files", "openai-batches"],
  },
  claude: {
    auth: { header: "x-api-key" },
    models,
    credentials: ["claude-account"],
    endpoints: { "anthropic-messages": { baseUrl: url } },
    resources: ["anthropic-batches"],
  },
  google: {
    auth: "none",
    models,
    endpoints: { gemini: { baseUrl: url } },
    resources: ["gemini-batches"],
  },
});

export const publicModels = { fast: { targets: ["first/m"] }, "house-claude": { targets: ["claude/m"] } };

export interface Line {
  readonly model?: string;
  readonly text?: string;
  readonly url?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

export const lineOf = (
  { model = "first/m", text = "hello", url = "/v1/chat/completions", body = {}, id }: Line,
  at = 0,
) =>
  JSON.stringify({
    custom_id: id ?? `line-${at}`,
    method: "POST",
    url,
    body: { model, messages: [{ role: "user", content: text }], max_tokens: 100, ...body },
  });

export const linesOf = (...lines: readonly Line[]) => lines.map((line, at) => `${lineOf(line, at)}\n`).join("");

export const parsed = ({ text }: Answer) => JSON.parse(text);

/** What a tenant does, in OpenAI's words where nothing else is said. */
export function tenantOf(rig: Rig, tenant: string) {
  /** `to`: method and path. */
  const call = (to: string, more: Partial<Call> = {}): Promise<Answer> => {
    const [method = "", path = ""] = to.split(" ");
    const headers = { authorization: `Bearer ${secretOf(tenant)}`, ...more.headers };
    return send(rig.gateway.url, { ...more, method, path, headers });
  };
  const upload = (content: string | Buffer, purpose = "batch"): Promise<Answer> => {
    const file: Piece = { name: "file", filename: "lines.jsonl", value: content };
    return call("POST /v1/files", { raw: form(file, field("purpose", purpose)), headers: FORM_TYPE });
  };
  const uploaded = async (content: string | Buffer, purpose?: string): Promise<string> =>
    parsed(await upload(content, purpose)).id;
  const started = (fileId: string, endpoint = "/v1/chat/completions"): Promise<Answer> =>
    call("POST /v1/batches", { body: { input_file_id: fileId, endpoint, completion_window: "24h" } });
  /** The batch of these lines, over. */
  const finished = async (...lines: readonly Line[]) => {
    const batch = parsed(await started(await uploaded(linesOf(...lines)), lines[0]?.url));
    return parsed(await call(`GET /v1/batches/${batch.id}`));
  };
  return { call, upload, uploaded, started, finished };
}

/** What the ledger says of the requests of an operation. */
export async function rowsOf(rig: Rig, operation = "batch") {
  const told = await send(rig.gateway.url, { method: "GET", path: "/v1/usage/requests?limit=100" });
  const { data } = JSON.parse(told.text);
  return data.filter((row: { operation: string }) => row.operation === operation);
}
