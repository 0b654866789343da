import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { FEATURES, type Feature } from "./features.ts";
import type { ClaudeHost } from "./hosts.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";

/** The betas that a body needs at Anthropic's own API, from what it says. */
export function betasOf(body: JsonObject): readonly string[] {
  const needs = FEATURES.flatMap(({ needs = [] }) => needs);
  return [...new Set(needs.filter(([, says]) => says(body)).map(([beta]) => beta))];
}

export interface PlacedBetas {
  readonly headers?: Readonly<Record<string, string>>;
  /** Bedrock's body field. */
  readonly anthropic_beta?: readonly JsonValue[];
}

export function placeBetas(betas: readonly string[], quirks: AnthropicMessagesQuirks): PlacedBetas {
  if (betas.length === 0) return {};
  switch (quirks.betaHeaders ?? "header") {
    case "none":
      return {};
    case "body":
      return { anthropic_beta: betas };
    case "header":
      return { headers: { "anthropic-beta": betas.join(",") } };
  }
}

const announces =
  (beta: string) =>
  ({ betas }: Feature): boolean =>
    betas.some((name) => beta.startsWith(`${name}-`));

/** Those of the betas that do not announce one of these fields, which are left out. */
export function betasWithout(betas: readonly string[], fields: readonly string[]): readonly string[] {
  const isGone = ({ fields: own = [] }: Feature) => own.some((path) => fields.some((gone) => isSame(path, gone)));
  return betas.filter((beta) => {
    const announced = FEATURES.filter(announces(beta));
    return announced.length === 0 || !announced.some(isGone);
  });
}

/** A vendor names the kind of a union's member too (`tools.0.custom.defer_loading`), or the object around the field. */
function isSame(path: string, gone: string): boolean {
  const [outer, own] = [path.split("."), gone.split(".")];
  const isWithin = own.length < outer.length && own.every((step, at) => step === outer[at]);
  return isWithin || (outer[0] === own[0] && outer.at(-1) === own.at(-1));
}

/** The fields that a cloud does not know. */
export function fieldsUnknownAt(host: ClaudeHost): readonly string[] {
  return FEATURES.filter(({ hosts }) => hosts[host] === "none").flatMap(({ fields = [] }) => fields);
}

export interface HostBetas {
  readonly betas: readonly string[];
  /** Those that the cloud does not know, and that stand for more than the fields that it does not know. */
  readonly unknown: readonly string[];
}

/** A list of betas as a cloud takes it. `says`: whether the body has a field of that name somewhere. */
export function betasAt(host: ClaudeHost, betas: readonly string[], says: (name: string) => boolean): HostBetas {
  const kept = new Set<string>();
  const unknown: string[] = [];
  for (const beta of betas) {
    const features = FEATURES.filter(announces(beta));
    for (const name of features.flatMap((feature) => nameAt(host, { feature, beta, says }))) kept.add(name);
    const isFieldless = features.every(({ hosts, fields }) => hosts[host] === "none" && fields === undefined);
    if (isFieldless) unknown.push(beta);
  }
  return { betas: [...kept], unknown };
}

interface Announced {
  readonly feature: Feature;
  readonly beta: string;
  readonly says: (name: string) => boolean;
}

function nameAt(host: ClaudeHost, { feature, beta, says }: Announced): readonly string[] {
  const standing = feature.hosts[host];
  if (standing === "none" || standing === "plain") return [];
  if (standing === "beta" || standing === beta) return [beta];
  // One name of Anthropic's for several features: only for those that are made use of.
  return (feature.fields ?? []).some((path) => says(path.split(".").at(-1) ?? path)) ? [standing] : [];
}
