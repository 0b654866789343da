import { compact } from "@signalbox/protocol";
import type { PublicModelSettings } from "../config/settings.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { catalogueModel } from "./catalogue.ts";
import { searchesTheWeb } from "./native-search.ts";
import type { Ability } from "./operation-families.ts";
import { callableOperations, givesOutput, type MediaOutput, type Modalities, modalitiesOf } from "./operations.ts";
import { listedOwners } from "./owners.ts";
import { priceOf } from "./prices.ts";
import type { Capabilities, Price } from "./profile.ts";
import type { Snapshot } from "./snapshot.ts";

/** One name that a client may send, as the surfaces list it. */
export interface ListedModel {
  readonly id: string;
  /** The provider that answers it, or `OPERATOR`. */
  readonly owner: string;
  readonly displayName: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: Capabilities;
  /** What it may be asked for here; absent: `auto` and routers, which are for conversations. */
  readonly abilities?: readonly Ability[];
  readonly modalities?: Modalities;
  /** Only where everyone who may answer to this name asks the same. */
  readonly price?: Price;
  /** Unix seconds; 0 where it is not known. */
  readonly created: number;
}

/** A provider's model; its id is `provider/model`. */
export interface OfferedModel extends ListedModel {
  /** The provider's own name of it. */
  readonly model: string;
  readonly capabilities: Capabilities;
  readonly abilities: readonly Ability[];
  readonly modalities: Modalities;
}

type Offers = ReadonlyMap<string, OfferedModel>;

/** The owner of names that no provider has: public names, `auto`, routers. */
export const OPERATOR = "signalbox";

/** What one caller may ask for, of one snapshot. */
export interface Reach {
  /** Whether this name may lead the caller to this provider's model. */
  readonly target: (name: string, provider: ResolvedProvider, model: string) => boolean;
  /** Whether the caller may ask it for anything. */
  readonly provider: (provider: ResolvedProvider) => boolean;
  readonly auto: () => boolean;
  /** By its name alone. */
  readonly router: (name: string) => boolean;
}

interface Listed {
  readonly models: readonly ListedModel[];
  readonly byId: ReadonlyMap<string, ListedModel>;
}

const lists = new WeakMap<Snapshot | Reach, Listed>();
/** Routers change more often than providers do, so what these offer is remembered apart. */
const offers = new WeakMap<Snapshot["providers"], Offers>();

/**
 * Every name that can be called: the operator's own first, `auto` and routers, then bare ids, then `provider/model`. No name
 * twice. With `reach`, which belongs to the snapshot, those that its caller may ask for, as they are for that caller. The same
 * array for the same snapshot and reach.
 */
export function listModels(snapshot: Snapshot, reach?: Reach): readonly ListedModel[] {
  return listedOf(snapshot, reach).models;
}

/** What a list shows under this name. */
export function listedModel(snapshot: Snapshot, id: string, reach?: Reach): ListedModel | undefined {
  return listedOf(snapshot, reach).byId.get(id);
}

/** Who may answer to a name that a list shows, best first; nobody for `auto` and routers, which choose when they are asked. */
export function offersUnder(snapshot: Snapshot, id: string, reach?: Reach): readonly OfferedModel[] {
  const written = snapshot.models.get(id);
  if (written !== undefined) return targetsOf(written, snapshot.providers, reach);
  if (snapshot.owners.has(id)) return ownersOffers(snapshot, id, reach);
  const offered = offersOf(snapshot.providers).get(id);
  return offered !== undefined && (reach === undefined || isReached(offered, snapshot.providers, reach))
    ? [offered]
    : [];
}

const doers = new WeakMap<readonly ListedModel[], Map<Ability, readonly string[]>>();

/** The names that its caller may ask for that, as they are listed: short ones first. The same array for the same list. */
export function modelsFor(snapshot: Snapshot, ability: Ability, reach?: Reach): readonly string[] {
  const models = listModels(snapshot, reach);
  const known = doers.get(models) ?? new Map<Ability, readonly string[]>();
  doers.set(models, known);
  const names =
    known.get(ability) ?? models.filter(({ abilities }) => abilities?.includes(ability) === true).map(({ id }) => id);
  known.set(ability, names);
  return names;
}

const drawers = new WeakMap<readonly ListedModel[], Map<MediaOutput, readonly string[]>>();

/** The names whose models answer conversations with that, first those that need no tool for it. The same array for the same list. */
export function modelsGiving(snapshot: Snapshot, output: MediaOutput, reach?: Reach): readonly string[] {
  const models = listModels(snapshot, reach);
  const known = drawers.get(models) ?? new Map<MediaOutput, readonly string[]>();
  drawers.set(models, known);
  const gives = ({ owner, model }: OfferedModel) => {
    const provider = snapshot.providers.get(owner);
    return provider !== undefined && givesOutput(provider, model, output);
  };
  const isOfItself = ({ modalities }: ListedModel) => modalities?.output.includes(output) === true;
  const giving = () => models.filter(({ id }) => offersUnder(snapshot, id, reach).some(gives));
  const names =
    known.get(output) ??
    giving()
      .toSorted((a, b) => Number(isOfItself(b)) - Number(isOfItself(a)))
      .map(({ id }) => id);
  known.set(output, names);
  return names;
}

/** Every model that a provider lists. */
export function offeredModels({ providers }: Pick<Snapshot, "providers">, reach?: Reach): readonly OfferedModel[] {
  const all = [...offersOf(providers).values()];
  return reach === undefined ? all : all.filter((offered) => isReached(offered, providers, reach));
}

function isReached({ id, owner, model }: OfferedModel, providers: Snapshot["providers"], reach: Reach): boolean {
  const provider = providers.get(owner);
  return provider !== undefined && reach.target(id, provider, model);
}

function listedOf(snapshot: Snapshot, reach: Reach | undefined): Listed {
  const known = lists.get(reach ?? snapshot);
  if (known !== undefined) return known;
  const byId = new Map<string, ListedModel>();
  for (const model of everyName(snapshot, reach)) if (!byId.has(model.id)) byId.set(model.id, model);
  const listed = { models: [...byId.values()], byId };
  lists.set(reach ?? snapshot, listed);
  return listed;
}

function* everyName(snapshot: Snapshot, reach: Reach | undefined): Iterable<ListedModel> {
  yield* publicModels(snapshot, reach);
  if (reach === undefined || reach.auto()) {
    yield { id: "auto", owner: OPERATOR, displayName: "Auto: the model that fits the request", created: 0 };
  }
  for (const { name, displayName } of snapshot.routers.values()) {
    if (reach !== undefined && !reach.router(name)) continue;
    yield { id: `router/${name}`, owner: OPERATOR, displayName: displayName ?? name, created: 0 };
  }
  yield* bareIds(snapshot, reach);
  yield* offeredModels(snapshot, reach);
}

function* publicModels({ models, providers }: Snapshot, reach: Reach | undefined): Iterable<ListedModel> {
  for (const model of models.values()) {
    const { name, displayName } = model;
    const answering = targetsOf(model, providers, reach);
    if (reach !== undefined && answering.length === 0) continue;
    yield { ...together(answering), id: name, owner: OPERATOR, displayName: displayName ?? name, created: 0 };
  }
}

function targetsOf(
  { name, targets }: PublicModelSettings,
  providers: Snapshot["providers"],
  reach: Reach | undefined,
): readonly OfferedModel[] {
  return targets.flatMap((target) => {
    const provider = providers.get(target.provider);
    const open = provider !== undefined && (reach === undefined || reach.target(name, provider, target.model));
    return open ? [offer(provider, target.model)] : [];
  });
}

function ownersOffers(snapshot: Snapshot, id: string, reach: Reach | undefined): readonly OfferedModel[] {
  const offered = offersOf(snapshot.providers);
  return listedOwners(snapshot, id).flatMap(({ provider, model }) => {
    const open = reach === undefined || reach.target(id, provider, model);
    return (open ? offered.get(`${provider.id}/${model}`) : undefined) ?? [];
  });
}

function* bareIds(snapshot: Snapshot, reach: Reach | undefined): Iterable<ListedModel> {
  for (const id of snapshot.owners.keys()) {
    const answering = ownersOffers(snapshot, id, reach);
    const [first] = answering;
    if (first === undefined) continue;
    const { owner, displayName, created } = first;
    yield { ...together(answering), id, owner, displayName, created };
  }
}

/** What holds for a name that several may answer to: the first one's facts, and the price that all of them ask. */
function together(answering: readonly OfferedModel[]) {
  const [first] = answering;
  const prices = new Set(answering.map(({ price }) => JSON.stringify({ ...price, id: "", rules: "", tiers: "" })));
  return compact({
    contextTokens: first?.contextTokens,
    maxOutputTokens: first?.maxOutputTokens,
    capabilities: first?.capabilities,
    abilities: first === undefined ? undefined : [...new Set(answering.flatMap(({ abilities }) => abilities))],
    modalities: first?.modalities,
    price: prices.size === 1 ? first?.price : undefined,
  });
}

function offersOf(providers: Snapshot["providers"]): Offers {
  const known = offers.get(providers);
  if (known !== undefined) return known;
  const all = new Map<string, OfferedModel>();
  for (const provider of providers.values()) {
    for (const model of provider.models.keys()) {
      const offered = offer(provider, model);
      all.set(offered.id, offered);
    }
  }
  offers.set(providers, all);
  return all;
}

function offer(provider: ResolvedProvider, model: string): OfferedModel {
  const known = catalogueModel(provider.id, model);
  const abilities = callableOperations(provider, model);
  const converses = abilities.includes("generate");
  const webSearch = converses ? searchesTheWeb(provider, model) : undefined;
  const capabilities = { ...capabilitiesOf(provider, model), ...compact({ webSearch }) };
  return {
    id: `${provider.id}/${model}`,
    model,
    owner: provider.id,
    displayName: known?.name ?? model,
    ...compact({
      contextTokens: capabilities.contextTokens,
      maxOutputTokens: capabilities.maxOutputTokens,
      price: priceOf(provider, model),
    }),
    capabilities,
    abilities,
    modalities: modalitiesOf(provider, model),
    created: known?.released === undefined ? 0 : Math.floor(Date.parse(known.released) / 1000),
  };
}
