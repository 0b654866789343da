import { GatewayError } from "@signalbox/protocol";
import type { Target } from "../routing/target.ts";
import { startAssembly } from "./assembly.ts";
import type { Assembly } from "./attempt-context.ts";
import { attemptAll } from "./attempts.ts";
import type { Exchange } from "./exchange.ts";
import { asGatewayError } from "./failure.ts";
import type { Parties } from "./parties.ts";
import { tell } from "./relay-assembled.ts";

/** Asks the upstreams of the plan, as often as the gateway's own features need it for the one answer that the client gets. */
export async function answer(parties: Parties): Promise<void> {
  const assembly = startAssembly(parties);
  if (assembly === undefined) return attemptAll(parties);
  try {
    await assemble(parties, assembly);
  } catch (thrown) {
    const outlet = assembly.outlet();
    if (outlet === undefined || !parties.client.hasHead()) throw thrown;
    const { exchange, client } = parties;
    exchange.outcome.error = asGatewayError(thrown);
    client.fail(exchange.outcome.error, { told: false, sequence: outlet.sequence() });
  }
}

async function assemble(parties: Parties, assembly: Assembly): Promise<void> {
  for (;;) {
    await attemptAll(parties, assembly);
    const current = assembly.latest();
    if (!assembly.isOpen() || parties.exchange.outcome.error !== undefined) return;
    const next = await assembly.next();
    if (next === undefined || current === undefined)
      throw new GatewayError("internal", "An answer was left without an end.");
    if (next.type === "tell") {
      await tell(assembly, current, next.events);
      if (!assembly.isOpen()) return;
      throw new GatewayError("internal", "An answer was left without an end.");
    }
    refuseLate(parties.exchange);
    goOnWith(parties.exchange, current.planned.target);
  }
}

/** Nobody is asked what there is no time to hear. */
function refuseLate({ outcome, snapshot, startedAt }: Exchange): void {
  const deadlineMs = outcome.plan?.targets[0]?.timeouts.deadlineMs ?? snapshot.timeouts.deadlineMs;
  if (performance.now() < startedAt + deadlineMs) return;
  throw new GatewayError(
    "upstream_timeout",
    `The request has taken longer than the ${deadlineMs} ms that it may take.`,
  );
}

/** Whoever has begun an answer goes on with it: its cache holds the prompt, and its thinking is its own. */
function goOnWith({ outcome }: Exchange, target: Target): void {
  const { plan } = outcome;
  if (plan === undefined || plan.targets[0] === target) return;
  outcome.plan = { ...plan, targets: [target, ...plan.targets.filter((other) => other !== target)] };
}
