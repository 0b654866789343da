import { compact, type JsonObject } from "@signalbox/protocol";
import type { AccessPolicy, Budget } from "../../../config/access.ts";
import { nanoToDollars } from "../../../config/money.ts";

/** A policy as it is written: what is said of nothing is left out, and money is US dollars. */
export function shownPolicy(policy: AccessPolicy): JsonObject {
  const { privacy } = policy;
  return compact({
    models: policy.models,
    routers: policy.routers,
    providers: policy.providers,
    surfaces: policy.surfaces,
    allow_cidrs: policy.allowCidrs,
    deny_cidrs: policy.denyCidrs,
    limits: policy.limits?.map(({ unit, per, limit }) => ({ unit, per, limit })),
    concurrency: policy.concurrency,
    budgets: policy.budgets?.map(shownBudget),
    privacy:
      privacy === undefined
        ? undefined
        : compact({
            retain_bodies_hours: privacy.retainBodiesHours,
            blocked_providers: privacy.blockedProviders,
            regions: privacy.regions,
            zero_retention: privacy.zeroRetention,
          }),
  });
}

function shownBudget({ per, window, limitNano, softPercent }: Budget): JsonObject {
  return { per, window, limit: nanoToDollars(limitNano), soft_percent: softPercent };
}
