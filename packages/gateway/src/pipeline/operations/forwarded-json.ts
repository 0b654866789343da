import { invalidRequest, type JsonObject, splicePieces } from "@signalbox/protocol";
import type { PlannedOperation } from "../../routing/plan.ts";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { operationUrl, type PreparedOperation } from "./operation.ts";

export interface Forwarded {
  readonly exchange: Exchange;
  readonly received: ClientRequest;
  readonly body: JsonObject;
  /** Of the format. */
  readonly path: string;
}

/** The client's own bytes with the model's name in them, for an operation that all vendors have taken over from one. */
export function forwardJson(
  { exchange, received, body, path }: Forwarded,
  { endpoint, target }: PlannedOperation,
): Omit<PreparedOperation, "relay"> {
  const { bytes, scan } = received;
  const edits = fieldEdits(body, endpoint.fields);
  return {
    lane: "passthrough",
    upstream: {
      url: operationUrl(endpoint, path, target.model),
      headers: forwardedRequestHeaders(exchange.surface.dialect, exchange.request.headers),
      body: splicePieces(bytes, scan, { ...edits, model: JSON.stringify(target.model) }),
    },
    dropped: Object.keys(edits)
      .filter((field) => endpoint.fields[field] === null)
      .map((feature) => ({ feature, detail: "This endpoint does not take it." })),
    adapted: [],
  };
}

function fieldEdits(body: JsonObject, names: PlannedOperation["endpoint"]["fields"]) {
  const edits: Record<string, string | undefined> = {};
  for (const [field, name] of Object.entries(names)) {
    const value = body[field];
    if (value === undefined) continue;
    if (name !== null && body[name] !== undefined) {
      throw invalidRequest(`'${field}' and '${name}' exclude each other: send one of them.`, field);
    }
    edits[field] = undefined;
    if (name !== null) edits[name] = JSON.stringify(value);
  }
  return edits;
}
