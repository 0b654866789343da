import type { GroupChannel, KeyGroup, OwnCredential } from "../../config/access.ts";
import { providerAliases } from "../../providers/index.ts";
import type { Credential, ResolvedProvider } from "../../providers/resolved.ts";
import type { Caller } from "../request-view.ts";
import type { Objection } from "./rules.ts";

export type AccountProvider = Pick<ResolvedProvider, "id" | "credentials" | "callersBring">;

/** By which accounts a caller reaches a provider. */
export type Accounts =
  /** Absent: by those of the configuration. */
  { readonly credentials?: readonly Credential[]; readonly standing?: Standing } | { readonly objection: Objection };

/** Where a group's channels put a provider among others: the lowest priority of them, and the weights of all that have it. */
export interface Standing {
  readonly priority: number;
  readonly weight: number;
}

type Holder = Pick<Caller, "group" | "credentials">;

const HOUSE: Accounts = {};

/**
 * A group's channels and nothing else; without a group the caller's own accounts, where it has any there, and never the
 * configuration's beside them.
 */
export function accountsAt(provider: AccountProvider, { group, credentials }: Holder): Accounts {
  if (group !== undefined) return channelsTo(provider, group, credentials);
  const own = ownAccounts(credentials).get(provider.id);
  if (own !== undefined) return { credentials: own };
  if (provider.callersBring !== true) return HOUSE;
  const why = `who asks '${provider.id}' brings a credential of their own for it, and this key has none`;
  return { objection: { why, brief: "its provider takes a credential of one's own, and this key has none" } };
}

const owned = new WeakMap<readonly OwnCredential[], ReadonlyMap<string, readonly Credential[]>>();

/** By provider. What a key brings along stays the same as long as the key does. */
function ownAccounts(credentials: readonly OwnCredential[]): ReadonlyMap<string, readonly Credential[]> {
  const known = owned.get(credentials);
  if (known !== undefined) return known;
  const found = Map.groupBy(credentials, ({ provider }) => providerAliases.get(provider) ?? provider);
  const made = new Map([...found].map(([provider, own]) => [provider, own.map(asCredential)]));
  owned.set(credentials, made);
  return made;
}

/** An id of its own kind: nobody can name an account of the configuration so. */
function asCredential({ id, secret, priority, weight }: OwnCredential): Credential {
  return { id: `own:${id}`, reveal: secret.reveal, priority, weight, brought: true };
}

const isAt = ({ provider }: { readonly provider: string }, id: string): boolean =>
  (providerAliases.get(provider) ?? provider) === id;

function channelsTo(provider: AccountProvider, group: KeyGroup, own: readonly OwnCredential[]): Accounts {
  const channels = group.channels.filter((channel) => isAt(channel, provider.id));
  if (channels.length === 0) return closed(`the group '${group.name}' has no channel to its provider`);
  const credentials = channels.flatMap((channel) => accountOf(channel, provider, own) ?? []);
  if (credentials.length > 0) return { credentials, standing: standingOf(credentials) };
  // An endpoint that takes no key: its channel is there all the same.
  if (provider.credentials.length === 0 && provider.callersBring !== true) return { standing: standingOf(channels) };
  return closed(`the group '${group.name}' has a channel to its provider, whose credential does not exist`);
}

const closed = (why: string): Accounts => ({ objection: { why, brief: why } });

function accountOf(
  { credential, priority, weight }: GroupChannel,
  provider: AccountProvider,
  own: readonly OwnCredential[],
): Credential | undefined {
  const ofGroup = own.find((known) => known.id === credential && isAt(known, provider.id));
  const found =
    ofGroup === undefined
      ? provider.credentials.find(({ id }) => id === credential || id === `${provider.id}#${credential}`)
      : asCredential(ofGroup);
  return found === undefined ? undefined : { ...found, priority, weight };
}

function standingOf(channels: readonly Standing[]): Standing {
  const priority = Math.min(...channels.map((channel) => channel.priority));
  const first = channels.filter((channel) => channel.priority === priority);
  return { priority, weight: first.reduce((sum, { weight }) => sum + weight, 0) };
}
