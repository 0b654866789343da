import { GatewayError } from "@signalbox/protocol";
import { enterBeside } from "../../routing/access/enter-beside.ts";
import { resolveName } from "../../routing/resolve.ts";
import type { Target } from "../../routing/target.ts";
import type { Exchange } from "../exchange.ts";

/**
 * The targets of a model that the operator has named, as far as the caller's privacy policies let its words go there. Throws
 * `model_not_found` or `permission_denied`.
 */
export function sideTargets({ snapshot, outcome, surface }: Exchange, model: string): readonly Target[] {
  const { key } = outcome;
  if (key === undefined) throw new GatewayError("internal", "A model was asked before the caller was known.");
  const { targets } = resolveName(snapshot, model, { dialect: surface.dialect });
  if (targets.length === 0)
    throw new GatewayError(
      "model_not_found",
      `The model '${model}', which this gateway is set to ask, is not known here.`,
    );
  const open: Target[] = [];
  const reasons = new Set<string>();
  for (const target of targets) {
    const entered = enterBeside(key, target);
    if ("brief" in entered) reasons.add(entered.brief);
    else open.push(entered);
  }
  if (open.length > 0) return open;
  throw new GatewayError(
    "permission_denied",
    `The model that this gateway is set to ask may not see this request: ${[...reasons].join("; ")}.`,
  );
}
