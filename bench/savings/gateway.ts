import { type CanonicalRequest, type JsonObject, scanObject } from "@signalbox/protocol";
import { modelFacts } from "../../packages/gateway/src/catalogue/catalogue.ts";
import type { Snapshot } from "../../packages/gateway/src/catalogue/snapshot.ts";
import type { EndpointDialect } from "../../packages/gateway/src/config/quirks.ts";
import { type Compressor, createCompressor } from "../../packages/gateway/src/features/compression/compressor.ts";
import {
  createKnownPrompts,
  type KnownPrompts,
} from "../../packages/gateway/src/features/prompt-cache/known-prompts.ts";
import type { ClientRequest } from "../../packages/gateway/src/pipeline/client-request.ts";
import { egressOf } from "../../packages/gateway/src/pipeline/dialects.ts";
import type { CompressionOutcome, Outcome, Surface } from "../../packages/gateway/src/pipeline/exchange.ts";
import { compressed } from "../../packages/gateway/src/pipeline/features/compress.ts";
import { withPromptCache } from "../../packages/gateway/src/pipeline/features/prompt-cache.ts";
import { createLearnedFields } from "../../packages/gateway/src/pipeline/learned-fields.ts";
import { rework } from "../../packages/gateway/src/pipeline/rework.ts";
import type { ResolvedEndpoint } from "../../packages/gateway/src/providers/resolved.ts";
import type { PlannedAttempt } from "../../packages/gateway/src/routing/plan.ts";
import type { Place } from "./places.ts";

const ROUTER = "replay";

/** What a process remembers of conversations. */
export interface Memory {
  readonly compressor: Compressor;
  readonly knownPrompts: KnownPrompts;
}

export interface MemoryOptions {
  readonly now: () => number;
  /** False where several processes serve one conversation. */
  readonly remembers: boolean;
  /** How eagerly the router compressed when the process began. */
  readonly level: number | undefined;
}

export function createMemory({ now, remembers, level }: MemoryOptions): Memory {
  return {
    compressor: createCompressor({ first: configurationOf(level), remembers }),
    knownPrompts: createKnownPrompts({ now }),
  };
}

const configurationOf = (level: number | undefined) => ({
  routers: new Map([
    [ROUTER, level === undefined ? {} : { promptCompression: { enabled: true, aggressiveness: level } }],
  ]),
});

/** As a reload of the configuration does. */
export const configure = ({ compressor }: Memory, level: number | undefined): void =>
  compressor.reconfigure(configurationOf(level));

const surface: Surface = { dialect: "anthropic-messages", operation: "generate", framing: "sse", query: "" };

const bytes = Buffer.from("{}");
const scan = scanObject(bytes, { maxDepth: 1, maxNodes: 1 });

export interface Asked {
  readonly request: CanonicalRequest;
  readonly session: string;
  /** Undefined: no compression. */
  readonly level: number | undefined;
  /** Any place will do: it is the same for all of them. */
  readonly planned: PlannedAttempt;
}

export interface Compressed {
  readonly request: CanonicalRequest;
  readonly outcome: Outcome;
  readonly compression?: CompressionOutcome;
}

/** One request through the gateway's own compression: the same for all places. */
export function compressIn(memory: Memory, snapshot: Snapshot, asked: Asked): Compressed {
  const { request: canonical, session, level, planned } = asked;
  const [key] = snapshot.keys.values();
  const outcome: Outcome = { attempts: [], dropped: [], adapted: [], ...(key === undefined ? {} : { key }) };
  const exchange = { snapshot, surface, outcome, services: memory, request: { headers: { "x-session-id": session } } };
  const features = {
    steps: [`${ROUTER}/main/one`],
    ...(level === undefined ? {} : { compression: { aggressiveness: level } }),
  };
  const made = compressed(exchange, clientRequest(canonical), { features, targets: [planned.target] });
  if (made instanceof Promise) throw new Error("The engine of the replays needs no time.");
  const { request } = rework(made.reworks ?? [], canonical, planned);
  return { request, outcome, ...(outcome.compression === undefined ? {} : { compression: outcome.compression }) };
}

function clientRequest(canonical: CanonicalRequest): ClientRequest {
  return {
    bytes,
    sent: bytes,
    scan,
    model: ROUTER,
    stream: false,
    holdsEnvelope: false,
    preferences: { metadata: {}, promptVariables: {}, unserved: [] },
    canonical: () => canonical,
  };
}

/** What goes to a vendor: breakpoints set where the configuration asks for them, in the vendor's own dialect. */
export function encodedFor(
  memory: Memory,
  snapshot: Snapshot,
  sent: Compressed & { readonly place: Place },
): JsonObject {
  const { request, outcome, place } = sent;
  const exchange = { snapshot, surface, outcome, services: { ...memory, learned } };
  const { request: wished } = withPromptCache(exchange, request, place.planned);
  return encode(place.planned.endpoint, wished, place.planned);
}

const learned = createLearnedFields();

function encode<D extends EndpointDialect>(
  endpoint: ResolvedEndpoint<D>,
  request: CanonicalRequest,
  { target: { provider, model } }: PlannedAttempt,
): JsonObject {
  const facts = modelFacts(provider, model);
  return egressOf(endpoint.dialect).encodeRequest(request, {
    provider: provider.id,
    model,
    quirks: endpoint.quirks,
    facts,
  }).body;
}
