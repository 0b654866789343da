import type { AccessPolicy, OwnedPolicy, OwnerKind } from "../config/access.ts";
import type { ClientKey } from "../config/settings.ts";
import type { KeyBelongings, StoredKey } from "../store/accounts/accounts.ts";

/** A stored key as requests see it, by the digest that it was found under: that of its secret, or of the one before. */
export function toClientKey({ key, team, org, group, credentials }: KeyBelongings, digest: string): ClientKey {
  const { id, name, role, metadata, metadataMode, cache, disabled } = key;
  const expiresAt = endOf(key, digest);
  return {
    id,
    name,
    hash: digest,
    ...(role === undefined ? {} : { role }),
    ...(org === undefined ? {} : { org: org.id }),
    ...(team === undefined ? {} : { team: team.id }),
    ...(group === undefined
      ? {}
      : {
          group: {
            id: group.id,
            name: group.name,
            channels: group.channels,
            ...(group.models === undefined ? {} : { models: group.models }),
          },
        }),
    policies: [...owned("key", key), ...owned("team", team), ...owned("org", org)],
    credentials,
    metadata,
    ...(metadataMode === undefined ? {} : { metadataMode }),
    ...(cache === undefined ? {} : { cache }),
    disabled: disabled || key.deletedAt !== undefined,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

interface Owner {
  readonly id: string;
  readonly policy: AccessPolicy;
}

function owned(kind: OwnerKind, owner: Owner | undefined): readonly OwnedPolicy[] {
  if (owner === undefined || Object.keys(owner.policy).length === 0) return [];
  return [{ kind, id: owner.id, policy: owner.policy }];
}

function endOf({ digest: current, previous, expiresAt }: StoredKey, digest: string): number | undefined {
  const ends = [expiresAt, digest === current ? undefined : (previous?.until ?? new Date(0))];
  const known = ends.flatMap((end) => (end === undefined ? [] : [+end]));
  return known.length === 0 ? undefined : Math.min(...known);
}
