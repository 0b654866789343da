import { compact, GatewayError } from "@signalbox/protocol";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { ModelSelection, Route, Router, Variant } from "../config/router.ts";
import type { TimeoutOverrides } from "../config/timeouts.ts";
import { type Access, enter, type Leave, NO_LEAVE } from "./access/access.ts";
import { narrowRoute } from "./access/narrow-route.ts";
import type { Thrift } from "./access/thrift.ts";
import { suffixed } from "./asked-name.ts";
import { type SplitName, withSuffix } from "./model-name.ts";
import { mergeOverrides } from "./overrides.ts";
import { featuresAsked, featuresThrough } from "./plan-features.ts";
import type { RoutingPreferences } from "./preferences.ts";
import type { Circumstances, RequestView } from "./request-view.ts";
import { routerNameIn } from "./router-name.ts";
import { selectVariant } from "./select-variant.ts";
import { mergeSelections } from "./selection.ts";
import type { PlanFeatures, RequestOverrides } from "./target.ts";

/** What the routers on the way from the asked name to a model have decided. */
export interface Way {
  /** No router's name. */
  readonly model: string;
  readonly routed: boolean;
  /** The one that was asked for. */
  readonly router?: string;
  /** Whose lists of models do not hold here, because they list the router that was asked for. */
  readonly leave: Leave;
  readonly selection: ModelSelection;
  readonly overrides: RequestOverrides | undefined;
  readonly timeouts: readonly TimeoutOverrides[];
  readonly firstTokenMs: number | undefined;
  readonly reasons: readonly string[];
  readonly continuation: boolean;
  readonly hedging: boolean;
  readonly unserved: readonly string[];
  readonly features: PlanFeatures;
}

export interface Asking extends Pick<Circumstances, "chance"> {
  readonly name: string;
  readonly access: Access | undefined;
  /** Of the way that names this one as its fallback; absent where the request itself asks for the name. */
  readonly leave?: Leave | undefined;
  readonly thrift: () => Thrift | undefined;
}

/**
 * The way from an asked name: its suffix, the routers that it leads through until a model is named, and that name's suffix.
 * Throws `model_not_found`, `permission_denied` for a router that the caller may not ask, or what `selectVariant` throws.
 */
export function wayOf(snapshot: Snapshot, view: RequestView, asking: Asking): Way {
  const asked = suffixed(snapshot, asking.name);
  const wished = { ...view, preferences: withSuffix(view.preferences, asked.preferences) };
  const way = followRouters(snapshot, wished, { ...asking, name: asked.name });
  return way.routed ? withVariantSuffix(way, suffixed(snapshot, way.model)) : way;
}

function withVariantSuffix(way: Way, { name, preferences }: SplitName): Way {
  if (name === way.model) return way;
  const { reasoning, webSearch, ...selection } = preferences;
  const own = compact({ reasoning, webSearch });
  return {
    ...way,
    model: name,
    selection: mergeSelections(way.selection, selection),
    overrides: Object.keys(own).length === 0 ? way.overrides : { ...own, ...way.overrides },
  };
}

function followRouters(snapshot: Snapshot, view: RequestView, asking: Asking): Way {
  const { access, chance, thrift } = asking;
  let way = start(snapshot, view, asking);
  const seen = new Set<string>();
  for (;;) {
    const router = routerOf(snapshot, way.model);
    if (router === undefined) return way;
    if (seen.has(router.name))
      throw new GatewayError("invalid_request", `Router '${router.name}' leads back to itself.`, { param: "model" });
    seen.add(router.name);
    const isAskedFor = !way.routed && asking.leave === undefined;
    const leave = isAskedFor && access !== undefined ? enter(access, router.name) : way.leave;
    const walk = { snapshot, dialect: view.dialect, access, leave };
    const narrow = (route: Route) => narrowRoute(route, walk, thrift);
    const { route, variant, reason } = selectVariant(router, view, { chance, narrow });
    way = { ...through(way, router, { route: route.id, variant, reason, preferences: view.preferences }), leave };
  }
}

function start(snapshot: Snapshot, { preferences, stream }: RequestView, { name, leave = NO_LEAVE }: Asking): Way {
  return {
    model: name,
    routed: false,
    leave,
    selection: preferences,
    overrides: mergeOverrides(undefined, undefined, preferences),
    timeouts: [],
    firstTokenMs: preferences.firstTokenMs,
    reasons: [],
    continuation: snapshot.continuation,
    hedging: snapshot.hedging.enabled,
    unserved: unservedIn(preferences, stream),
    features: featuresAsked(preferences),
  };
}

/** An answer that comes whole has its first token when it is finished, so that nobody can tell whether it was late. */
function unservedIn({ unserved, firstTokenMs }: RoutingPreferences, stream: boolean): readonly string[] {
  return firstTokenMs === undefined || stream ? unserved : [...unserved, "fallback.ttft_timeout"];
}

/** An operator's public name goes before a router's; a provider that happens to be called `router` stays reachable. */
function routerOf(snapshot: Snapshot, model: string): Router | undefined {
  const name = snapshot.models.has(model) ? undefined : routerNameIn(model);
  if (name === undefined) return undefined;
  const router = snapshot.routers.get(name);
  const [prefix = ""] = model.split("/");
  if (router !== undefined || name === "auto" || snapshot.providers.has(prefix)) return router;
  throw new GatewayError("model_not_found", `There is no router '${name.slice(0, 100)}' here.`, { param: "model" });
}

interface Step {
  readonly route: string;
  readonly variant: Variant;
  readonly reason: string;
  readonly preferences: RoutingPreferences;
}

/** What was said nearer to the request stands over what this router says; its limits add up. */
function through(way: Way, router: Router, { route, variant, reason, preferences }: Step): Way {
  const own = mergeOverrides(router.defaults, searching(router, variant), preferences);
  return {
    ...way,
    model: variant.model,
    routed: true,
    router: way.router ?? router.name,
    selection: selectionThrough(way.selection, router, variant),
    overrides: own === undefined ? way.overrides : { ...own, ...way.overrides },
    timeouts: router.timeouts === undefined ? way.timeouts : [router.timeouts, ...way.timeouts],
    reasons: [...way.reasons, reason],
    continuation: way.continuation || router.continuation === true,
    hedging: way.hedging || router.hedging === true,
    unserved: router.defaults?.optimizePrompt === true ? [...way.unserved, "optimize_prompt"] : way.unserved,
    features: featuresThrough(way.features, router, `${router.name}/${route}/${variant.id}`),
  };
}

/** What the OpenAPI document's Router switches on for all of its models. */
function searching({ webSearch }: Router, variant: Variant): Variant {
  const isSaid = variant.webSearch !== undefined || variant.webSearchOptions !== undefined;
  return webSearch?.enabled === true && !isSaid ? { ...variant, webSearch: {} } : variant;
}

function selectionThrough(near: ModelSelection, { provider }: Router, { selection }: Variant): ModelSelection {
  if (provider === undefined && selection === undefined) return near;
  return mergeSelections(near, mergeSelections(selection ?? {}, provider === undefined ? {} : { provider }));
}
