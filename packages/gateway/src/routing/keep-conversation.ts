import { priceOf } from "../catalogue/prices.ts";
import type { Planning } from "./planning.ts";
import { typicalTokens } from "./rank.ts";
import { keepOrMove } from "./stickiness.ts";
import { accountsOf, type Target } from "./target.ts";

export interface Kept {
  readonly targets: readonly Target[];
  readonly reasons: readonly string[];
  /** There is more than one place to ask, so that it is worth remembering which one answered. */
  readonly isChoice: boolean;
}

/**
 * A conversation goes on where its prompt cache lives, if that place is still in the plan and leaving it would not be cheaper.
 * An order that somebody has said, or that has the cache in its reckoning already, stays.
 */
export function keepConversation(targets: readonly Target[], planning: Planning, isReckoned: boolean): Kept {
  const [first] = targets;
  const isChoice = targets.length > 1 || (first !== undefined && accountsOf(first).length > 1);
  const unchanged = { targets, reasons: [], isChoice: isChoice || isReckoned };
  if (!isChoice) return unchanged;
  const { view, tools, way } = planning;
  const place = tools.sessions.placeOf(planning.session(), tools.now);
  if (place === undefined) return unchanged;
  const plan = targets.map(({ provider, model }) => ({
    provider: provider.id,
    model,
    price: priceOf(provider, model),
  }));
  const isExplicit = isReckoned || way.selection.provider?.order !== undefined;
  const stay = keepOrMove({ plan, place, ...typicalTokens(view.features()), isExplicit });
  const held = stay === undefined ? undefined : targets[stay.index];
  if (stay === undefined || held === undefined) return unchanged;
  const kept = stay.credential === undefined ? held : { ...held, credential: stay.credential };
  return {
    targets: [kept, ...targets.filter((target) => target !== held)],
    reasons: stay.index > 0 ? [stay.reason] : [],
    isChoice,
  };
}
