import type { ClientKey } from "../../../config/settings.ts";
import type { UsageScope } from "../../../store/usage/usage-query.ts";
import { mayCall } from "../../permissions.ts";

/** Whose requests a key may see: its team's, else its organisation's, else everybody's; without a role its own only. */
export function usageScopeOf(key: Pick<ClientKey, "id" | "role" | "team" | "org">): UsageScope {
  if (!mayCall(key, "usage:read")) return { key: key.id };
  if (key.team !== undefined) return { team: key.team };
  return key.org === undefined ? {} : { org: key.org };
}
