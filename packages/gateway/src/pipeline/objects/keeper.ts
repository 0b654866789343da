import { GatewayError } from "@signalbox/protocol";
import type { ResourceId } from "../../config/resources.ts";
import type { ClientKey } from "../../config/settings.ts";
import type { Credential, ResolvedProvider } from "../../providers/resolved.ts";
import { enterProvider } from "../../routing/access/enter-provider.ts";
import type { AnyEndpoint } from "../../routing/plan.ts";
import { withTimeouts } from "../../routing/resolve.ts";
import { accountsOf, type Plan, type Target } from "../../routing/target.ts";
import type { KeptObject, ObjectKind } from "../../store/objects/object-rows.ts";
import type { Exchange } from "../exchange.ts";

/** Who keeps something, and the account under which it is kept. */
export interface Keeper {
  readonly target: Target;
  readonly place: AnyEndpoint;
  readonly credential: Credential | undefined;
}

export const RESOURCE_OF: Readonly<Record<ObjectKind, ResourceId>> = {
  "openai-file": "openai-files",
  "openai-batch": "openai-batches",
  "anthropic-batch": "anthropic-batches",
  "gemini-batch": "gemini-batches",
};

/** Where the provider is asked for it; undefined: it has none. */
export function placeOf(provider: ResolvedProvider, resource: ResourceId): AnyEndpoint | undefined {
  if (provider.resources?.includes(resource) !== true) return undefined;
  const { endpoints } = provider;
  switch (resource) {
    case "openai-files":
    case "openai-batches":
      return endpoints["openai-chat"] ?? endpoints["openai-responses"];
    case "anthropic-batches":
      return endpoints["anthropic-messages"]?.host === undefined ? endpoints["anthropic-messages"] : undefined;
    case "gemini-batches":
      return endpoints.gemini;
  }
}

/** What the ledger calls it where no model is asked. */
export const NO_MODEL = "files";

/** The provider as this caller reaches it, by always the same of several accounts. Throws `permission_denied`. */
export function enterKeeper(exchange: Exchange, provider: ResolvedProvider, resource: ResourceId): Keeper {
  const place = placeOf(provider, resource);
  if (place === undefined) {
    throw new GatewayError("not_found", `The provider '${provider.id}' keeps nothing of this kind here.`);
  }
  const { snapshot } = exchange;
  const timeouts = withTimeouts(snapshot.timeouts, provider.timeouts);
  const bare: Target = { provider, model: NO_MODEL, timeouts, reason: "it keeps what is asked for" };
  const target = enterProvider(snapshot, keyOf(exchange), { target: bare, runs: false });
  return { target, place, credential: firstAccount(target) };
}

/** What a vendor keeps, it keeps for one account. */
export function firstAccount(target: Target): Credential | undefined {
  return accountsOf(target).toSorted((one, other) => one.priority - other.priority)[0];
}

/** Who keeps this object of the caller's. Throws `not_found` where that one, or the account, is not here any more. */
export function keeperOf(exchange: Exchange, object: KeptObject): Keeper {
  const { kind, provider: id, credential: account } = object;
  const provider = exchange.snapshot.providers.get(id);
  if (provider === undefined || placeOf(provider, RESOURCE_OF[kind]) === undefined) throw gone(object);
  const keeper = enterKeeper(exchange, provider, RESOURCE_OF[kind]);
  const accounts = accountsOf(keeper.target);
  if (account === undefined) {
    if (accounts.length > 0) throw gone(object);
    return { ...keeper, credential: undefined };
  }
  const credential = accounts.find((known) => known.id === account);
  if (credential === undefined) throw gone(object);
  return { ...keeper, credential };
}

function gone({ id, provider }: KeptObject): GatewayError {
  return new GatewayError(
    "not_found",
    `'${id}' is kept by the provider '${provider}' under an account that this gateway cannot use any more.`,
  );
}

/** For what is admitted as a request of one target. */
export function planOfKeeper({ target }: Keeper): Plan {
  return {
    targets: [target],
    asked: "model",
    reasoning: `Kept by '${target.provider.id}'.`,
    rejected: [],
    features: { steps: [] },
    continuation: false,
    hedging: false,
    unserved: [],
  };
}

export function keyOf({ outcome }: Exchange): ClientKey {
  if (outcome.key === undefined) throw new GatewayError("internal", "Nobody is known whose object this would be.");
  return outcome.key;
}
