import type { JsonObject } from "@signalbox/protocol";
import type { AccessPolicy, RateWindow } from "../../../config/access.ts";
import type { ClientKey } from "../../../config/settings.ts";
import type { AccountStore } from "../../../store/accounts/accounts.ts";
import { mayCall } from "../../permissions.ts";
import type { AdminHandler } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { limitOf } from "./key-fields.ts";
import { labelOf } from "./key-view.ts";
import { shownPolicy } from "./policy-view.ts";
import { type Spending, shownSpending } from "./spending.ts";

export interface OwnKeyParts {
  readonly accounts: Pick<AccountStore, "keys">;
  readonly spending: Spending;
  readonly now: () => Date;
}

/**
 * What a key may know of itself. OpenRouter's path was `/auth/key` and is `/key` now:
 * https://openrouter.ai/docs/api-reference/api-keys/get-current-key
 */
export function ownKeyRoutes({ accounts, spending, now }: OwnKeyParts): readonly ApiRoute[] {
  const handler: AdminHandler = async ({ key }) => {
    const policy = policyOf(key);
    const stored = await accounts.keys.get(key.id);
    const data = {
      label: stored === undefined ? key.name : labelOf(stored),
      ...described(key, policy),
      ...(await shownSpending(spending, key.id, { limit: limitOf(policy.budgets), now: now() })),
    };
    return { status: 200, body: { data } };
  };
  return ["/v1/auth/key", "/v1/key"].map((path) => ({ method: "GET", path, permission: "self:read", handler }));
}

const policyOf = ({ policies }: ClientKey): AccessPolicy => policies.find(({ kind }) => kind === "key")?.policy ?? {};

function described(key: ClientKey, policy: AccessPolicy): JsonObject {
  const manages = mayCall(key, "keys:write");
  return {
    id: key.id,
    name: key.name,
    role: key.role ?? null,
    org: key.org ?? null,
    team: key.team ?? null,
    group: key.group?.id ?? null,
    expires_at: key.expiresAt === undefined ? null : new Date(key.expiresAt).toISOString(),
    is_free_tier: false,
    is_management_key: manages,
    is_provisioning_key: manages,
    rate_limit: rateLimit(policy),
    policy: shownPolicy(policy),
    inherited: key.policies
      .filter(({ kind }) => kind !== "key")
      .map(({ kind, id, policy: theirs }) => ({ kind, id, policy: shownPolicy(theirs) })),
  };
}

const INTERVALS: Readonly<Record<RateWindow, string>> = { minute: "1m", hour: "1h", "5h": "5h", day: "1d", "7d": "7d" };

/** OpenRouter says -1 where there is no limit. */
function rateLimit({ limits = [] }: AccessPolicy): JsonObject {
  const first = limits.find(({ unit }) => unit === "requests");
  return { requests: first?.limit ?? -1, interval: INTERVALS[first?.per ?? "minute"] };
}
