import { GatewayError } from "@signalbox/protocol";
import type { Route, Router, Variant, WeightedVariant } from "../config/router.ts";
import { type CompiledCondition, compileCondition, MOST_STEPS } from "./condition.ts";
import type { Circumstances, RequestView } from "./request-view.ts";
import { pickVariant } from "./split.ts";

export interface SelectedVariant {
  readonly route: Route;
  readonly variant: Variant;
  /** `router 'support': route 'premium' (tier == "premium"), variant 'primary' (weight 60 of 100, by user)` */
  readonly reason: string;
}

interface ConditionalRoute {
  readonly route: Route;
  readonly condition: CompiledCondition;
  /** The condition for people, on one line. */
  readonly shown: string;
}

/** Conditions share the steps of one evaluation, but each has so many: a costly one does not make those after it false. */
const LEAST_STEPS = MOST_STEPS / 100;

const LONGEST_SHOWN = 200;

/** Routers are immutable, so that what was compiled of one is true as long as there is one. */
const compiled = new WeakMap<Router, readonly ConditionalRoute[]>();

/** What is left of a route's variants to choose from, and in words that go behind a variant's name why. */
export interface Narrowed {
  readonly variants: readonly WeightedVariant[];
  readonly why: string;
}

export interface Selecting extends Pick<Circumstances, "chance"> {
  /** Undefined: all of them are. */
  readonly narrow?: ((route: Route) => Narrowed | undefined) | undefined;
}

/**
 * The variant that a router chooses for a request: that of the first route whose condition holds, else of the default route.
 * Throws `invalid_request` with the vendor's own words when there is none: the name is known, so it is not 404, which clients
 * take for a model that does not exist.
 */
export function selectVariant(router: Router, view: RequestView, { chance, narrow }: Selecting): SelectedVariant {
  const held = firstThatHolds(router, view);
  const route = held?.route ?? router.defaultRoute;
  const narrowed = route && narrow?.(route);
  const open = route && narrowed ? { ...route, variants: narrowed.variants } : route;
  const picked = open && pickVariant(open, { router: router.name, user: view.user, chance });
  if (route === undefined || picked === undefined) {
    throw new GatewayError("invalid_request", "No route matched. Configure a default route or adjust conditions.", {
      param: "model",
    });
  }
  const { variant, weight } = picked;
  const among = narrowed?.variants ?? route.variants;
  const how = among.length === 1 ? "" : view.user === undefined ? ", by chance" : ", by user";
  const reason = `router '${router.name}': route '${route.id}' (${held?.shown ?? "the default route"}), variant '${variant.id}' (weight ${weight} of 100${how}${narrowed === undefined ? "" : `, ${narrowed.why}`})`;
  return { route, variant, reason };
}

function firstThatHolds(router: Router, view: RequestView): ConditionalRoute | undefined {
  let steps = MOST_STEPS;
  for (const conditional of conditionalRoutes(router)) {
    const decision = conditional.condition.decide(view, Math.max(steps, LEAST_STEPS));
    if (decision.holds) return conditional;
    steps -= decision.steps;
  }
  return undefined;
}

function conditionalRoutes(router: Router): readonly ConditionalRoute[] {
  const known = compiled.get(router);
  if (known !== undefined) return known;
  const made = router.routes.map((route) => ({ route, condition: conditionOf(route), shown: shownCondition(route) }));
  compiled.set(router, made);
  return made;
}

/** A route without a condition is taken whenever it is reached. */
function conditionOf({ condition }: Route): CompiledCondition {
  return compileCondition(condition ?? "true");
}

function shownCondition({ condition = "no condition" }: Route): string {
  const line = condition.replaceAll(/\s+/g, " ");
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
