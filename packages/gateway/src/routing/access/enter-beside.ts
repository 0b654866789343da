import type { ClientKey } from "../../config/settings.ts";
import type { Target } from "../target.ts";
import { accountsAt } from "./accounts.ts";
import { type Objection, rulesOf } from "./rules.ts";

/**
 * A target that the gateway itself asks about this caller's words, because the operator has named it. The caller's policies say which
 * providers may see them; which models the caller may name is another question. It is called by the caller's own account where there
 * is one, else by the configuration's.
 */
export function enterBeside(
  key: Pick<ClientKey, "policies" | "group" | "credentials">,
  target: Target,
): Target | Objection {
  const { provider } = target;
  const closed = rulesOf(key.policies)
    .map((rule) => rule.provider(provider))
    .find((found) => found !== undefined);
  if (closed !== undefined) return closed;
  const { policies: _, ...holder } = key;
  const accounts = accountsAt(provider, holder);
  if ("objection" in accounts) return provider.callersBring === true ? accounts.objection : target;
  return accounts.credentials === undefined ? target : { ...target, credentials: accounts.credentials };
}
