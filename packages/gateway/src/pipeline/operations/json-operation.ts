import {
  type AnsweredRequest,
  type EgressOperation,
  GatewayError,
  type IngressOperation,
  type JsonObject,
  type OperationAnswer,
  splicePieces,
  type Usage,
} from "@signalbox/protocol";
import type { FieldNames, OperationFormat, OperationId } from "../../config/operations.ts";
import type { PlannedOperation } from "../../routing/plan.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { parseBody, receive } from "../receive.ts";
import { tellingOf } from "../telling.ts";
import { type Asked, type OperationAttempt, operationUrl, type PreparedOperation } from "./operation.ts";
import { outlined, parsed, received, relayBody, relayWhole } from "./relay.ts";
import { type EventReading, relayEvents } from "./relay-stream.ts";

/** An operation whose requests and answers are whole JSON bodies, in every API that we speak. */
export interface JsonOperation<Request, Answer extends OperationAnswer> {
  readonly operation: OperationId;
  /** The client's API. */
  readonly format: OperationFormat;
  readonly ingress: IngressOperation<Request, Answer>;
  readonly egress: Partial<Readonly<Record<OperationFormat, EgressOperation<Request, Answer>>>>;
  /** What it uses at most. */
  readonly worst: (request: Request) => Usage;
  /** The client's bytes with another model's name wherever they say one. */
  readonly named: (request: Pick<ClientRequest, "bytes" | "scan">, model: string) => readonly Uint8Array[];
  /** Something is asked that not everyone who speaks the client's API answers: the gateway adds it itself. */
  readonly completes?: (request: Request, model: string) => boolean;
  /** Where answers may be streams of events. */
  readonly events?: AnswerEvents<Request, Answer>;
}

export interface AnswerEvents<Request, Answer extends OperationAnswer> {
  /** A whole answer as the stream of it. */
  readonly encode: (answer: Answer, context: AnsweredRequest<Request>) => string;
  /** How an upstream's own stream is understood. */
  readonly reading: (request: Request) => EventReading;
}

export async function readJsonOperation<Request, Answer extends OperationAnswer>(
  exchange: Exchange,
  operation: JsonOperation<Request, Answer>,
): Promise<Asked> {
  const received = await receive(exchange);
  const request = operation.ingress.decodeRequest(parseBody(received.bytes));
  const worst = operation.worst(request);
  return {
    operation: operation.operation,
    model: received.model,
    stream: operation.events !== undefined && received.stream,
    preferences: received.preferences,
    sent: received.sent,
    worst,
    estimate: () => worst,
    prepare: (planned) => prepare({ exchange, operation, received, request }, planned),
  };
}

interface Read<Request, Answer extends OperationAnswer> {
  readonly exchange: Exchange;
  readonly operation: JsonOperation<Request, Answer>;
  readonly received: ClientRequest;
  readonly request: Request;
}

function prepare<Request, Answer extends OperationAnswer>(
  read: Read<Request, Answer>,
  planned: PlannedOperation,
): PreparedOperation {
  const { operation, request } = read;
  const { endpoint, target } = planned;
  const codec = operation.egress[endpoint.format];
  if (codec === undefined) throw new Error(`No codec speaks ${endpoint.format} for ${operation.operation}.`);
  const url = operationUrl(endpoint, codec.path(request), target.model);
  const own = ownBytes(read, planned);
  if (own !== undefined) {
    return {
      lane: "passthrough",
      upstream: { url, headers: headersOf(read.exchange), body: own },
      dropped: [],
      adapted: [],
      relay: relayStreaming(read, (attempt, answer) =>
        // Who has asked for a stream, and is sent pictures whole, gets the stream of them.
        attempt.asked.stream
          ? relayEncoded(read, codec, { attempt, answer })
          : relayOwn({ codec, request }, { attempt, answer }),
      ),
    };
  }
  const encoded = codec.encodeRequest(request, { provider: target.provider.id, model: target.model });
  const { body, dropped } = renamedFields(encoded.body, endpoint.fields);
  return {
    lane: "translate",
    upstream: { url, headers: { accept: "application/json" }, body: JSON.stringify(body) },
    dropped: [...encoded.dropped, ...dropped],
    adapted: encoded.adapted,
    relay: relayStreaming(read, (attempt, answer) => relayEncoded(read, codec, { attempt, answer })),
  };
}

/** The client's own bytes, where the upstream takes them: the same API, and no field that it calls otherwise. */
function ownBytes<Request, Answer extends OperationAnswer>(
  { operation, received, request }: Read<Request, Answer>,
  { endpoint, target }: PlannedOperation,
): readonly Uint8Array[] | undefined {
  if (endpoint.format !== operation.format || operation.completes?.(request, target.model) === true) return undefined;
  if (Object.keys(endpoint.fields).some((field) => received.scan.members.has(field))) return undefined;
  return operation.named(received, target.model);
}

/** `model` stands at the top of the body. */
export const namedAtTop: JsonOperation<never, never>["named"] = ({ bytes, scan }, model) =>
  splicePieces(bytes, scan, { model: JSON.stringify(model) });

function headersOf({ request, surface }: Exchange): Readonly<Record<string, string>> {
  return { ...forwardedRequestHeaders(surface.dialect, request.headers), accept: "application/json" };
}

/** The body by the endpoint's own names of fields. */
export function renamedFields(body: JsonObject, names: FieldNames) {
  const dropped = Object.keys(names)
    .filter((field) => names[field] === null && body[field] !== undefined && field !== "encoding_format")
    .map((feature) => ({ feature, detail: "This endpoint does not take it." }));
  const entries = Object.entries(body).flatMap(([field, value]) => {
    const name = Object.hasOwn(names, field) ? names[field] : field;
    return name === null || name === undefined ? [] : [[name, value] as const];
  });
  return { body: Object.fromEntries(entries), dropped };
}

/** Events of an upstream that streams go on as they come, whatever becomes of whole answers. */
export function relayStreaming<Request, Answer extends OperationAnswer>(
  { operation, request }: Pick<Read<Request, Answer>, "operation" | "request">,
  whole: PreparedOperation["relay"],
): PreparedOperation["relay"] {
  const { events } = operation;
  if (events === undefined) return whole;
  return (attempt, answer) => {
    const isStream = String(answer.headers["content-type"] ?? "").includes("text/event-stream");
    if (!isStream) return whole(attempt, answer);
    if (attempt.asked.stream) return relayEvents(attempt, answer, events.reading(request));
    throw new GatewayError("upstream_invalid_response", "The upstream streams what was asked for whole.");
  };
}

interface Relayed {
  readonly attempt: OperationAttempt;
  readonly answer: UpstreamAnswer;
}

/** Beyond it, numbers and pictures are not worth decoding only to know what they cost. */
const LARGE = 1024 * 1024;

/** The upstream's own bytes. */
export async function relayOwn<Request, Answer extends OperationAnswer>(
  { codec, request }: { readonly codec: EgressOperation<Request, Answer>; readonly request: Request },
  { attempt, answer }: Relayed,
): Promise<void> {
  const bytes = await received(attempt, answer);
  const { readOutline } = codec;
  if (readOutline === undefined || bytes.length <= LARGE) {
    await relayBody(attempt, answer, { bytes, usage: codec.decodeResponse(parsed(bytes), request).usage });
    return;
  }
  const outline = outlined(bytes);
  await relayBody(attempt, answer, { bytes, outline, usage: readOutline(outline, request) });
}

/** In the client's own API; as events where it wants a stream, and the upstream has none. */
export async function relayEncoded<Request, Answer extends OperationAnswer>(
  { exchange, operation, request }: Omit<Read<Request, Answer>, "received">,
  codec: EgressOperation<Request, Answer>,
  { attempt, answer }: Relayed,
): Promise<void> {
  const context = {
    request,
    model: attempt.planned.target.model,
    uniqueId: exchange.id.replace(/^req_/, ""),
    now: Math.floor(Date.now() / 1000),
  };
  const decoded = codec.decodeResponse(parsed(await received(attempt, answer)), request);
  const { shownModel } = tellingOf(exchange, attempt.planned);
  const shown = shownModel === undefined ? decoded : { ...decoded, model: shownModel };
  const { events } = operation;
  const isStream = attempt.asked.stream && events !== undefined;
  await relayWhole(attempt, answer, {
    usage: decoded.usage,
    contentType: isStream ? "text/event-stream" : "application/json; charset=utf-8",
    bytes: Buffer.from(
      isStream ? events.encode(shown, context) : JSON.stringify(operation.ingress.encodeResponse(shown, context)),
    ),
  });
}

/** Rough tokens of texts. */
export function tokensOfTexts(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / 3), 0);
}
