import { compact } from "@signalbox/protocol";
import { bareName } from "../../catalogue/catalogue.ts";
import type { AccessPolicy, KeyGroup, OwnedPolicy, OwnerKind } from "../../config/access.ts";
import { providerAliases } from "../../providers/index.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import { AUTO_NAMES } from "../auto-name.ts";
import { plainName } from "../resolve.ts";
import { routerNameIn } from "../router-name.ts";
import { type Matcher, matcherOf } from "./patterns.ts";

/** Why a target is closed to a caller. */
export interface Objection {
  /** In full, for `explain`: `the policy of team 'research' allows only 'gpt-5*'`. */
  readonly why: string;
  /** For the refusal, which names nothing but what was asked. */
  readonly brief: string;
}

/** What one owner's policy, or a group, says of models and providers, ready to be asked. */
export interface Rules {
  /** Whether a name, or a target, is on the list of models. */
  readonly models: Matcher | undefined;
  /** Whether a router may be asked for, where there is a list of them. */
  readonly routers: Matcher | undefined;
  /** Whether a router is listed, so that the list of models does not hold for what it leads to. */
  readonly leads: Matcher;
  readonly notListed: Objection;
  readonly notRouted: Objection;
  readonly provider: (provider: ProviderFacts) => Objection | undefined;
}

export type ProviderFacts = Pick<ResolvedProvider, "id" | "region" | "zeroRetention">;

/** Policies and groups never change: what was made of one holds as long as there is one. */
const ofPolicies = new WeakMap<AccessPolicy, Rules | "none">();
const ofGroups = new WeakMap<KeyGroup, Rules>();
const ofOwners = new WeakMap<readonly OwnedPolicy[], readonly Rules[]>();

/** The rules of all owners that have any. The same array for the same owners. */
export function rulesOf(policies: readonly OwnedPolicy[]): readonly Rules[] {
  const known = ofOwners.get(policies);
  if (known !== undefined) return known;
  const rules = policies.flatMap((owned) => {
    const own = rulesOfOne(owned);
    return own === "none" ? [] : [own];
  });
  ofOwners.set(policies, rules);
  return rules;
}

function rulesOfOne(owned: OwnedPolicy): Rules | "none" {
  const known = ofPolicies.get(owned.policy);
  if (known !== undefined) return known;
  const { models, routers, providers, privacy = {} } = owned.policy;
  const { blockedProviders, regions, zeroRetention } = privacy;
  const says = [models, routers, providers, blockedProviders, regions].some((list) => list !== undefined);
  const rules = says || zeroRetention === true ? compiled(owned.policy, nameOf(owned)) : "none";
  ofPolicies.set(owned.policy, rules);
  return rules;
}

/** A group's list of models holds like a policy's. What its channels are is another question. */
export function rulesOfGroup(group: KeyGroup): Rules {
  const known = ofGroups.get(group) ?? compiled(compact({ models: group.models }), `the group '${group.name}'`);
  ofGroups.set(group, known);
  return known;
}

const OWNERS: Readonly<Record<OwnerKind, (id: string) => string>> = {
  key: () => "the policy of this key",
  team: (id) => `the policy of team '${id}'`,
  org: (id) => `the policy of organisation '${id}'`,
};

const nameOf = ({ kind, id }: OwnedPolicy): string => OWNERS[kind](id);

type Said = Pick<AccessPolicy, "models" | "routers" | "providers" | "privacy">;

function compiled(policy: Said, by: string): Rules {
  const { models, routers } = policy;
  return {
    models: models === undefined ? undefined : matcherOf(models.flatMap(spellings)),
    routers: routers === undefined ? undefined : matcherOf(routers.map(routerIn)),
    leads: leadsIn(policy),
    notListed: only(by, "models", models),
    notRouted: only(by, "routers", routers),
    provider: providerRule(policy, by),
  };
}

/** A provider's other name counts as its own, and may as well be a maker's, as OpenRouter writes `google/gemini-…`. */
function spellings(pattern: string): readonly string[] {
  const plain = plainName(pattern);
  const slash = plain.indexOf("/");
  const id = slash < 0 ? undefined : providerAliases.get(plain.slice(0, slash));
  return id === undefined ? [plain] : [plain, `${id}${plain.slice(slash)}`];
}

const routerIn = (pattern: string): string => routerNameIn(pattern) ?? pattern;

/** A router stands in a list of models by its whole name only (`router/support`): `*` there is about models. */
function leadsIn({ models = [], routers = [] }: Said): Matcher {
  const named = models.flatMap((pattern) => routerNameIn(pattern) ?? (AUTO_NAMES.has(pattern) ? "auto" : []));
  const listed = routers.map((pattern) => (AUTO_NAMES.has(pattern) ? "auto" : routerIn(pattern)));
  // What `auto` chooses among is whatever is known: only who writes its name means that.
  const auto = [...named, ...listed].includes("auto");
  const matches = matcherOf([...named, ...listed].filter((name) => name !== "auto"));
  return (name) => (name === "auto" ? auto : matches(name));
}

function providerRule({ providers, privacy = {} }: Said, by: string): Rules["provider"] {
  const { blockedProviders, regions, zeroRetention = false } = privacy;
  const allowed = providers === undefined ? undefined : matcherOf(providers.map(providerIn));
  const blocked = matcherOf((blockedProviders ?? []).map(providerIn));
  const inRegion = regions === undefined ? undefined : new Set(regions);
  const others = only(by, "providers", providers);
  const elsewhere = only(by, "regions", regions);
  return ({ id, region, zeroRetention: keepsNothing = false }) => {
    if (allowed?.(id) === false) return others;
    if (blocked(id)) return same(`${by} blocks its provider`);
    if (inRegion !== undefined && (region === undefined || !inRegion.has(region))) {
      const where = region === undefined ? "no region is declared for it" : `it is in '${region}'`;
      return { ...elsewhere, why: `${elsewhere.why}, and ${where}` };
    }
    return zeroRetention && !keepsNothing
      ? same(`${by} allows only providers that are declared to keep nothing (zeroRetention)`)
      : undefined;
  };
}

const providerIn = (name: string): string => providerAliases.get(name) ?? name;

const same = (why: string): Objection => ({ why, brief: why });

/** `provider/model`, the model's own id, and the end of a longer one: whichever an operator writes. */
export function isOnList(matches: Matcher, provider: string, model: string): boolean {
  return matches(model) || matches(`${provider}/${model}`) || (model.includes("/") && matches(bareName(model)));
}

const MOST_SHOWN = 8;

/** A refusal says less: what else there is, is nobody's business who may not have it. */
function only(by: string, what: string, names: readonly string[] = []): Objection {
  if (names.length === 0) return same(`${by} allows no ${what}`);
  const shown = names.slice(0, MOST_SHOWN).map((name) => `'${name.slice(0, 100)}'`);
  const more = names.length > MOST_SHOWN ? ` and ${names.length - MOST_SHOWN} more` : "";
  return { why: `${by} allows only the ${what} ${shown.join(", ")}${more}`, brief: `${by} allows other ${what} only` };
}
