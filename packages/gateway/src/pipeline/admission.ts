import { stringAt } from "@signalbox/protocol";
import { type Ask, type Hold, standingsOf } from "../accounting/accounts.ts";
import { worstCaseNano } from "../accounting/worst-case.ts";
import type { ClientKey } from "../config/settings.ts";
import type { Plan } from "../routing/target.ts";
import type { Admission } from "../store/ledger/ledger-rows.ts";
import { type CallerNames, callerNames } from "./caller-names.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { searchDemand } from "./features/search-demand.ts";
import { sideDemand } from "./features/side-demand.ts";
import { tellLimits } from "./limit-headers.ts";
import { FEWEST_CHARACTERS_PER_TOKEN, isCounted, worstTokens } from "./worst-tokens.ts";

/** After the request's own deadline: no attempt outlives that. */
const LEASE_MARGIN_MS = 60_000;
const LONGEST_NAME = 200;

/**
 * Lets the request in: what it may use of its caller's limits and budgets is held, and the ledger knows of it before any upstream
 * does. Throws `rate_limited`, `budget_exceeded` or `overloaded`.
 */
export async function admit(exchange: Exchange, request: ClientRequest, plan: Plan): Promise<Admission> {
  return admitFor(exchange, plan, demandOf(exchange, request, plan));
}

/** What a request may use at most. */
export type Demand = Pick<Ask, "tokens" | "worstNano">;

/** The same for a request whose demand is known already. Resolves with what the ledger was told. */
export async function admitFor(exchange: Exchange, plan: Plan, demand: Demand): Promise<Admission> {
  const { services, outcome } = exchange;
  const names = callerNames(exchange.request.headers);
  const ask = askOf(exchange, plan, { names, demand });
  const hold = await held(exchange, ask);
  tellLimits(exchange, hold.standings);
  outcome.hold = hold;
  const admission = admissionOf(exchange, ask, names);
  await services.ledger.admit(admission);
  outcome.admitted = true;
  return admission;
}

async function held(exchange: Exchange, ask: Ask): Promise<Hold> {
  try {
    return await exchange.services.accounts.admit(ask);
  } catch (error) {
    tellLimits(exchange, standingsOf(error));
    throw error;
  }
}

function askOf(
  exchange: Exchange,
  plan: Plan,
  { names, demand }: { readonly names: CallerNames; readonly demand: Demand },
): Ask {
  const { snapshot, generationId } = exchange;
  const deadlineMs = plan.targets[0]?.timeouts.deadlineMs ?? snapshot.timeouts.deadlineMs;
  return {
    id: generationId,
    key: callerOf(exchange),
    ...(names.session === undefined ? {} : { session: names.session }),
    ...(names.agent === undefined ? {} : { agent: names.agent }),
    ...demand,
    leaseMs: deadlineMs + LEASE_MARGIN_MS,
  };
}

/** What the request costs at most, whoever of the plan answers it. */
export function worstNanoOf(exchange: Exchange, request: ClientRequest, plan: Plan): number {
  return demandOf(exchange, request, plan).worstNano;
}

function demandOf(exchange: Exchange, request: ClientRequest, plan: Plan): Demand {
  const key = callerOf(exchange);
  const once = worstTokens(exchange, request, { key, targets: plan.targets });
  const { tokens, worstNano } = withSearches(exchange, request, { plan, once });
  return { tokens, worstNano: worstNano + (isCounted(key) ? sideDemand(exchange, plan, once) : 0) };
}

interface Once {
  readonly plan: Plan;
  readonly once: Ask["tokens"];
}

/** Where the gateway searches for it, its model is asked again after each search, with what it said and what was found. */
function withSearches(exchange: Exchange, request: ClientRequest, { plan, once }: Once): Demand {
  const searches = searchDemand(exchange, request, plan);
  if (searches === undefined) return { tokens: once, worstNano: worstOf(exchange, request, { plan, tokens: once }) };
  const { calls, rereads, resultBytes, feesNano } = searches;
  const found = Math.ceil(resultBytes / FEWEST_CHARACTERS_PER_TOKEN);
  const tokens = { input: calls * once.input + rereads * (once.output + found), output: calls * once.output };
  return { tokens, worstNano: worstOf(exchange, request, { plan, tokens, calls }) + feesNano };
}

interface Asked {
  readonly plan: Plan;
  readonly tokens: Ask["tokens"];
  /** Of a model; absent: one. */
  readonly calls?: number;
}

function worstOf({ arrivedAt }: Exchange, request: ClientRequest, { plan, tokens, calls = 1 }: Asked): number {
  // A hedge is paid for beside the attempt that it hedges.
  const times = plan.hedging ? 2 : 1;
  return times * worstCaseNano(plan.targets, { ...tokens, ...dearer(request), calls }, arrivedAt);
}

/** What makes the same tokens dearer: a faster tier, and sound. */
function dearer({ bytes, scan }: ClientRequest): { readonly serviceTier?: string; readonly audio?: boolean } {
  const tier = scan.members.get("service_tier") ?? scan.members.get("speed");
  const serviceTier = tier === undefined ? undefined : stringAt(bytes, tier);
  const audio = scan.members.has("audio") || scan.members.has("modalities");
  return { ...(serviceTier === undefined ? {} : { serviceTier }), ...(audio ? { audio } : {}) };
}

function callerOf({ outcome }: Exchange): ClientKey {
  if (outcome.key === undefined) throw new Error("A request was admitted before it was authenticated.");
  return outcome.key;
}

function admissionOf(exchange: Exchange, ask: Ask, names: CallerNames): Admission {
  const { outcome, surface } = exchange;
  const { key } = ask;
  const router = outcome.plan?.router;
  return {
    id: ask.id,
    at: exchange.arrivedAt,
    key: key.id,
    ...(key.team === undefined ? {} : { team: key.team }),
    ...(key.org === undefined ? {} : { org: key.org }),
    ...names,
    dialect: surface.dialect,
    operation: surface.operation,
    model: (outcome.model ?? "").slice(0, LONGEST_NAME),
    ...(router === undefined ? {} : { router }),
    stream: outcome.stream === true,
    reservedNano: ask.worstNano,
  };
}
