import type { MediaOutput } from "../catalogue/operations.ts";
import type { OperationId } from "../config/operations.ts";
import type { EndpointDialect, SurfaceDialect } from "../config/quirks.ts";
import type { Credential, ResolvedEndpoint, ResolvedOperation } from "../providers/resolved.ts";
import { channelOrder, type Turns } from "./channel.ts";
import { serves } from "./serving.ts";
import { accountsOf, type Target } from "./target.ts";

/** An endpoint that `dialect` tells apart. */
export type AnyEndpoint = { [D in EndpointDialect]: ResolvedEndpoint<D> }[EndpointDialect];

/** `passthrough`: the client's own bytes go on. `translate`: through the canonical request. */
export type Lane = "passthrough" | "translate";

export interface PlannedAttempt {
  readonly target: Target;
  readonly endpoint: AnyEndpoint;
  readonly credential: Credential | undefined;
  readonly lane: Lane;
}

export interface PlanInput {
  /** The client's dialect. */
  readonly dialect: SurfaceDialect;
  /** Why the bytes cannot go on as they are even to the client's own dialect, if they cannot. */
  readonly obstacle: (endpoint: AnyEndpoint, target: Target) => string | undefined;
  readonly lastUsed: (credential: string) => number | undefined;
  readonly chance: () => number;
  /** What the answer is to be made of beside words. */
  readonly outputs?: readonly MediaOutput[];
  /** The request says what of it shall be cached. */
  readonly breakpoints?: boolean;
  /** It asks for a search of the model's own: whether that can be told there. */
  readonly searches?: ((endpoint: AnyEndpoint, target: Target) => boolean) | undefined;
}

/**
 * The attempts for a request in order: each target at its best endpoint, with each of its credentials in turn. Targets
 * keep the order that they were resolved in.
 */
export function planAttempts(targets: readonly Target[], input: PlanInput): readonly PlannedAttempt[] {
  return targets.flatMap((target) => {
    const endpoint = bestEndpoint(target, input);
    if (endpoint === undefined) return [];
    const same = endpoint.dialect === input.dialect && input.obstacle(endpoint, target) === undefined;
    const lane: Lane = same ? "passthrough" : "translate";
    return credentialsOf(target, input).map((credential) => ({ target, endpoint, credential, lane }));
  });
}

/** One try of something beside a conversation. */
export interface PlannedOperation {
  readonly target: Target;
  readonly endpoint: ResolvedOperation;
  readonly credential: Credential | undefined;
}

/** The attempts for an operation in order: each target that does it, with each of its credentials in turn. */
export function planOperation(
  targets: readonly Target[],
  operation: OperationId,
  turns: Turns,
): readonly PlannedOperation[] {
  return targets.flatMap((target) => {
    const declared = target.provider.operations[operation];
    if (declared === undefined) return [];
    const endpoint = inFormatOf(declared, target.model);
    return credentialsOf(target, turns).map((credential) => ({ target, endpoint, credential }));
  });
}

function inFormatOf(endpoint: ResolvedOperation, model: string): ResolvedOperation {
  const found = Object.entries(endpoint.formats).find(([beginning]) => model.startsWith(beginning));
  return found === undefined ? endpoint : { ...endpoint, format: found[1] };
}

/**
 * Of those that serve the model the client's own dialect, else the provider's first declared endpoint: provider files list the
 * richest first. Where none is known to serve it the provider must tell. One that can answer as it is asked to goes before them.
 */
function bestEndpoint(target: Target, input: PlanInput): AnyEndpoint | undefined {
  const { searches } = input;
  if (searches === undefined) return endpointFor(target, input);
  const { endpoints } = target.provider;
  const all = [endpoints[input.dialect], ...Object.values(endpoints)].filter((endpoint) => endpoint !== undefined);
  const searching = all.find((endpoint) => serves(endpoint, target.model) && searches(endpoint, target));
  return searching ?? endpointFor(target, input);
}

function endpointFor(
  { provider, model }: Target,
  { dialect, outputs = [], breakpoints = false }: Pick<PlanInput, "dialect" | "outputs" | "breakpoints">,
): AnyEndpoint | undefined {
  const { endpoints } = provider;
  const { gemini, "openai-chat": chat } = endpoints;
  // Google's API for chat completions is known not to hear it: only its own has explicit caches.
  const isDeaf = breakpoints && dialect === "openai-chat" && chat?.quirks.cacheControl === false;
  if (isDeaf && gemini !== undefined && serves(gemini, model)) return gemini;
  const own = endpoints[dialect];
  const gives = (endpoint: AnyEndpoint, known: boolean) =>
    outputs.every((output) => answersWith(endpoint, output) ?? !known);
  if (own !== undefined && serves(own, model) && gives(own, false)) return own;
  const all = Object.values(endpoints).filter((endpoint) => endpoint !== undefined);
  const serving = all.filter((endpoint) => serves(endpoint, model));
  if (outputs.length > 0) {
    const best = serving.find((endpoint) => gives(endpoint, true));
    if (best !== undefined) return best;
    if (own !== undefined && serves(own, model)) return own;
  }
  return serving[0] ?? own ?? all[0];
}

/** Whether an API has a place for it; undefined: that differs, and nobody has said. */
function answersWith(endpoint: AnyEndpoint, output: MediaOutput): boolean | undefined {
  switch (endpoint.dialect) {
    case "gemini":
      return true;
    case "openai-chat": {
      const { imageOutput, audioOutput } = endpoint.quirks;
      if (output === "audio") return audioOutput !== false;
      return imageOutput === undefined ? undefined : imageOutput !== "none";
    }
    case "openai-responses":
      return output === "image" && endpoint.quirks.hostedTools?.includes("image_generation") !== false;
    case "anthropic-messages":
    case "bedrock-converse":
      return false;
  }
}

/** The one that holds the conversation's prompt cache, then as the accounts' priorities and turns have it. */
function credentialsOf(target: Target, input: Turns): readonly (Credential | undefined)[] {
  const accounts = accountsOf(target);
  if (accounts.length <= 1) return accounts.length === 0 ? [undefined] : accounts;
  const turns = channelOrder(accounts, input);
  const { credential } = target;
  return credential === undefined
    ? turns
    : turns.toSorted((a, b) => Number(b.id === credential) - Number(a.id === credential));
}
