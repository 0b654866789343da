import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import { nothingLeft } from "../nothing-left.ts";
import type { Target } from "../target.ts";
import { accessOf, entrantOf, forbidden, judge, NO_LEAVE } from "./access.ts";
import { accountsAt } from "./accounts.ts";

/** A target that a request has named without routing, with the accounts by which this caller reaches it. Throws `permission_denied`. */
export function enterTarget(snapshot: Snapshot, key: ClientKey, target: Target): Target {
  const access = accessOf(entrantOf(key, snapshot), snapshot);
  if (access === undefined) return target;
  const name = `${target.provider.id}/${target.model}`;
  const judged = judge(access, target, { name, leave: NO_LEAVE });
  if ("target" in judged) return judged.target;
  throw nothingLeft(name, [judged.rejection]);
}

/**
 * The same where nobody knows which model is asked, if one is. `runs`: it may be, and what that costs is not known either. Throws
 * `permission_denied` where one of the caller's policies could not be kept.
 */
export function enterProvider(
  snapshot: Snapshot,
  key: ClientKey,
  { target, runs }: { readonly target: Target; readonly runs: boolean },
): Target {
  const access = accessOf(entrantOf(key, snapshot), snapshot);
  if (access === undefined) return target;
  const { provider } = target;
  const { entrant, rules } = access;
  const accounts = accountsAt(provider, entrant);
  const closed = rules.map((rule) => rule.provider(provider)).find((found) => found !== undefined);
  const objection = closed ?? ("objection" in accounts ? accounts.objection : undefined);
  if (objection !== undefined) throw forbidden(provider.id, [objection.brief]);
  if (runs && rules.some(({ models }) => models !== undefined)) throw forbidden(provider.id, [NO_MODEL]);
  if (runs && entrant.refusesUnpriced) throw forbidden(provider.id, [NO_PRICE]);
  return "credentials" in accounts && accounts.credentials !== undefined
    ? { ...target, credentials: accounts.credentials }
    : target;
}

const NO_MODEL = "it may ask listed models only, and this path does not say which model is asked";
const NO_PRICE =
  "what this path costs cannot be metered, and this key has a budget to keep. Send it to a path that is metered, or use a key without budgets";
