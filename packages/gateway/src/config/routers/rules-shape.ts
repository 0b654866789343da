import type { PathStep } from "../issues.ts";
import type { Router } from "../router.ts";
import { type Codec, complain, filled, flag, inside, list, mapped, type Place, text } from "./codec.ts";
import type { RouteDraft, RouterDraft } from "./draft.ts";
import { cache, guardrails, promptCache, promptCompression, switched } from "./features.ts";
import { defaults, id, routerName, timeouts } from "./parts.ts";
import { optional, record } from "./record.ts";
import { defaultRouteId, loneModel, type Rule, routeOf, rule, ruleOf, stepsInRule } from "./rule.ts";
import { answerFields } from "./vendor-shape.ts";

/** The OpenAPI document's Router, with what it has no field for as extras. */
interface RulesDocument extends Omit<Router, "name" | "routes" | "defaultRoute" | "provider"> {
  readonly id?: string;
  readonly name?: string;
  readonly rules?: readonly Rule[];
  readonly defaultModel?: string;
}

const document = record<RulesDocument>(
  {
    id: optional("id", routerName("")),
    name: optional("name", routerName("")),
    displayName: optional("display_name", text),
    description: optional("description", text),
    defaults: optional("defaults", defaults),
    rules: optional("rules", list(rule)),
    defaultModel: optional("default_model", id),
    cache: optional("cache", cache),
    promptCache: optional("prompt_cache", promptCache),
    promptCompression: optional("prompt_compression", promptCompression),
    webSearch: optional("web_search", switched),
    guardrails: optional("guardrails", guardrails),
    baseline: optional("baseline", filled),
    timeouts: optional("timeouts", timeouts),
    continuation: optional("continuation", flag),
    hedging: optional("hedging", flag),
  },
  { spelling: "camel", ignored: answerFields },
);

/** The shape of the OpenAPI document: `rules` and `defaultModel`. */
export const rulesShape: Codec<RouterDraft> = mapped<RulesDocument, RouterDraft>(document, {
  decode: toDraft,
  encode: fromDraft,
  steps: stepsInDocument,
});

const isRoute = (value: Rule): boolean => value.condition !== undefined;
const isProvider = (value: Rule): boolean => value.provider !== undefined;
const isDefault = (value: Rule): boolean => !isRoute(value) && !isProvider(value);

function toDraft(written: RulesDocument, place: Place): RouterDraft {
  const { id: own, name = own, rules, defaultModel, ...rest } = written;
  if (own !== undefined && own !== name) complain(inside(place, "id"), "must be the router's name, or left out");
  checkOnce(written, place);
  const provider = rules?.find(isProvider)?.provider;
  const split = rules?.find(isDefault);
  const defaultRoute = defaultModel === undefined ? split && routeOf(split) : routeOf({ model: defaultModel });
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(rules === undefined ? {} : { routes: rules.filter(isRoute).map(routeOf) }),
    ...(provider === undefined ? {} : { provider }),
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
  };
}

function checkOnce({ rules = [], defaultModel }: RulesDocument, place: Place): void {
  let providers = 0;
  let defaultRoutes = defaultModel === undefined ? 0 : 1;
  rules.forEach((value, index) => {
    if (isProvider(value)) providers += 1;
    if (isDefault(value)) defaultRoutes += 1;
    if (isProvider(value) && providers > 1) complain(inside(place, "rules", index), "a router has one provider rule");
    if (isDefault(value) && defaultRoutes > 1) {
      complain(
        inside(place, "rules", index),
        "a router has one default: a split without condition, or defaultModel, not several",
      );
    }
  });
}

function fromDraft(draft: RouterDraft): RulesDocument {
  const { name, routes = [], defaultRoute, provider, ...rest } = draft;
  const model = defaultRoute?.id === defaultRouteId ? loneModel(defaultRoute) : undefined;
  const split: readonly RouteDraft[] = defaultRoute === undefined || model !== undefined ? [] : [defaultRoute];
  return {
    ...rest,
    ...(name === undefined ? {} : { id: name, name }),
    rules: [
      ...(provider === undefined ? [] : [{ type: "provider" as const, provider }]),
      ...routes.map(ruleOf),
      ...split.map(ruleOf),
    ],
    ...(model === undefined ? {} : { defaultModel: model }),
  };
}

function stepsInDocument(steps: readonly PathStep[], written: RulesDocument): readonly PathStep[] {
  const { rules = [] } = written;
  const [first, second, ...rest] = steps;
  const inRule = (is: (value: Rule) => boolean, nth: number, inner: readonly PathStep[]): readonly PathStep[] => {
    const value = rules.filter(is)[nth];
    return value === undefined ? ["rules"] : ["rules", rules.indexOf(value), ...stepsInRule(value, inner)];
  };
  switch (first) {
    case "routes":
      return inRule(isRoute, Number(second), rest);
    case "provider":
      return inRule(isProvider, 0, steps);
    case "defaultRoute":
      return written.defaultModel === undefined ? inRule(isDefault, 0, steps.slice(1)) : ["defaultModel"];
    default:
      return steps;
  }
}
