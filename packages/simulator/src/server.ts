import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answer, applicable, type Case, openCase, scenarioFaults } from "./answer.ts";
import { badAwsSignature } from "./clouds/aws-signature.ts";
import { type TokenAnswer, tokenAnswer } from "./clouds/tokens.ts";
import { handleControl } from "./control.ts";
import { deliver, has } from "./delivery.ts";
import { bedrockInvoke } from "./dialects/bedrock-converse/index.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { dialects } from "./dialects/index.ts";
import { answerStored, isFailure } from "./dialects/openai-responses/stored.ts";
import { headerText, requestNumber } from "./dialects/shared.ts";
import type { Exchange, Failure } from "./exchange.ts";
import { type Fault, type FaultPlan, FaultQueue, parseFaults, splitModelSuffix } from "./faults.ts";
import { Journal, type JournalEntry, type OpenEntry } from "./journal.ts";
import { fieldsOf, isFields, parseJson, textOf } from "./json.ts";
import { inferenceProfiles, modelList } from "./models.ts";
import { type DialectRoute, findRoute, type OtherRoute } from "./routes.ts";
import { boundaryOf, FormReader, fieldOf } from "./services/form.ts";
import { type FoundService, findService } from "./services/index.ts";
import { serviceContent } from "./services/respond.ts";
import { createState, type PromptCaching, type SimulatorState } from "./state.ts";
import { Transmission } from "./transmission.ts";

export interface SimulatorOptions {
  readonly host?: string;
  readonly port?: number;
  /** How many requests the journal keeps. */
  readonly journalSize?: number;
  /** Asked for every request of a dialect, once its body was read. */
  readonly faultsFor?: (entry: JournalEntry) => readonly Fault[];
  /** Absent: prompt caches know no minimum and no end. */
  readonly promptCaching?: PromptCaching;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  readonly port: number;
  readonly journal: Journal;
  readonly faults: FaultQueue;
  /** How many sockets are open, idle ones included. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

interface House {
  readonly state: SimulatorState;
  readonly journal: Journal;
  readonly faults: FaultQueue;
  readonly faultsFor: (entry: JournalEntry) => readonly Fault[];
}

interface Visit extends House {
  readonly request: IncomingMessage;
  readonly entry: OpenEntry;
  readonly out: Transmission;
  readonly url: URL;
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { faultsFor = () => [] } = options;
  const [journal, faults] = [new Journal(options.journalSize), new FaultQueue()];
  const house = { state: createState(options.promptCaching), journal, faults, faultsFor };
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
    receive(house, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  const host = options.host ?? "127.0.0.1";
  const port = await listen(server, host, options.port ?? 0);
  const url = `http://${host}:${port}`;
  return { url, port, journal, faults, connections: () => countConnections(server), close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(portOf(server.address(), port)));
  });
}

const portOf = (address: AddressInfo | string | null, asked: number): number =>
  address === null || typeof address === "string" ? asked : address.port;

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function receive(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://simulator");
  if (url.pathname.startsWith("/__simulator/")) return handleControl(house, request, response);
  const { method = "GET", headers, rawHeaders } = request;
  const entry = house.journal.open({ method, url: request.url ?? "/", headers, rawHeaders });
  const out = new Transmission(response, entry, house.journal);
  const visit: Visit = { ...house, request, entry, out, url };
  const service = findService({ method, path: url.pathname });
  if (service !== undefined) {
    const boundary = service.service.takesForm ? boundaryOf(headers["content-type"]) : undefined;
    if (boundary === undefined) house.journal.arrived(entry, await readBody(request));
    else await receiveForm(visit, boundary);
    await answerService(visit, service);
    return house.journal.changed(entry);
  }
  const route = findRoute({ method, path: url.pathname, anthropicVersion: "anthropic-version" in headers });
  house.journal.arrived(entry, await readBody(request));
  await (route.type === "dialect" ? answerDialect(visit, route) : answerOther(visit, route));
  house.journal.changed(entry);
}

/** Forms hold files: they are looked at while they come, and not kept. */
async function receiveForm({ request, entry, journal }: Visit, boundary: string): Promise<void> {
  const reader = new FormReader(boundary);
  for await (const chunk of request) {
    reader.push(chunk);
    entry.bytesReceived += chunk.length;
    journal.changed(entry);
  }
  entry.form = reader.end();
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
}

async function answerDialect(visit: Visit, route: DialectRoute): Promise<void> {
  const { entry, out, state, journal } = visit;
  const dialect = route.host === "bedrock" ? bedrockInvoke : dialects[route.dialect];
  entry.dialect = route.dialect;
  entry.json = parseJson(entry.body.toString("utf8"));
  const exchange = exchangeOf(visit, route);
  const opened = openCase(dialect, exchange, state);
  const { view, scenario } = opened;
  Object.assign(entry, {
    model: exchange.model,
    stream: exchange.stream,
    system: view.system,
    text: scenario.lastText,
  });
  const { faults, problems } = gatherFaults(visit, opened);
  entry.faults = faults;
  journal.changed(entry);
  if (problems.length > 0) return refuseFaults(out, problems);
  if (has(faults, "hang")) return out.untilGone();
  if (has(faults, "cut")) return out.cut();
  if (has(faults, "reset")) return out.reset();
  const content = answer({ ...opened, faults, refused: refusal(dialect, exchange, entry) });
  entry.usage = content.usage;
  await deliver(out, content, faults);
}

function exchangeOf({ entry, url, request }: Visit, route: DialectRoute): Exchange {
  const body = fieldsOf(entry.json);
  const model = route.model ?? textOf(body["model"]) ?? "";
  return {
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    model,
    baseModel: splitModelSuffix(model).baseModel,
    operation: route.operation,
    stream: route.stream ?? body["stream"] === true,
    ...(route.host === undefined ? {} : { host: route.host }),
  };
}

/** Header, model suffix and queue, then the directive, which needs the request to be read. */
function gatherFaults(visit: Visit, opened: Omit<Case, "faults" | "refused">): FaultPlan {
  const written = writtenFaults(visit, opened.exchange);
  const played = scenarioFaults(opened);
  return {
    faults: [...written.faults, ...played.faults],
    problems: [...written.problems, ...played.problems],
  };
}

function writtenFaults(visit: Visit, exchange: Exchange): FaultPlan {
  const written = [headerText(exchange, "x-simulate") ?? "", splitModelSuffix(exchange.model).specification]
    .filter((specification) => specification !== "")
    .map((specification) =>
      applicable({ plan: parseFaults(specification), specification, exchange, state: visit.state }),
    );
  const faults = [
    ...visit.faults.take(exchange.baseModel),
    ...visit.faultsFor(visit.entry),
    ...written.flatMap((plan) => plan.faults),
  ];
  return { faults, problems: written.flatMap((plan) => plan.problems) };
}

function refuseFaults(out: Transmission, problems: readonly string[]): void {
  const message = `The simulator does not know this fault: ${problems.join(", ")}`;
  out.head(400, { "content-type": "application/json" });
  out.end(JSON.stringify({ error: { message, type: "simulator_error" } }));
}

function refusal(dialect: Dialect, exchange: Exchange, entry: JournalEntry): Failure | undefined {
  const { errors } = dialect;
  const unknown = errors.badCredential(exchange) ?? badAwsSignature(entry);
  return unknown ?? (isFields(entry.json) ? undefined : errors.invalidJson());
}

async function answerService(visit: Visit, { service, model: inPath }: FoundService): Promise<void> {
  const { entry, out, state, journal, url, request } = visit;
  const { errors } = dialects[service.errors];
  entry.dialect = service.errors;
  entry.json = parseJson(entry.body.toString("utf8"));
  const { form } = entry;
  const body = fieldsOf(entry.json);
  const model = inPath ?? textOf(body["model"]) ?? (form && fieldOf(form, "model")) ?? "";
  const exchange: Exchange = {
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    model,
    baseModel: splitModelSuffix(model).baseModel,
    operation: "generate",
    stream: body["stream"] === true || (form !== undefined && fieldOf(form, "stream") === "true"),
  };
  Object.assign(entry, { model, stream: exchange.stream });
  const { faults, problems } = writtenFaults(visit, exchange);
  entry.faults = faults;
  journal.changed(entry);
  if (problems.length > 0) return refuseFaults(out, problems);
  if (has(faults, "hang")) return out.untilGone();
  if (has(faults, "cut")) return out.cut();
  if (has(faults, "reset")) return out.reset();
  const { method } = entry;
  const content = serviceContent({ method, service, errors, exchange, state, faults, bytes: entry.body, form });
  entry.usage = content.usage;
  await deliver(out, content, faults);
}

function answerOther(visit: Visit, route: OtherRoute): void {
  const { entry, out } = visit;
  const { status, value, headers } = otherAnswer(visit, route);
  out.head(status, { "content-type": "application/json", ...headers });
  out.end(entry.method === "HEAD" ? undefined : JSON.stringify(value));
}

interface OtherAnswer {
  readonly status: number;
  readonly value: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const LIST_DIALECTS = { openai: "openai-chat", anthropic: "anthropic-messages", gemini: "gemini" } as const;

/** A list of models is what people try a key with, so a bad one is refused here as well. */
function modelsAnswer({ request, url, state }: Visit, route: OtherRoute & { type: "models" }): OtherAnswer {
  const { errors } = dialects[LIST_DIALECTS[route.shape]];
  const target = { headers: request.headers, query: url.searchParams };
  const failure = errors.badCredential(target);
  if (failure === undefined) return { status: 200, value: modelList(route.shape, route.model) };
  const requestId = requestNumber(state.nextRequest());
  return { status: failure.status, value: errors.body(failure, requestId, { ...target, stream: false }) };
}

function storedAnswer({ request, url, state }: Visit, route: OtherRoute & { type: "stored-response" }): OtherAnswer {
  const { errors } = dialects["openai-responses"];
  const target = { headers: request.headers, query: url.searchParams };
  const found = errors.badCredential(target) ?? answerStored({ ...route, query: url.searchParams }, state);
  if (!isFailure(found)) return { status: 200, value: found };
  const requestId = requestNumber(state.nextRequest());
  return { status: found.status, value: errors.body(found, requestId, { ...target, stream: false }) };
}

function tokenOf({ url, entry }: Visit, { server }: OtherRoute & { type: "token" }): TokenAnswer {
  const metadataFlavor = entry.headers["metadata-flavor"]?.toString();
  const form = new URLSearchParams(entry.body.toString("utf8"));
  return tokenAnswer({ server, path: url.pathname, form, metadataFlavor, now: Date.now() });
}

function otherAnswer(visit: Visit, route: OtherRoute): OtherAnswer {
  const { method, url } = visit.entry;
  const message = `Invalid URL (${method} ${url})`;
  const invalidUrl = { error: { message, type: "invalid_request_error", param: null, code: null } };
  switch (route.type) {
    case "models":
      return modelsAnswer(visit, route);
    case "stored-response":
      return storedAnswer(visit, route);
    case "inference-profiles":
      return { status: 200, value: inferenceProfiles() };
    case "token":
      return tokenOf(visit, route);
    case "probe":
      return { status: 200, value: { status: "ok" } };
    case "upgrade":
      return { status: 426, value: invalidUrl, headers: { upgrade: "websocket", connection: "Upgrade" } };
    case "wrong-method":
      return { status: 405, value: invalidUrl, headers: { allow: route.allow } };
    case "unknown":
      return { status: 404, value: invalidUrl };
  }
}
