import { isObject, type JsonValue, type Loss, type LossReport } from "@signalbox/protocol";
import { type Probe, SENTINEL } from "./probes.ts";

/** What became of a documented value on its way. */
export type Verdict = "carried" | "equivalent" | "reported" | "refused" | "moved" | "lost";

export interface Outcome {
  readonly body: JsonValue;
  readonly losses: LossReport;
}

export interface Trial {
  readonly probe: Probe;
  /** The value's own encoding, that of the same value without the field, and that of the place without any value. */
  readonly tried: Outcome;
  readonly baseline: Outcome;
  readonly empty: Outcome;
}

/** Adaptations after which nothing of the value's surroundings is left. */
const WHOLE: ReadonlySet<string> = new Set([
  "citations",
  "reasoning-replay",
  "cache-breakpoint",
  "grounding-metadata",
  "citation-metadata",
  "citation-offsets",
  "web-search-replay",
  "web-search-results",
]);

export function judge({ probe, tried, baseline, empty }: Trial, isHome: boolean): Verdict {
  const text = JSON.stringify(tried.body);
  const { sentinel } = probe;
  if (typeof sentinel === "string" && text.includes(sentinel) && !JSON.stringify(baseline.body).includes(sentinel)) {
    return "carried";
  }
  if (isHome && sentinel !== SENTINEL && holds(tried.body, lastKey(probe.path), sentinel)) return "carried";
  if (isNew(tried.losses, baseline.losses)) return "reported";
  if (tried.losses.dropped.some((loss) => !has(empty.losses.dropped, loss))) return "reported";
  if (tried.losses.adapted.some((loss) => WHOLE.has(loss.feature) && !has(empty.losses.adapted, loss)))
    return "reported";
  if (text !== JSON.stringify(baseline.body)) return isHome ? "moved" : "equivalent";
  return "lost";
}

const lastKey = (path: string): string => /([^.[\]<>]+)(?:\[\]|<[^>]*>)*$/.exec(path)?.[1] ?? path;

function holds(value: JsonValue | undefined, key: string, wanted: JsonValue): boolean {
  if (Array.isArray(value)) return value.some((item) => holds(item, key, wanted));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([name, inner]) => {
    const here = name === key && (inner === wanted || (Array.isArray(inner) && inner.includes(wanted)));
    return here || holds(inner, key, wanted);
  });
}

const has = (losses: readonly Loss[], { feature, detail }: Loss): boolean =>
  losses.some((loss) => loss.feature === feature && loss.detail === detail);

function isNew(tried: LossReport, baseline: LossReport): boolean {
  return (["dropped", "adapted"] as const).some((kind) => tried[kind].some((loss) => !has(baseline[kind], loss)));
}
