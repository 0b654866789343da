import { type JsonValue, type Origin, parseJson, type Usage } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import type { ClientRequest } from "../client-request.ts";
import { egressOf } from "../dialects.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { framingOf } from "../framing.ts";
import { charactersOf, meter } from "../metering.ts";
import { passthroughLane } from "../stream-lane.ts";
import type { OperationCall } from "./operation-calls.ts";

/** Reads along with an answer that goes on unchanged. */
export interface BareMeter {
  readonly push: (chunk: Buffer) => void;
  /** The answer's own end was among what came: what it used is noted. */
  readonly isWhole: () => boolean;
  /** No more comes. Notes what was used, an estimate where the upstream has not told, and what the answer itself says went wrong. */
  readonly end: () => void;
}

/** A conversation at a path that is known. */
export interface MeteredCall {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly record: AttemptRecord;
  readonly origin: Origin & { readonly dialect: SurfaceDialect };
}

export function meterOf(call: MeteredCall, { headers }: UpstreamAnswer): BareMeter {
  const isStream = String(headers["content-type"] ?? "").includes("text/event-stream");
  return isStream ? streamMeter(call) : wholeMeter(call);
}

/** The copy that the ordinary lane of unchanged bytes decodes, too. */
function streamMeter({ exchange, request, record, origin }: MeteredCall): BareMeter {
  const { outcome, surface } = exchange;
  const { dialect } = origin;
  const lane = passthroughLane({ dialect, origin, framing: framingOf(surface), verbatim: true });
  let noted = false;
  const note = () => {
    const { usage, finishReason } = lane.summary();
    meter({ exchange, request, record }, { usage, complete: lane.isComplete(), characters: lane.characters });
    outcome.usage = record.usage ?? {};
    if (finishReason !== undefined) outcome.finishReason = finishReason;
  };
  const heed = (step: ReturnType<typeof lane.push>) => {
    if (step.failure === undefined) return;
    record.error ??= step.failure.error;
    outcome.error ??= step.failure.error;
  };
  return {
    push(chunk) {
      if (noted) return;
      heed(lane.push(chunk));
      if (!lane.isComplete()) return;
      noted = true;
      note();
    },
    isWhole: () => noted,
    end() {
      if (noted) return;
      noted = true;
      heed(lane.end());
      note();
    },
  };
}

/** Beyond it an answer is not copied, but estimated. */
const COPY_LIMIT = 64 * 1024 * 1024;

function wholeMeter({ exchange, request, record, origin }: MeteredCall): BareMeter {
  const copy = copied();
  let ended = false;
  return {
    push: copy.push,
    isWhole: () => false,
    end() {
      if (ended) return;
      ended = true;
      const response = understood(exchange, () => {
        const body = lastOf(parseJson(copy.bytes().toString("utf8")));
        return egressOf(origin.dialect).decodeResponse(body, origin);
      });
      const characters = () => (response === undefined ? 0 : charactersOf(response));
      const usage = response?.usage;
      meter({ exchange, request, record }, { usage, complete: usage !== undefined, characters });
      exchange.outcome.usage = record.usage ?? {};
      if (response !== undefined) exchange.outcome.finishReason = response.finishReason.unified;
    },
  };
}

/** What the answer of an operation tells, else the most that it may have used. */
export function operationMeter(
  { services, outcome, id }: Exchange,
  record: AttemptRecord,
  { usage, worst }: { readonly usage: OperationCall["usage"]; readonly worst: Usage },
): BareMeter {
  const copy = copied();
  let ended = false;
  return {
    push: copy.push,
    isWhole: () => false,
    end() {
      if (ended) return;
      ended = true;
      const told = understood({ services, id }, () => usage(parseJson(copy.bytes().toString("utf8"))));
      record.usage = told ?? worst;
      if (told === undefined) record.usageEstimated = true;
      outcome.usage = record.usage;
    },
  };
}

function copied() {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk: Buffer) {
      size += chunk.length;
      if (size <= COPY_LIMIT) chunks.push(chunk);
      else chunks = [];
    },
    bytes: () => Buffer.concat(chunks),
  };
}

/** Undefined where the answer is another one than was expected: it has gone on all the same. */
function understood<T>({ services, id }: Pick<Exchange, "services" | "id">, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    services.log.debug({ requestId: id, error: asGatewayError(error).code }, "a bare answer was not understood");
    return undefined;
  }
}

/** Gemini streams one JSON array to who does not say `alt=sse`; its last element has the sums. */
const lastOf = (body: JsonValue): JsonValue => (Array.isArray(body) ? (body.at(-1) ?? null) : body);
