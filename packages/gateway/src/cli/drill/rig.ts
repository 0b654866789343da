import { hash } from "node:crypto";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import { plainKey } from "../../config/client-key.ts";
import type { EndpointDialect } from "../../config/quirks.ts";
import type { Router } from "../../config/router.ts";
import type { PublicModelSettings } from "../../config/settings.ts";
import type { TimeoutOverrides } from "../../config/timeouts.ts";
import type { Credential, ResolvedEndpoint, ResolvedProvider } from "../../providers/resolved.ts";
import type { Names } from "./survey.ts";

export interface RigOptions {
  /** Where the simulator is, without a path. */
  readonly upstream: string;
  /** The client key that the drill sends. */
  readonly key: string;
  /** A folder that may be thrown away. */
  readonly data: string;
}

/**
 * The configuration with a simulator in the place of every provider: the same ids, models, quirks and credentials by name, and
 * no address or secret of before. Times shrink, so that a drill does not take as long as what it is a drill for.
 */
export function rigged(snapshot: Snapshot, options: RigOptions): Snapshot {
  const drillKey = plainKey({ id: "drill", name: "drill", hash: hash("sha256", options.key, "hex") });
  const mapped = <K, V>(map: ReadonlyMap<K, V>, change: (value: V) => V): ReadonlyMap<K, V> =>
    new Map([...map].map(([name, value]) => [name, change(value)]));
  return {
    ...snapshot,
    server: { host: "127.0.0.1", port: 0, trustedProxies: [] },
    data: options.data,
    logLevel: "silent",
    keys: new Map([[drillKey.hash, drillKey]]),
    keepAlive: { afterMs: shrunk(snapshot.keepAlive.afterMs), everyMs: shrunk(snapshot.keepAlive.everyMs) },
    timeouts: shrunkTimeouts(snapshot.timeouts),
    providers: mapped(snapshot.providers, (provider) => simulated(provider, options.upstream)),
    models: mapped(snapshot.models, shrunkModel),
    routers: mapped(snapshot.routers, (router) => ({
      ...router,
      ...(router.timeouts === undefined ? {} : { timeouts: shrunkTimeouts(router.timeouts) }),
    })),
  };
}

/** What even a healthy answer needs here, where one process plays clients, gateway and providers. */
const FLOOR_MS = 350;
const TIMES_FASTER = 300;

/** Keeps the order of all times, and their distances in proportion: what a deadline leaves of two attempts is what it left before. */
export function shrunk(ms: number): number {
  return Math.round(FLOOR_MS + ms / TIMES_FASTER);
}

function shrunkTimeouts<T extends TimeoutOverrides>(timeouts: T): T {
  const { connectMs, firstTokenMs, reasoningMs, idleMs, stallMs, totalMs, deadlineMs } = timeouts;
  return {
    ...timeouts,
    ...(connectMs === undefined ? {} : { connectMs: shrunk(connectMs) }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs: shrunk(firstTokenMs) }),
    ...(reasoningMs === undefined ? {} : { reasoningMs: shrunk(reasoningMs) }),
    ...(idleMs === undefined ? {} : { idleMs: shrunk(idleMs) }),
    ...(stallMs === undefined ? {} : { stallMs: shrunk(stallMs) }),
    ...(totalMs === undefined ? {} : { totalMs: shrunk(totalMs) }),
    ...(deadlineMs === undefined ? {} : { deadlineMs: shrunk(deadlineMs) }),
  };
}

function shrunkModel(model: PublicModelSettings): PublicModelSettings {
  const targets = model.targets.map((target) => ({ ...target, timeouts: shrunkTimeouts(target.timeouts) }));
  return { ...model, targets, timeouts: shrunkTimeouts(model.timeouts) };
}

function simulated({ callersBring, ...provider }: ResolvedProvider, upstream: string): ResolvedProvider {
  const at = <D extends EndpointDialect>(endpoint: ResolvedEndpoint<D> | undefined) =>
    endpoint === undefined ? undefined : { ...endpoint, ...address(provider.id, endpoint, upstream) };
  const { endpoints } = provider;
  const moved = {
    "openai-chat": at(endpoints["openai-chat"]),
    "openai-responses": at(endpoints["openai-responses"]),
    "anthropic-messages": at(endpoints["anthropic-messages"]),
    gemini: at(endpoints.gemini),
    "bedrock-converse": at(endpoints["bedrock-converse"]),
  };
  return {
    ...provider,
    timeouts: shrunkTimeouts(provider.timeouts),
    // Entries keep their order: the first endpoint is for clients of other dialects.
    endpoints: Object.fromEntries(
      Object.entries(endpoints).flatMap(([dialect]) => Object.entries(moved).filter(([name]) => name === dialect)),
    ),
    credentials: (callersBring === true ? [broughtTo(provider.id)] : provider.credentials).map((credential) => ({
      ...credential,
      reveal: () => `drill-credential-${credential.id}`,
    })),
  };
}

/** The drill's key has no accounts of its own, and what comes behind them is what is drilled. */
function broughtTo(provider: string): Omit<Credential, "reveal"> {
  return { id: `${provider}#brought`, priority: 0, weight: 1 };
}

/** The path stays: some vendors are known by it. The provider's id before it is how the simulator tells them apart. */
function address(id: string, endpoint: Pick<ResolvedEndpoint, "baseUrl">, upstream: string) {
  const { pathname } = new URL(endpoint.baseUrl);
  return { baseUrl: `${upstream}/${id}${pathname === "/" ? "" : pathname}`, privateAllowed: true };
}

/** The longest that a request may take by its configuration, in milliseconds. */
export function longestMs(snapshot: Snapshot): number {
  const overrides = [
    ...[...snapshot.providers.values()].map(({ timeouts }) => timeouts),
    ...[...snapshot.models.values()].flatMap(({ timeouts, targets }) => [
      timeouts,
      ...targets.map((one) => one.timeouts),
    ]),
    ...[...snapshot.routers.values()].flatMap(({ timeouts }) => timeouts ?? []),
  ];
  const deadlines = [snapshot.timeouts.deadlineMs, ...overrides.flatMap(({ deadlineMs }) => deadlineMs ?? [])];
  return Math.max(...deadlines);
}

/**
 * The names to drill: what the operator made; what stands behind the routers, of which the drill's own requests take one route only;
 * and one model of each provider that stands behind none of those.
 */
export function drilledNames(snapshot: Snapshot): Names {
  const behind = [...snapshot.routers.values()].flatMap(modelsOf);
  const targets = [...snapshot.models.values()].flatMap((model) => model.targets);
  const covered = new Set([...targets.map(({ provider }) => provider), ...behind.map((name) => name.split("/")[0])]);
  const rest = [...snapshot.providers.values()].filter(({ id }) => !covered.has(id));
  const routers = [...snapshot.routers.keys()].map((name) => `router/${name}`);
  return {
    first: [...snapshot.models.keys(), ...routers, ...rest.map(nameFor)],
    unlessReached: [...new Set(behind)].filter((name) => !snapshot.models.has(name)),
  };
}

function modelsOf({ routes, defaultRoute }: Router): readonly string[] {
  const all = defaultRoute === undefined ? routes : [...routes, defaultRoute];
  return all.flatMap(({ variants }) =>
    variants.flatMap(({ variant }) => [variant.model, ...(variant.selection?.models ?? [])]),
  );
}

function nameFor({ id, models }: Pick<ResolvedProvider, "id" | "models">): string {
  const [first = "drill-model"] = models.keys();
  return `${id}/${first}`;
}
