import { compact, type JsonObject } from "@signalbox/protocol";
import type { Budget } from "../../../config/access.ts";
import { nanoToDollars } from "../../../config/money.ts";
import type { StoredKey } from "../../../store/accounts/accounts.ts";
import { limitOf, limitResets } from "./key-fields.ts";
import { shownPolicy } from "./policy-view.ts";

/** AnyRouter's and OpenRouter's fields, and ours. https://openrouter.ai/docs/api-reference/api-keys/list */
export function shownKey(key: StoredKey, now: Date): JsonObject {
  const { previous } = key;
  return {
    id: key.id,
    hash: key.digest,
    name: key.name,
    label: labelOf(key),
    key_prefix: `sb_${key.id}`,
    created_at: key.createdAt.toISOString(),
    creator_user_id: key.createdBy,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    disabled: key.disabled,
    can_reveal: false,
    ...shownLimit(limitOf(key.policy.budgets)),
    org: key.org ?? null,
    team: key.team ?? null,
    group: key.group ?? null,
    role: key.role ?? null,
    ...shownPolicy(key.policy),
    metadata: key.metadata,
    ...compact({ metadata_mode: key.metadataMode, cache: shownCache(key) }),
    ...(previous === undefined || previous.until <= now
      ? {}
      : { previous_hash: previous.digest, previous_expires_at: previous.until.toISOString() }),
    etag: etagOf(key),
  };
}

function shownCache({ cache }: StoredKey): JsonObject | undefined {
  if (cache === undefined) return undefined;
  const { enabled, ttlSeconds, match, toolCalls } = cache;
  return compact({ enabled, ttl_seconds: ttlSeconds, match, tool_calls: toolCalls });
}

/** Enough to know it by, and not to use it. */
export function labelOf({ id, lastFour }: Pick<StoredKey, "id" | "lastFour">): string {
  return `sb_${id.slice(0, 2)}…${lastFour}`;
}

export function etagOf({ revision }: { readonly revision: number }): string {
  return `"${revision}"`;
}

export function shownLimit(budget: Budget | undefined): JsonObject {
  if (budget === undefined) return { limit: null, limit_reset: null };
  const reset = Object.entries(limitResets).find(([, window]) => window === budget.window);
  return { limit: nanoToDollars(budget.limitNano), limit_reset: reset?.[0] ?? null };
}
