import { currentOf } from "../change.ts";
import { guardOf } from "../guard.ts";
import type { Database } from "../schema.ts";
import type { Sealer } from "../seal.ts";
import type { AccountStore } from "./accounts.ts";
import { openAudit } from "./audit.ts";
import { changedSince } from "./changes.ts";
import type { AccountContext } from "./context.ts";
import { openCredentials } from "./credentials.ts";
import { openGroups } from "./groups.ts";
import { openKeys } from "./keys.ts";
import { openOrganisations } from "./organisations.ts";
import { openTeams } from "./teams.ts";

export function openAccountStore(
  database: Database,
  { now, sealer }: { readonly now: () => Date; readonly sealer: Sealer },
): AccountStore {
  const guard = guardOf(database.place);
  const context: AccountContext = { database, guard, now, sealer };
  return {
    keys: openKeys(context),
    organisations: openOrganisations(context),
    teams: openTeams(context),
    groups: openGroups(context),
    credentials: openCredentials(context),
    audit: openAudit(context),
    revision: () => guard(() => currentOf(database, "accounts")),
    changedSince: (revision) => guard(() => changedSince(context, revision)),
  };
}
