import { GatewayError } from "@signalbox/protocol";
import { type SurfaceDialect, surfaceDialects } from "../../config/quirks.ts";
import type { ResolvedOperation, ResolvedProvider, UpstreamPlace } from "../../providers/resolved.ts";
import type { AnyEndpoint } from "../../routing/plan.ts";
import { callPaths } from "../../upstream/endpoint-url.ts";

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
  /** Tokens are counted, which costs nothing. */
  | { readonly kind: "count" }
  | { readonly kind: "unknown" };

/**
 * The address of a path at a provider. It is appended to the provider's root, as the vendor's own SDK would have it behind its base URL,
 * but that a version at that one's end (`/v1`) is a part of the path. Of several endpoints it is the one whose own path this is, else the
 * first. Nothing outside of a root can be reached. Throws `not_found` where the provider has no place at all.
 */
export function barePlace(provider: ResolvedProvider, { rest, query }: { rest: string; query: string }): BarePlace {
  const endpoints = endpointsOf(provider);
  const operations = operationsOf(provider);
  for (const endpoint of endpoints) {
    const found = callAt(endpoint, rootOf(endpoint) + rest);
    if (found !== undefined) return placed(endpoint, { rest, query, call: found });
  }
  const [first = operations[0]] = endpoints;
  if (first === undefined) throw new GatewayError("not_found", `The provider '${provider.id}' has no address.`);
  // The first endpoint's root may lead to where another one stands, which is let in by its own rules.
  const whole = rootOf(first) + rest;
  for (const endpoint of endpoints) {
    const call = callAt(endpoint, whole);
    if (call !== undefined) return { place: endpoint, url: urlOf(first, { rest, query }), call };
  }
  return placed(first, { rest, query, call: { kind: "unknown" } });
}

const endpointsOf = ({ endpoints }: ResolvedProvider): readonly AnyEndpoint[] =>
  Object.values(endpoints).filter((endpoint) => endpoint !== undefined);

const operationsOf = ({ operations }: ResolvedProvider): readonly ResolvedOperation[] =>
  Object.values(operations).filter((operation) => operation !== undefined);

const rootOf = ({ baseUrl }: UpstreamPlace): string => baseUrl.replace(/\/v\d+(?:(?:alpha|beta)\d*)?$/, "");

interface Asked {
  readonly rest: string;
  readonly query: string;
}

function placed(place: UpstreamPlace, { call, ...asked }: Asked & { readonly call: BareCall }): BarePlace {
  return { place, url: urlOf(place, asked), call };
}

/** What was checked before stays as it was, or nothing is sent. */
function urlOf(place: UpstreamPlace, { rest, query }: Asked): URL {
  const root = new URL(rootOf(place));
  const url = new URL(rootOf(place) + rest);
  const under = `${root.pathname.replace(/\/$/, "")}${rest}`;
  if (url.origin !== root.origin || url.pathname !== under || url.username !== root.username || url.hash !== "") {
    throw new GatewayError("invalid_request", "The path behind the provider is not plain.");
  }
  url.search = query;
  return url;
}

/** The call of this endpoint's dialect whose URL this is. */
function callAt(endpoint: AnyEndpoint, written: string): BareCall | undefined {
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
