import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import {
  type ByteSpan,
  type CanonicalRequest,
  GatewayError,
  invalidRequest,
  isObject,
  type JsonObject,
  mayHoldEnvelope,
  parseJson,
  scanObject,
  spliceTopLevel,
  stringAt,
  valueAt,
} from "@signalbox/protocol";
import type { RoutingPreferences } from "../routing/preferences.ts";
import { readPreferences } from "../routing/read-preferences.ts";
import type { ClientRequest } from "./client-request.ts";
import { inOwnForm } from "./cloud-form.ts";
import { ingressOf } from "./dialects.ts";
import type { Exchange, Surface } from "./exchange.ts";

/**
 * Reads, bounds and scans the body: 415, 413 or 400 in the caller's dialect, before anything is parsed. `defaults`: what the vendor
 * takes where the body does not say it. `verbatim`: nothing in it is said to the gateway.
 */
export async function receive(
  exchange: Exchange,
  defaults: { readonly model?: string; readonly verbatim?: true } = {},
): Promise<ClientRequest> {
  const { request, surface, snapshot } = exchange;
  rejectOtherMedia(request, surface);
  const received = await readBounded(request, snapshot.limits.bodyBytes[surface.dialect]);
  if (!isUtf8(received)) throw invalidRequest("The body is not valid UTF-8.");
  const sent = inOwnForm(exchange, received);
  const { bytes, scan, preferences } = (defaults.verbatim === true ? asItIs : withoutRouting)(exchange, sent);
  const named = scan.members.get("model");
  const model = surface.model ?? (named === undefined ? defaults.model : undefined) ?? modelIn(bytes, named);
  const stream = surface.stream ?? streamIn(bytes, scan.members.get("stream"));
  let decoded: CanonicalRequest | undefined;
  return {
    bytes,
    sent,
    scan,
    model,
    stream,
    holdsEnvelope: mayHoldEnvelope(bytes),
    preferences,
    canonical: () => {
      decoded ??= ingressOf(surface.dialect).decodeRequest(parseBody(bytes), { model, stream });
      return decoded;
    },
  };
}

/** The same request with another body, of which nothing is said that has been read of the first. */
export function withBytes(exchange: Exchange, request: ClientRequest, bytes: Buffer): ClientRequest {
  const { model, stream } = request;
  let decoded: CanonicalRequest | undefined;
  return {
    ...request,
    bytes,
    scan: scanObject(bytes, { maxDepth: exchange.snapshot.limits.jsonDepth }),
    holdsEnvelope: mayHoldEnvelope(bytes),
    canonical: () => {
      decoded ??= ingressOf(exchange.surface.dialect).decodeRequest(parseBody(bytes), { model, stream });
      return decoded;
    },
  };
}

/** Reads what the request says of its routing, and takes it out of the body where it stands there. */
function withoutRouting({ request, surface, snapshot }: Exchange, sent: Buffer) {
  const limits = { maxDepth: snapshot.limits.jsonDepth };
  const scan = scanObject(sent, limits);
  const { headers } = request;
  const { preferences, strip } = readPreferences({ bytes: sent, scan, dialect: surface.dialect, headers });
  if (strip === undefined) return { bytes: sent, scan, preferences };
  const bytes = Buffer.from(spliceTopLevel(sent, scan, strip));
  return { bytes, scan: scanObject(bytes, limits), preferences };
}

function asItIs({ snapshot }: Exchange, sent: Buffer) {
  const preferences: RoutingPreferences = { metadata: {}, promptVariables: {}, unserved: [] };
  return { bytes: sent, scan: scanObject(sent, { maxDepth: snapshot.limits.jsonDepth }), preferences };
}

function rejectOtherMedia(request: IncomingMessage, { cloud }: Surface): void {
  const { "content-type": type, "content-encoding": encoding } = request.headers;
  // What AWS's SDKs say of an InvokeModel body when nobody says otherwise.
  if (cloud?.host === "bedrock" && type === "application/octet-stream") return;
  // The second is what curl says of `-d` when nobody says otherwise.
  if (type !== undefined && !/^application\/(?:(?:[\w.-]+\+)?json|x-www-form-urlencoded)\s*(?:;|$)/i.test(type)) {
    throw new GatewayError("unsupported_media_type", "The body must be JSON: send 'content-type: application/json'.");
  }
  if (encoding !== undefined && encoding !== "identity") {
    throw new GatewayError("unsupported_media_type", "Compressed request bodies are not accepted.");
  }
}

/** Counts the bytes itself: a missing or wrong Content-Length changes nothing. */
export async function readBounded(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new GatewayError("request_too_large", `The request body is larger than ${limit} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const failed = (error: GatewayError) => {
      request.off("data", read);
      request.pause();
      reject(error);
    };
    const read = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) failed(tooLarge());
      else chunks.push(chunk);
    };
    request.on("data", read);
    request.once("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once("close", () => {
      if (!request.complete)
        failed(new GatewayError("client_closed", "The client went away while sending its request."));
    });
    request.once("error", (cause) => failed(new GatewayError("client_closed", "The request was cut off.", { cause })));
  });
}

function modelIn(bytes: Buffer, span: ByteSpan | undefined): string {
  if (span === undefined) throw invalidRequest("'model' is missing.", "model");
  const model = stringAt(bytes, span);
  if (model === undefined || model === "") throw invalidRequest("'model' must be a non-empty string.", "model");
  return model;
}

function streamIn(bytes: Buffer, span: ByteSpan | undefined): boolean {
  const value = span === undefined ? undefined : valueAt(bytes, span);
  if (value === undefined || value === null || value === false) return false;
  if (value === true) return true;
  throw invalidRequest("'stream' must be a boolean.", "stream");
}

/** The body as an object. Throws `invalid_request`. */
export function parseBody(bytes: Buffer): JsonObject {
  try {
    const value = parseJson(bytes.toString("utf8").replace(/^\uFEFF/, ""));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new GatewayError("invalid_request", "The body is not valid JSON.", { cause });
  }
  throw invalidRequest("The body must be a JSON object.");
}
