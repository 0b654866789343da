import type { Reach } from "../../catalogue/list-models.ts";
import type { Snapshot } from "../../catalogue/snapshot.ts";
import type { ClientKey } from "../../config/settings.ts";
import type { ResolvedProvider } from "../../providers/resolved.ts";
import { type Access, accessOf, entrantOf, isOpen, leaveOf, NO_LEAVE, objectionToRouter } from "./access.ts";
import { accountsAt } from "./accounts.ts";
import { targetsBehind } from "./narrow-route.ts";

interface Known {
  readonly snapshot: Snapshot;
  readonly reach: Reach | undefined;
}

const known = new WeakMap<ClientKey, Known>();

/** What lists show to a key; undefined: everything. The same object for the same key and snapshot. */
export function reachOf(snapshot: Snapshot, key: ClientKey): Reach | undefined {
  const last = known.get(key);
  if (last?.snapshot === snapshot) return last.reach;
  const access = accessOf(entrantOf(key, snapshot), snapshot);
  const reach = access === undefined ? undefined : reachBy(access, snapshot);
  known.set(key, { snapshot, reach });
  return reach;
}

function reachBy(access: Access, snapshot: Snapshot): Reach {
  return {
    target: (name, provider, model) => isOpen(access, { provider, model }, { name, leave: NO_LEAVE }),
    provider: (provider) => reachesProvider(access, provider),
    auto: () => reachesByAuto(access, snapshot),
    router: (name) => reachesByRouter(access, snapshot, name),
  };
}

function reachesProvider(access: Access, provider: ResolvedProvider): boolean {
  const isClosed = access.rules.some((rules) => rules.provider(provider) !== undefined);
  if (isClosed || "objection" in accountsAt(provider, access.entrant)) return false;
  if (provider.anyModel && access.rules.every(({ models }) => models === undefined)) return true;
  return someModel(access, provider, NO_LEAVE);
}

function someModel(access: Access, provider: ResolvedProvider, leave: Access["rules"]): boolean {
  const models = [...provider.models.keys()];
  return models.some((model) => isOpen(access, { provider, model }, { name: undefined, leave }));
}

/** `auto` chooses among what is listed. */
function reachesByAuto(access: Access, { providers }: Snapshot): boolean {
  const leave = leaveOf(access, "auto");
  return [...providers.values()].some((provider) => someModel(access, provider, leave));
}

function reachesByRouter(access: Access, snapshot: Snapshot, router: string): boolean {
  if (objectionToRouter(access, router) !== undefined) return false;
  const leave = leaveOf(access, router);
  const targets = targetsBehind(`router/${router}`, { snapshot, dialect: "openai-chat", access, leave });
  return targets.next().done !== true;
}
