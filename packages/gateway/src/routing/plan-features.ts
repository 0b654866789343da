import { compact } from "@signalbox/protocol";
import type { Compression } from "../config/features.ts";
import type { Router } from "../config/router.ts";
import type { RoutingPreferences } from "./preferences.ts";
import type { PlanFeatures } from "./target.ts";

/** The vendor's default: https://docs.inworld.ai/router/capabilities/compression */
const AGGRESSIVENESS = 0.5;

const NOTHING_ASKED: PlanFeatures = { steps: [] };

/** What a request says itself. */
export function featuresAsked({ cache, compression, middleOut }: RoutingPreferences): PlanFeatures {
  if (cache === undefined && compression === undefined && middleOut === undefined) return NOTHING_ASKED;
  return compact({ cache, compression, middleOut, steps: [] });
}

/** What was said nearer to the request stands over what this router says; a step is `router/route/variant`. */
export function featuresThrough(near: PlanFeatures, router: Router, step: string): PlanFeatures {
  const { cache, promptCache, guardrails, baseline } = router;
  return compact({
    cache: over(near.cache, cache),
    promptCache: over(near.promptCache, promptCache),
    compression: near.compression ?? compressionOf(router),
    middleOut: near.middleOut,
    // The outermost router is the policy: what it leads to may add to it, and takes nothing away.
    guardrails: over(near.guardrails, guardrails),
    baseline: near.baseline ?? baseline,
    steps: [...near.steps, step],
  });
}

function over<T extends object>(near: T | undefined, far: T | undefined): T | undefined {
  return near === undefined || far === undefined ? (near ?? far) : { ...far, ...near };
}

function compressionOf({ promptCompression }: Router): Compression | undefined {
  if (promptCompression?.enabled !== true) return undefined;
  return { aggressiveness: promptCompression.aggressiveness ?? AGGRESSIVENESS };
}
