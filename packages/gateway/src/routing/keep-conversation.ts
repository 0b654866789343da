import { priceOf } from "../catalogue/prices.ts";
import type { Planning } from "./planning.ts";
import { typicalTokens } from "./rank.ts";
import { type CachedPlace, keepOrMove } from "./stickiness.ts";
import { accountsOf, type Target } from "./target.ts";

export interface Kept {
  readonly targets: readonly Target[];
  readonly reasons: readonly string[];
  /** There is more than one place to ask, or another one to compare with, so that it is worth remembering which one answered. */
  readonly isChoice: boolean;
  /** Where the conversation's prompt cache lives by now. */
  readonly place?: CachedPlace;
}

/**
 * A conversation goes on where its prompt cache lives, if that place is still in the plan and leaving it would not be cheaper.
 * An order that somebody has said, or that has the cache in its reckoning already, stays.
 */
export function keepConversation(targets: readonly Target[], planning: Planning, isReckoned: boolean): Kept {
  const [first] = targets;
  const isChoice = targets.length > 1 || (first !== undefined && accountsOf(first).length > 1);
  const { view, tools, way } = planning;
  const isRemembered = isChoice || isReckoned || way.features.baseline !== undefined;
  if (!isRemembered) return { targets, reasons: [], isChoice: false };
  const place = tools.sessions.placeOf(planning.session(), tools.now);
  if (place === undefined) return { targets, reasons: [], isChoice: true };
  const unchanged = { targets, reasons: [], isChoice: true, place };
  if (!isChoice) return unchanged;
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
    place,
  };
}
