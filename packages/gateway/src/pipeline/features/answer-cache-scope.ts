import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import type { ResponseCache } from "../../features/response-cache/response-cache.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import type { RoutingPreferences } from "../../routing/preferences.ts";
import type { Plan } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Surface } from "../exchange.ts";
import { isStrict } from "../prepare.ts";

/** Of an exchange, what its answer depends on. */
export interface ScopeSource {
  readonly surface: Pick<Surface, "dialect" | "operation" | "cloud" | "answers" | "query">;
  readonly snapshot: Snapshot;
  readonly request: { readonly headers: IncomingHttpHeaders };
  readonly outcome: { readonly key?: Pick<ClientKey, "org" | "id"> };
  readonly services: { readonly cache: Pick<ResponseCache, "version"> };
}

/** Whose answers may be whose: those of an organisation's keys are its own, those of another key the key's alone. */
export function tenantOf({ org, id }: Pick<ClientKey, "org" | "id">): string {
  return org === undefined ? `key:${id}` : `org:${org}`;
}

/** The routers on the way to an answer, by name. */
export function routersOf({ features: { steps } }: Pick<Plan, "features">): readonly string[] {
  return [...new Set(steps.map((step) => step.slice(0, Math.max(0, step.indexOf("/")))))];
}

/**
 * All that an answer depends on beside the request's own words, as text. Routers and public models stand there as they are now: one
 * that was changed has no answers.
 */
export function scopeOf(
  source: ScopeSource,
  request: Pick<ClientRequest, "model" | "preferences">,
  plan: Pick<Plan, "targets" | "features">,
): string {
  const { surface, snapshot, services } = source;
  const { key } = source.outcome;
  const model = snapshot.models.get(request.model);
  return JSON.stringify([
    services.cache.version,
    key === undefined ? "" : tenantOf(key),
    [surface.dialect, surface.operation, surface.cloud?.host ?? null, surface.answers !== undefined],
    queryOf(surface.query),
    headersOf(source.request),
    request.model,
    plan.features.steps,
    routersOf(plan).map((name) => digestOf(snapshot.routers.get(name))),
    digestOf(model),
    overridesOf(plan),
    selectionOf(request.preferences),
    [plan.features.guardrails ?? null, plan.features.compression ?? null, plan.features.middleOut ?? null],
    settingsOf(snapshot),
    isStrict(source),
  ]);
}

/** Gemini says there how its stream is framed, and whose request it is. */
function queryOf(query: string): string {
  if (query === "") return "";
  const parameters = new URLSearchParams(query);
  for (const name of ["alt", "key"]) parameters.delete(name);
  return parameters.toString();
}

/** Those that go on to upstreams and say what is to be answered: versions and betas. */
function headersOf({ headers }: ScopeSource["request"]): readonly (readonly [string, unknown])[] {
  const told: (readonly [string, unknown])[] = [];
  for (const name in headers)
    if (name.startsWith("anthropic-") || name === "openai-beta") told.push([name, headers[name]]);
  return told.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Of each way through the routers, once. */
function overridesOf({ targets }: Pick<Plan, "targets">): readonly unknown[] {
  return [...new Set(targets.map(({ overrides }) => overrides))].map((overrides) => overrides ?? null);
}

/** By what targets are chosen and put in order: what the best may answer is not for whoever asks for the cheapest, nor the other way. */
function selectionOf({ models, sort, ignore, provider, costQuality }: RoutingPreferences): unknown {
  const chosen = [models, sort, ignore, provider, costQuality];
  return chosen.every((choice) => choice === undefined) ? null : chosen.map((choice) => choice ?? null);
}

/** Routers, models and snapshots never change: a change makes another one. */
const digests = new WeakMap<object, string>();

function digestOf(immutable: object | undefined): string {
  if (immutable === undefined) return "";
  const known = digests.get(immutable);
  if (known !== undefined) return known;
  const digest = hash("sha256", JSON.stringify(immutable), "base64url");
  digests.set(immutable, digest);
  return digest;
}

/** Where a provider's models are asked. */
export const placeOf = ({ endpoints }: Pick<ResolvedProvider, "endpoints">): string => digestOf(endpoints);

const settings = new WeakMap<Snapshot, string>();

/** What the whole installation does to requests and answers. */
function settingsOf(snapshot: Snapshot): string {
  const known = settings.get(snapshot);
  if (known !== undefined) return known;
  const { guardrails, compression } = snapshot;
  const digest = hash("sha256", JSON.stringify([guardrails, compression]), "base64url");
  settings.set(snapshot, digest);
  return digest;
}
