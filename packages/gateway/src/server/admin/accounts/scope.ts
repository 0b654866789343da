import type { ClientKey } from "../../../config/settings.ts";
import type { Scope, Team } from "../../../store/accounts/accounts.ts";
import { isAtMost, isInstallationWide } from "../../permissions.ts";
import { notFound, StatusError } from "../status.ts";

/** What a key with a role acts within: its team, else its organisation, else the whole installation. */
export function scopeOf({ team, org }: Pick<ClientKey, "team" | "org">): Scope {
  if (team !== undefined) return { team };
  return org === undefined ? {} : { org };
}

/** Whether something that belongs to this organisation and team lies within the caller's scope. */
export function reaches(caller: Pick<ClientKey, "team" | "org">, owned: Scope): boolean {
  if (caller.team !== undefined) return owned.team === caller.team;
  return caller.org === undefined || owned.org === caller.org;
}

export function reachesTeam(caller: Pick<ClientKey, "team" | "org">, { id, org }: Pick<Team, "id" | "org">): boolean {
  return reaches(caller, { team: id, org });
}

/** Nobody changes, or takes over, a key that may more than their own. Throws 403. */
export function expectNotAbove(caller: Pick<ClientKey, "role">, target: Pick<ClientKey, "role">): void {
  if (!isAtMost(target.role, caller.role))
    throw denied(`The role of this API key is below '${target.role ?? "none"}'.`);
}

export function denied(message: string): StatusError {
  return new StatusError({ status: 403, code: "permissionDenied" }, message);
}

/** What lies outside of a scope does not exist for it. */
export function nothing(what: string, id: string): StatusError {
  return notFound(`There is no ${what} '${id.slice(0, 80)}'.`);
}

/** What limits a team is said from outside of it, and what limits an organisation from outside of that. Throws 403. */
export function expectAbove(caller: Pick<ClientKey, "team" | "org">, what: "team" | "org"): void {
  const above = what === "team" ? caller.team === undefined : isInstallationWide(caller);
  if (above) return;
  const name = what === "team" ? "team" : "organisation";
  throw denied(`A key of a ${name} cannot change what its ${name} may do.`);
}
