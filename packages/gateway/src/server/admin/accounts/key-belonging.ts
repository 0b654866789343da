import type { Role } from "../../../config/access.ts";
import type { ClientKey } from "../../../config/settings.ts";
import type { AccountStore, Group, KeyDraft, StoredKey } from "../../../store/accounts/accounts.ts";
import { badRequest } from "../status.ts";
import { expectNotAbove, reaches } from "./scope.ts";

type Belonging = Pick<KeyDraft, "org" | "team" | "group" | "role">;

interface Place {
  readonly org: string | null;
  readonly team: string | null;
}

/** Where a key belongs after a change, `null` where to nobody; only what a caller may give. */
export interface Belongings extends Place {
  readonly group: string | null;
  readonly role: Role | null;
}

/**
 * What becomes of a key's team, organisation, group and role. Throws 400 for what is not there, or not in the caller's scope, and
 * 403 for more than the caller has.
 */
export async function settleBelongings(
  accounts: Pick<AccountStore, "organisations" | "teams" | "groups">,
  caller: ClientKey,
  { wanted, before }: { readonly wanted: Belonging; readonly before?: StoredKey | undefined },
): Promise<Belongings> {
  const role = wanted.role === undefined ? (before?.role ?? null) : wanted.role;
  expectNotAbove(caller, role === null ? {} : { role });
  const place = await settlePlace(accounts, caller, { wanted, before });
  const group = wanted.group === undefined ? (before?.group ?? caller.group?.id ?? null) : wanted.group;
  await checkGroup(accounts, caller, { group, place });
  return { ...place, group, role };
}

async function settlePlace(
  accounts: Pick<AccountStore, "organisations" | "teams">,
  caller: ClientKey,
  { wanted, before }: { readonly wanted: Belonging; readonly before?: StoredKey | undefined },
): Promise<Place> {
  const said = wanted.org !== undefined || wanted.team !== undefined;
  if (!said && before !== undefined) return { org: before.org ?? null, team: before.team ?? null };
  const team = wanted.team === undefined ? teamThatStays(caller, wanted, before) : wanted.team;
  const place =
    team === null ? await inOrg(accounts, orgOf(caller, wanted, before)) : await inTeam(accounts, team, wanted);
  const scope = {
    ...(place.org === null ? {} : { org: place.org }),
    ...(place.team === null ? {} : { team: place.team }),
  };
  if (!reaches(caller, scope)) throw missing(place.team === null ? "org" : "team");
  return place;
}

/** Another organisation is another team, or none. */
function teamThatStays(caller: ClientKey, { org }: Belonging, before: StoredKey | undefined): string | null {
  if (before === undefined) return caller.team ?? null;
  return org === before.org ? (before.team ?? null) : null;
}

function orgOf(caller: ClientKey, { org }: Belonging, before: StoredKey | undefined): string | null {
  if (org !== undefined) return org;
  return before === undefined ? (caller.org ?? null) : (before.org ?? null);
}

async function inOrg({ organisations }: Pick<AccountStore, "organisations">, org: string | null): Promise<Place> {
  if (org !== null && (await organisations.get(org)) === undefined) throw missing("org");
  return { org, team: null };
}

async function inTeam({ teams }: Pick<AccountStore, "teams">, id: string, { org }: Belonging): Promise<Place> {
  const team = await teams.get(id);
  if (team === undefined) throw missing("team");
  if (org !== undefined && org !== team.org) throw badRequest([{ path: ["org"], message: "is not the team's" }]);
  return { org: team.org, team: id };
}

async function checkGroup(
  { groups }: Pick<AccountStore, "groups">,
  caller: ClientKey,
  { group, place }: { readonly group: string | null; readonly place: Place },
): Promise<void> {
  // A group binds its keys: who is bound cannot make one that is not.
  if (caller.group !== undefined && group !== caller.group.id) {
    throw badRequest([{ path: ["group"], message: "must be the group of the key that asks" }]);
  }
  if (group === null) return;
  const found = await groups.get(group);
  if (found === undefined || !isOpenTo(found, place)) throw missing("group");
}

const isOpenTo = ({ org }: Group, place: Place): boolean => org === undefined || org === place.org;

function missing(what: "org" | "team" | "group") {
  return badRequest([{ path: [what], message: "there is none with this id" }]);
}
