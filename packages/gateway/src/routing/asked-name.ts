import type { Snapshot } from "../catalogue/snapshot.ts";
import type { Router } from "../config/router.ts";
import { AUTO_NAMES } from "./auto-name.ts";
import { isWhole } from "./candidates.ts";
import { type SplitName, splitModelName } from "./model-name.ts";
import { plainName } from "./resolve.ts";
import { routerNameIn } from "./router-name.ts";

/** AnyRouter's name for whatever is good and costs nothing. https://anyrouter.dev/docs */
const FREE = "anyrouter/free";

/** The name without what SDKs put before it and what wishes stand behind it. */
export function suffixed(snapshot: Snapshot, name: string): SplitName {
  const plain = plainName(name);
  return splitModelName(plain === FREE ? "auto:free" : plain, (candidate) => isWhole(snapshot, candidate));
}

/** Whether a name that is no router's asks for `auto`: an operator's public name goes first. */
export function isAuto(snapshot: Snapshot, model: string): boolean {
  return AUTO_NAMES.has(model) && !snapshot.models.has(model);
}

/** The router that a name calls, if there is one: an operator's public name goes before it. */
export function calledRouter(snapshot: Snapshot, model: string): Router | undefined {
  const name = snapshot.models.has(model) ? undefined : routerNameIn(model);
  return name === undefined ? undefined : snapshot.routers.get(name);
}
