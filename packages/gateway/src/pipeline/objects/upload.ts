import { GatewayError, invalidRequest, type JsonObject, numberOf, stringOf } from "@signalbox/protocol";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import { admitFor } from "../admission.ts";
import type { Exchange } from "../exchange.ts";
import type { Form, FormPart, PartContent } from "../forms/form.ts";
import { formOf } from "../forms/form-of.ts";
import { nothingIsKept } from "../responses/refusals.ts";
import { keepsNothing } from "../responses/zero-retention.ts";
import { objectIn, sendObject } from "./answer.ts";
import { askForObject } from "./ask.ts";
import { batchEndpoint } from "./batch-endpoints.ts";
import { fromObjects } from "./from-objects.ts";
import { type InspectedLines, inspectLines, type LineLimits, renamedLines } from "./inspect-lines.ts";
import { enterKeeper, type Keeper, keyOf, NO_MODEL, placeOf, planOfKeeper } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";
import { ownFiles } from "./own-files.ts";
import { type BatchRun, resolveModels, worstOfBatch } from "./resolve-models.ts";

/** What is sent up, and where to. */
interface Upload {
  readonly keeper: Keeper;
  readonly content: PartContent;
  /** Of lines of a batch: what starting it has to know. */
  readonly facts: JsonObject;
}

/**
 * `POST /v1/files`. The form waits on the disk until all of it is there, so that lines of a batch are known before anything of them
 * goes up: what the caller may not ask is refused, and names of models become the upstream's.
 */
export async function uploadFile(exchange: Exchange): Promise<void> {
  const { outcome } = exchange;
  if (keepsNothing(keyOf(exchange).policies)) throw nothingIsKept("file");
  outcome.model = NO_MODEL;
  const form = formOf(exchange, ["file", "purpose"], { files: 1 });
  try {
    await form.done;
    const file = fileIn(form);
    const purpose = await form.field("purpose");
    if (purpose === undefined || purpose === "") throw invalidRequest("'purpose' is a required property.", "purpose");
    const upload = purpose === "batch" ? await batchUpload(exchange, file) : plainUpload(exchange, file);
    const plan = planOfKeeper(upload.keeper);
    outcome.plan = plan;
    await admitFor(exchange, plan, { tokens: { input: 0, output: 0 }, worstNano: 0 });
    const bytes = await send(exchange, form, upload);
    await keepFile(exchange, { ...upload, bytes, purpose });
    sendObject(exchange, bytes);
  } finally {
    form.discard();
  }
}

function fileIn({ parts }: Form): FormPart {
  const file = parts.find(({ name }) => name === "file");
  if (file?.filename === undefined) throw invalidRequest("'file' is a required property.", "file");
  return file;
}

/** The only provider that may be asked, as the header or the query names it. Throws `not_found`. */
export function askedProvider({ request, surface, snapshot }: Exchange): ResolvedProvider | undefined {
  const header = request.headers["x-signalbox-provider"];
  const name = typeof header === "string" ? header : new URLSearchParams(surface.query).get("provider");
  if (name === null || name === "") return undefined;
  const provider = snapshot.providers.get(snapshot.providerAliases.get(name) ?? name);
  if (provider === undefined) throw new GatewayError("not_found", `There is no provider '${name.slice(0, 100)}' here.`);
  return provider;
}

function plainUpload(exchange: Exchange, { content }: FormPart): Upload {
  const asked = askedProvider(exchange);
  if (asked !== undefined) return { keeper: enterKeeper(exchange, asked, "openai-files"), content, facts: {} };
  let closed: unknown;
  for (const provider of exchange.snapshot.providers.values()) {
    if (placeOf(provider, "openai-files") === undefined) continue;
    try {
      return { keeper: enterKeeper(exchange, provider, "openai-files"), content, facts: {} };
    } catch (error) {
      closed ??= error;
    }
  }
  throw closed ?? new GatewayError("not_found", "There is no provider here that keeps files.");
}

async function batchUpload(exchange: Exchange, { content }: FormPart): Promise<Upload> {
  const { limits } = exchange.snapshot;
  const lineLimits = { lineBytes: limits.bodyBytes["openai-chat"], depth: limits.jsonDepth };
  const lines = await inspectLines(content.read(), lineLimits);
  await ownFiles(exchange, lines.fileIds);
  const run = runOf(exchange, {
    url: lines.url,
    models: [...lines.demands.keys()],
    provider: askedProvider(exchange)?.id,
  });
  // Each is known under its own name from now on, which is what a later look at the caller's rights asks for.
  const asked = [...run.models].map(([name, { model }]) => [name, model]);
  return {
    keeper: run.keeper,
    content: await contentFor(content, { lines, run, limits: lineLimits }),
    facts: { url: lines.url, models: asked, worstNano: worstOfBatch(run, lines.demands, exchange.arrivedAt) },
  };
}

export interface BatchModels {
  readonly url: string;
  /** As the lines name them. */
  readonly models: readonly string[];
  readonly provider?: string | undefined;
}

/** Who may run these lines for the caller. Throws as `resolveModels` does. */
export function runOf(exchange: Exchange, { url, models, provider }: BatchModels): BatchRun {
  const endpoint = batchEndpoint(url);
  if (endpoint === undefined) throw invalidRequest(`'${url.slice(0, 100)}' cannot be asked in a batch.`, "endpoint");
  expectSurface(exchange, endpoint.dialect);
  const run = resolveModels(exchange, models, { resource: "openai-batches", endpoint, provider });
  if (placeOf(run.keeper.target.provider, "openai-files") === undefined) {
    throw new GatewayError("not_found", `The provider '${run.keeper.target.provider.id}' keeps no files here.`);
  }
  return run;
}

/** A key may be closed for the API that the lines ask, though not for this one. */
function expectSurface({ outcome }: Exchange, dialect: "openai-chat" | "openai-responses" | string): void {
  const closed = outcome.key?.policies.some(
    ({ policy }) => policy.surfaces?.some((open) => open === dialect) === false,
  );
  if (closed === true) {
    throw new GatewayError("permission_denied", `This API key may not be used with the ${dialect} API.`);
  }
}

interface Renaming {
  readonly lines: InspectedLines;
  readonly run: BatchRun;
  readonly limits: LineLimits;
}

/** As it came where all names are the upstream's own. */
async function contentFor(content: FormPart["content"], { lines, run, limits }: Renaming): Promise<PartContent> {
  const names = new Map([...run.models].map(([name, { model }]) => [name, model]));
  if ([...lines.demands.keys()].every((name) => names.get(name) === name)) return content;
  const read = () => renamedLines(content.read(), names, limits);
  let size = 0;
  for await (const piece of read()) size += piece.length;
  return { size, read };
}

async function send(exchange: Exchange, form: Form, { keeper, content }: Upload): Promise<Buffer> {
  const { contentType, length, body } = form.encode({ replace: {}, contents: { file: content } });
  const bytes = await askForObject(exchange, keeper, {
    method: "POST",
    path: "/files",
    makes: NO_MODEL,
    headers: { "content-type": contentType, ...(length === undefined ? {} : { "content-length": String(length) }) },
    body,
  });
  if (bytes !== undefined) return bytes;
  throw new GatewayError("upstream_error", `The provider '${keeper.target.provider.id}' has no API for files.`);
}

interface Uploaded extends Upload {
  readonly bytes: Buffer;
  readonly purpose: string;
}

async function keepFile(exchange: Exchange, { keeper, bytes, purpose, facts }: Uploaded): Promise<void> {
  const { objects } = exchange.services;
  const { id: keyId, team, org } = keyOf(exchange);
  const object = objectIn(bytes);
  const id = stringOf(object["id"]);
  if (id === undefined) throw new GatewayError("upstream_invalid_response", "The upstream's file has no id.");
  const expiresAt = numberOf(object["expires_at"]);
  const { target, credential } = keeper;
  const isOwn = await fromObjects(() =>
    objects.put({
      kind: "openai-file",
      id,
      keyId,
      ...(team === undefined ? {} : { team }),
      ...(org === undefined ? {} : { org }),
      provider: target.provider.id,
      ...(credential === undefined ? {} : { credential: credential.id }),
      purpose,
      facts,
      createdAt: exchange.arrivedAt,
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt * 1000 }),
      seen: bytes,
    }),
  ).catch(async (error: unknown) => {
    // Nobody could ever name it.
    await askForObject(exchange, keeper, { method: "DELETE", path: `/files/${encodeURIComponent(id)}` }).catch(
      () => {},
    );
    throw error;
  });
  if (!isOwn) throw new GatewayError("upstream_invalid_response", objectNotFound("openai-file", id).message);
}
