import { GatewayError } from "@signalbox/protocol";
import type { OperationId } from "../../config/operations.ts";
import { type SurfaceDialect, surfaceDialects } from "../../config/quirks.ts";
import type { ResolvedOperation, ResolvedProvider, UpstreamPlace } from "../../providers/resolved.ts";
import type { AnyEndpoint } from "../../routing/plan.ts";
import { callPaths } from "../../upstream/endpoint-url.ts";
import { type OperationCall, operationCall } from "./operation-calls.ts";

/** Where a passthrough request goes, and what is known of what it asks. */
export interface BarePlace {
  readonly place: UpstreamPlace;
  /** With the client's query, without credentials. */
  readonly url: URL;
  readonly call: BareCall;
}

export type BareCall =
  /** A conversation, of which a copy can be read. */
  | { readonly kind: "generate"; readonly dialect: SurfaceDialect; readonly model?: string; readonly stream?: boolean }
  /** Something else of which the answer tells what it used. */
  | {
      readonly kind: "operation";
      readonly operation: OperationId;
      readonly usage: OperationCall["usage"];
      readonly model?: string;
    }
  /** Tokens are counted, which costs nothing. */
  | { readonly kind: "count" }
  | { readonly kind: "unknown" };

/**
 * The address of a path at a provider. It is appended to the provider's root, as the vendor's own SDK would have it behind its base URL,
 * but that a version at that one's end (`/v1`) is a part of the path. Of several endpoints it is the one whose own path this is, else the
 * first. Nothing outside of a root can be reached. Throws `not_found` where the provider has no place at all.
 */
export function barePlace(provider: ResolvedProvider, asked: BareAsk): BarePlace {
  const places = placesOf(provider);
  for (const { place, callAt } of places) {
    const call = callAt(rootOf(place) + asked.rest);
    if (call !== undefined) return { place, url: urlOf(place, asked), call };
  }
  const [first] = places;
  if (first === undefined) throw new GatewayError("not_found", `The provider '${provider.id}' has no address.`);
  const url = urlOf(first.place, asked);
  // The first endpoint's root may lead to where another one stands, which is let in by its own rules.
  const whole = rootOf(first.place) + asked.rest;
  for (const { place, callAt } of places) {
    const call = callAt(whole);
    if (call !== undefined) return { place, url, call };
  }
  return { place: first.place, url, call: { kind: "unknown" } };
}

export interface BareAsk {
  readonly rest: string;
  /** Without credentials. */
  readonly query: string;
}

interface KnownPlace {
  readonly place: UpstreamPlace;
  /** The call whose URL this is. */
  readonly callAt: (written: string) => BareCall | undefined;
}

/** Endpoints first: paths that nobody knows are theirs. */
function placesOf({ endpoints, operations }: ResolvedProvider): readonly KnownPlace[] {
  return [
    ...Object.values(endpoints).flatMap((endpoint) =>
      endpoint === undefined ? [] : [{ place: endpoint, callAt: (written: string) => dialectCall(endpoint, written) }],
    ),
    ...Object.values(operations).flatMap((operation) =>
      operation === undefined
        ? []
        : [{ place: operation, callAt: (written: string) => callOfOperation(operation, written) }],
    ),
  ];
}

const rootOf = ({ baseUrl }: UpstreamPlace): string => baseUrl.replace(/\/v\d+(?:(?:alpha|beta)\d*)?$/, "");

/** What was checked before stays as it was, or nothing is sent. */
function urlOf(place: UpstreamPlace, { rest, query }: BareAsk): URL {
  const root = new URL(rootOf(place));
  const url = new URL(rootOf(place) + rest);
  const under = `${root.pathname.replace(/\/$/, "")}${rest}`;
  if (url.origin !== root.origin || url.pathname !== under || url.username !== root.username || url.hash !== "") {
    throw new GatewayError("invalid_request", "The path behind the provider is not plain.");
  }
  url.search = query;
  return url;
}

function callOfOperation(place: ResolvedOperation, written: string): BareCall | undefined {
  const { operation } = place;
  const call = operationCall(place);
  for (const path of call?.paths ?? []) {
    const model = modelIn(written, place.baseUrl + path);
    if (call === undefined || model === undefined) continue;
    return { kind: "operation", operation, usage: call.usage, ...(model === "" ? {} : { model }) };
  }
  return undefined;
}

/** The call of this endpoint's dialect whose URL this is. */
function dialectCall(endpoint: AnyEndpoint, written: string): BareCall | undefined {
  const dialect = surfaceDialects.find((known) => known === endpoint.dialect);
  // What no client speaks to us cannot be read as a client's request either.
  if (dialect === undefined) return undefined;
  const { generate, stream, countTokens } = callPaths(endpoint);
  const modelAt = (path: string) => modelIn(written, endpoint.baseUrl + path);
  if (countTokens !== undefined && modelAt(countTokens) !== undefined) return { kind: "count" };
  for (const path of new Set([stream, generate])) {
    const model = modelAt(path);
    if (model === undefined) continue;
    // Where both have one path, the body tells which it is.
    const streams = generate === stream ? {} : { stream: path === stream };
    return { kind: "generate", dialect, ...(path.includes("{model}") ? { model, ...streams } : {}) };
  }
  return undefined;
}

/** What stands for `{model}`, empty where nothing does; undefined where this is another URL. */
function modelIn(written: string, template: string): string | undefined {
  const [before = "", after] = template.split("{model}");
  if (after === undefined) return written === template ? "" : undefined;
  const fits = written.startsWith(before) && written.endsWith(after) && written.length > before.length + after.length;
  return fits ? decodeURIComponent(written.slice(before.length, written.length - after.length)) : undefined;
}
