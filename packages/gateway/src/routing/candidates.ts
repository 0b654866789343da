import { idAt } from "../catalogue/own-ids.ts";
import { listedOwners } from "../catalogue/owners.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { ModelSelection } from "../config/router.ts";
import { type Gate, passGate } from "./access/gate.ts";
import type { Thrift } from "./access/thrift.ts";
import { channelOrder } from "./channel.ts";
import { readsSuffixes } from "./model-name.ts";
import { NO_FALLBACKS, type Ranked, type Ranking, rankProviders } from "./rank.ts";
import { type Named, resolveName } from "./resolve.ts";
import type { Rejection, Target } from "./target.ts";

export interface CandidateOptions {
  readonly snapshot: Snapshot;
  readonly ranking: Ranking;
  readonly chance: () => number;
  /** The only providers that may answer a name that a person wrote; the names of a pool are this gateway's own. */
  readonly only?: readonly string[] | undefined;
  /** Absent: nothing stands between the caller and any target. */
  readonly gate?: Gate | undefined;
  /** Under thrift the cheapest provider goes first, but where the operator has said the order. */
  readonly thrift?: (() => Thrift | undefined) | undefined;
}

export const UNKNOWN = "nobody here has a model of this name";

/** One model's targets, in order. */
export interface ModelCandidates {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly rejected: readonly Rejection[];
  readonly orderedBy?: Named["orderedBy"];
  /** Where the cheapest goes first: who would otherwise, as `provider/model`. Absent where chance would decide. */
  readonly usual?: string;
}

/** The targets of a name, best first. A name that nobody here has is a rejection of its own. */
export function candidatesOf(name: string, options: CandidateOptions): ModelCandidates {
  const { snapshot, ranking, only, gate } = options;
  const named = resolveName(snapshot, name, { dialect: ranking.dialect, only });
  if (named.targets.length === 0) return { name, targets: [], rejected: [{ target: name, why: UNKNOWN }] };
  const open = gate === undefined ? { named, rejected: [] } : passGate(named, name, gate);
  const { kept, rejected } = rank(open.named, options);
  const all = [...open.rejected, ...rejected];
  return { name, targets: kept, rejected: all, orderedBy: open.named.orderedBy, ...usualFirst(open.named, options) };
}

function usualFirst(named: Named, options: CandidateOptions): Pick<ModelCandidates, "usual"> {
  const { ranking } = options;
  const { sort, provider } = ranking.preferences;
  const by = provider?.sort ?? sort;
  const isChoice = named.targets.length > 1 && provider?.order === undefined;
  if (!isChoice || (by?.[0]?.metric !== "price" && options.thrift?.() === undefined)) return {};
  if (named.targets.some(({ priority, weight }) => priority !== undefined || weight !== undefined)) return {};
  const { sort: _sort, provider: wishes = {}, ...preferences } = ranking.preferences;
  const { sort: _by, ...provided } = wishes;
  const { kept } = rankProviders(named.targets, { ...ranking, preferences: { ...preferences, provider: provided } });
  const first = named.orderedBy === "nobody" ? kept[0] : named.targets.find((target) => kept.includes(target));
  return first === undefined ? {} : { usual: targetName(first) };
}

/** No target twice: the first place is its place. */
export function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const name = targetName(target);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

export function targetName({
  provider,
  model,
}: Pick<Target, "model"> & { readonly provider: { readonly id: string } }) {
  return `${provider.id}/${model}`;
}

/**
 * Whether a suffix of this name belongs to it: a provider or the operator has the very name, or the provider that it names
 * reads suffixes itself. `-thinking` ends the ids of many models that no list has.
 */
export function isWhole(snapshot: Snapshot, name: string): boolean {
  if (isListed(snapshot, name)) return true;
  return name.endsWith("-thinking") && !isListed(snapshot, name.slice(0, -"-thinking".length));
}

function isListed(snapshot: Snapshot, name: string): boolean {
  if (snapshot.models.has(name) || listedOwners(snapshot, name).length > 0) return true;
  const slash = name.indexOf("/");
  const prefix = name.slice(0, Math.max(0, slash));
  const provider = snapshot.providers.get(snapshot.providerAliases.get(prefix) ?? prefix);
  return provider !== undefined && (readsSuffixes(provider.id) || idAt(provider, name.slice(slash + 1)) !== undefined);
}

function rank(named: Named, options: CandidateOptions): Ranked<Target> {
  const isChoice = named.targets.length > 1 && named.orderedBy !== "operator";
  const thrift = isChoice ? options.thrift?.() : undefined;
  const ranking = thrift === undefined ? options.ranking : byPrice(options.ranking, thrift);
  if (named.orderedBy === "nobody" || saysOrder(ranking.preferences)) return rankProviders(named.targets, ranking);
  // What the request forbids is left out, and the order that somebody meant stays: its first is the one without fallbacks.
  const { allowFallbacks, ...provider } = ranking.preferences.provider ?? {};
  const ranked = rankProviders(named.targets, { ...ranking, preferences: { ...ranking.preferences, provider } });
  const allowed = inTurns(
    named.targets.filter((target) => ranked.kept.includes(target)),
    options,
  );
  if (allowFallbacks !== false) return { ...ranked, kept: allowed };
  const fallbacks = allowed.slice(1).map((target) => ({ target: targetName(target), why: NO_FALLBACKS }));
  return { kept: allowed.slice(0, 1), rejected: [...ranked.rejected, ...fallbacks] };
}

function byPrice(ranking: Ranking, { tokens }: Thrift): Ranking {
  const { sort: _sort, ...provider } = ranking.preferences.provider ?? {};
  return { ...ranking, tokens, preferences: { ...ranking.preferences, sort: [{ metric: "price" }], provider } };
}

function saysOrder({ provider, sort }: ModelSelection): boolean {
  return sort !== undefined || provider?.sort !== undefined || provider?.order !== undefined;
}

/** Where the operator gave targets priorities or weights; the weights are shares of the traffic, so that no turns are counted. */
function inTurns(targets: readonly Target[], { chance }: CandidateOptions): readonly Target[] {
  if (targets.every(({ priority, weight }) => priority === undefined && weight === undefined)) return targets;
  const channels = targets.map((target) => ({ ...target, id: targetName(target), target }));
  return channelOrder(channels, { lastUsed: () => undefined, chance }).map(({ target }) => target);
}
