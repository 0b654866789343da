import { expectedCost } from "../../catalogue/prices.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { SurfaceDialect } from "../../config/quirks.ts";
import type { Route, Router, WeightedVariant } from "../../config/router.ts";
import { calledRouter, isAuto, suffixed } from "../asked-name.ts";
import { figuresOf } from "../auto/facts.ts";
import { poolOf } from "../auto/pool.ts";
import { plainName, resolveName } from "../resolve.ts";
import type { Narrowed } from "../select-variant.ts";
import type { Target } from "../target.ts";
import { type Access, judge, type Leave, leaveOf } from "./access.ts";
import type { Thrift } from "./thrift.ts";

/** Who goes the way, and what of it is known. */
export interface Walk {
  readonly snapshot: Snapshot;
  readonly dialect: SurfaceDialect;
  readonly access: Access | undefined;
  readonly leave: Leave;
}

/**
 * The variants of a route that lead to something that this caller may have, and of those under thrift the cheapest alone.
 * Where none leads anywhere all are left: the refusal then says why.
 */
export function narrowRoute(
  { variants }: Route,
  walk: Walk,
  askThrift: () => Thrift | undefined,
): Narrowed | undefined {
  const weighted = variants.filter(({ weight }) => weight > 0);
  if (weighted.length < 2) return undefined;
  const open = walk.access === undefined ? weighted : weighted.filter((variant) => leadsSomewhere(variant, walk));
  if (open.length === 0) return undefined;
  const thrift = open.length > 1 ? askThrift() : undefined;
  if (thrift !== undefined) {
    const costs = new Map(open.map((variant) => [variant, leastCost(variant, walk, thrift)]));
    const [cheapest] = open.toSorted((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
    if (cheapest !== undefined) return { variants: [cheapest], why: `the cheapest: ${thrift.why}` };
  }
  return open.length === weighted.length ? undefined : { variants: open, why: "of those that this key may ask" };
}

function leadsSomewhere(variant: WeightedVariant, walk: Walk): boolean {
  return targetsOf(variant, walk).next().done !== true;
}

/** What no price is known of may cost anything. */
function leastCost(variant: WeightedVariant, walk: Walk, { tokens }: Thrift): number {
  let least = Number.MAX_VALUE;
  for (const { provider, model } of targetsOf(variant, walk)) {
    const { price } = figuresOf(provider, model);
    if (price !== undefined) least = Math.min(least, expectedCost(price, tokens));
  }
  return least;
}

/** Those of the variant's own name; its fallbacks where the caller may have none of them. */
function* targetsOf({ variant: { model, selection } }: WeightedVariant, walk: Walk): Generator<Target> {
  if (isAuto(walk.snapshot, suffixed(walk.snapshot, model).name)) return yield* pool(walk, selection?.models);
  let found = false;
  for (const target of targetsBehind(model, walk)) {
    found = true;
    yield target;
  }
  if (!found) for (const name of selection?.models ?? []) yield* targetsBehind(name, walk);
}

/** What a name may lead this caller to: of a router, through every route of every router behind it, each once. */
export function* targetsBehind(name: string, walk: Walk, seen: Set<Router> = new Set()): Generator<Target> {
  const { snapshot, dialect, access, leave } = walk;
  const plain = suffixed(snapshot, name).name;
  const router = calledRouter(snapshot, plain);
  if (router !== undefined) return yield* behindRouter(router, walk, seen);
  if (isAuto(snapshot, plain)) return yield* pool(walk, undefined);
  const { targets } = resolveName(snapshot, plain, { dialect });
  for (const target of targets) {
    const judged = access === undefined ? { target } : judge(access, target, { name: plain, leave });
    if ("target" in judged) yield judged.target;
  }
}

function* behindRouter(router: Router, walk: Walk, seen: Set<Router>): Generator<Target> {
  if (seen.has(router)) return;
  seen.add(router);
  const { routes, defaultRoute } = router;
  for (const { variants } of defaultRoute === undefined ? routes : [...routes, defaultRoute]) {
    for (const { variant, weight } of variants) {
      const names = weight > 0 ? [variant.model, ...(variant.selection?.models ?? [])] : [];
      for (const name of names) yield* targetsBehind(name, walk, seen);
    }
  }
}

/** Who may ask `auto` may have what it chooses among, unless somebody else has said what that is. */
function* pool(walk: Walk, selected: readonly string[] | undefined): Generator<Target> {
  const { snapshot, access, leave } = walk;
  const { names, from } = poolOf(snapshot.providers, { selected, settings: snapshot.auto.models });
  const isItsOwn = access !== undefined && from !== "selection";
  const inside = isItsOwn ? { ...walk, leave: [...leave, ...leaveOf(access, "auto")] } : walk;
  for (const name of names) {
    const plain = plainName(name);
    // A candidate is a model: a pool has no routers in it.
    if (!isAuto(snapshot, plain) && calledRouter(snapshot, plain) === undefined) yield* targetsBehind(plain, inside);
  }
}
