import { GatewayError, invalidRequest } from "@signalbox/protocol";
import type { ObjectPlace } from "../../store/objects/objects.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { fileIdsIn } from "./file-ids.ts";
import { fromObjects } from "./from-objects.ts";
import { keyOf } from "./keeper.ts";
import { objectNotFound } from "./not-found.ts";

/**
 * The files that were uploaded through this gateway among those that a request names. Throws `not_found` for one of another key's: as if
 * nobody had it. Others are the upstream's to know.
 */
export async function ownFiles(exchange: Exchange, ids: readonly string[]): Promise<readonly ObjectPlace[]> {
  if (ids.length === 0) return [];
  const { id: keyId } = keyOf(exchange);
  const places = await fromObjects(() => exchange.services.objects.places("openai-file", ids));
  const foreign = places.find((place) => place.keyId !== keyId || place.gone === true);
  if (foreign !== undefined) throw objectNotFound("openai-file", foreign.id, "file_id");
  return places;
}

/** Nobody but the one who keeps its files can answer a request that names them. A promise only where it names any. */
export function atItsFiles(exchange: Exchange, request: ClientRequest): ClientRequest | Promise<ClientRequest> {
  const ids = fileIdsIn(request.bytes);
  return ids.length === 0 ? request : atFiles(exchange, request, ids);
}

async function atFiles(exchange: Exchange, request: ClientRequest, ids: readonly string[]): Promise<ClientRequest> {
  const files = await ownFiles(exchange, ids);
  const [first] = files;
  if (first === undefined) return request;
  const other = files.find((file) => !isSamePlace(file, first));
  if (other !== undefined) {
    throw invalidRequest(`The files '${first.id}' and '${other.id}' are kept in different places.`, "file_id");
  }
  const { pinned } = request;
  if (pinned !== undefined) {
    if (isSamePlace(pinned, first)) return request;
    throw new GatewayError(
      "unsupported_feature",
      `The file '${first.id}' is kept by '${first.provider}', and what came before elsewhere.`,
      { param: "file_id" },
    );
  }
  const { provider, credential } = first;
  return {
    ...request,
    pinned: { provider, ...(credential === undefined ? {} : { credential }), file: first.id },
  };
}

interface Place {
  readonly provider: string;
  readonly credential?: string;
}

const isSamePlace = (one: Place, other: Place): boolean =>
  one.provider === other.provider && one.credential === other.credential;
