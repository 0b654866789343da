import type { OwnedPolicy } from "../config/access.ts";
import { type BodyKind, type KeptBody, LARGEST_KEPT_BODY } from "../store/bodies/bodies.ts";
import { tapAnswer } from "./answer-tap.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";

const HOUR = 3_600_000;

/**
 * Keeps the request and its answer, as they went over the wire, where the caller's owners want that. Called when the request was read and
 * before anything is answered; the rest happens in the background.
 */
export function keepBodies(exchange: Exchange, request: Pick<ClientRequest, "sent">): void {
  const { outcome, services, response } = exchange;
  const { key } = outcome;
  const hours = retentionHours(key?.policies ?? []);
  if (key === undefined || hours === undefined || services.bodies === undefined) return;
  const { bodies } = services;
  const tap = tapAnswer(response, { limit: LARGEST_KEPT_BODY });
  const kept = (kind: BodyKind, body: Pick<KeptBody, "mediaType" | "bytes" | "size">): KeptBody => ({
    requestId: exchange.generationId,
    kind,
    keyId: key.id,
    ...(key.team === undefined ? {} : { team: key.team }),
    ...(key.org === undefined ? {} : { org: key.org }),
    ...body,
    expiresAt: exchange.arrivedAt + hours * HOUR,
  });
  response.once("close", () => {
    const mediaType = String(response.getHeader("content-type") ?? "application/json");
    bodies.keep([
      kept("request", { mediaType: "application/json", bytes: beginning(request.sent), size: request.sent.length }),
      kept("answer", { mediaType, bytes: tap.bytes(), size: tap.size() }),
    ]);
  });
}

/** The shortest that any owner wants; undefined where none wants any. */
export function retentionHours(policies: readonly OwnedPolicy[]): number | undefined {
  let shortest: number | undefined;
  for (const { policy } of policies) {
    const hours = policy.privacy?.retainBodiesHours;
    if (hours !== undefined && (shortest === undefined || hours < shortest)) shortest = hours;
  }
  return shortest;
}

/** A copy of its own where the rest is not wanted, which would stay in memory with it. */
function beginning(body: Buffer): Buffer {
  return body.length <= LARGEST_KEPT_BODY ? body : Buffer.from(body.subarray(0, LARGEST_KEPT_BODY));
}
