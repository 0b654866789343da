import { once } from "../routing/once.ts";
import { answer } from "./answer.ts";
import { bill } from "./billing.ts";
import type { ClientRequest } from "./client-request.ts";
import { clientStream } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import { asGatewayError } from "./failure.ts";
import { fromCache } from "./features/answer-cache.ts";
import { featured } from "./features/featured.ts";
import { inputGuard } from "./features/guard.ts";
import { type Once, onceOnly } from "./idempotency.ts";
import { keepBodies } from "./keep-bodies.ts";
import { letIn } from "./let-in.ts";
import { atItsFiles } from "./objects/own-files.ts";
import type { Parties } from "./parties.ts";
import { planFor } from "./plan-for.ts";
import { receive } from "./receive.ts";
import { mayGoOn, openState, type ResponseState } from "./responses/open-state.ts";
import { sendError } from "./send-error.ts";
import { settle } from "./settle.ts";
import { metadataMode } from "./telling.ts";

type Reading = (exchange: Exchange) => Promise<ClientRequest>;

/** The way of a request whose key was let in: receive, resolve, attempt until one holds, settle. */
export async function generate(exchange: Exchange, read: Reading = receive): Promise<void> {
  const client = clientStream(exchange);
  let idempotent: Once | undefined;
  let state: ResponseState | undefined;
  try {
    // A word that is none is better refused before anything is sent.
    metadataMode(exchange);
    const request = await read(exchange);
    exchange.outcome.model = request.model;
    exchange.outcome.stream = request.stream;
    idempotent = await onceOnly(exchange, request);
    if (idempotent?.replayed === true) return;
    const opened = mayGoOn(exchange) ? await openState(exchange, request) : undefined;
    if (opened === "answered") return;
    state = opened;
    keepBodies(exchange, request);
    const files = atItsFiles(exchange, state?.request ?? request);
    const asked = files instanceof Promise ? await files : files;
    await serve({ exchange, request: asked, client }, state?.begin);
  } catch (thrown) {
    exchange.outcome.error = asGatewayError(thrown);
    if (client.hasHead()) client.fail(exchange.outcome.error, { told: false, sequence: 0 });
    else sendError(exchange, thrown);
  } finally {
    client.stop();
    if (state !== undefined) await state.sent();
    idempotent?.leave();
    bill(exchange);
    settle(exchange);
    if (state !== undefined) await state.end();
  }
}

/** From the plan to the answer: one that is kept, or that of an upstream, once the request is let in. `begin`: before either is told. */
async function serve(parties: Parties, begin: ResponseState["begin"] | undefined): Promise<void> {
  const { exchange, request } = parties;
  const plan = planFor(exchange, request);
  exchange.outcome.plan = plan;
  const enter = once(() => letIn(exchange, request, plan));
  const guard = inputGuard(exchange, request, plan);
  const keeper = await fromCache(parties, { letIn: enter, guard, begin });
  if (keeper === "answered") return;
  try {
    await enter();
    if (begin !== undefined) await begin();
    const made = await featured(exchange, request, guard);
    await answer({ ...parties, request: keeper === undefined ? made : { ...made, keeper } });
  } finally {
    keeper?.end();
  }
}
