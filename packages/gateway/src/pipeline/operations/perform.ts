import { invalidRequest, totalInputTokens } from "@signalbox/protocol";
import { costOf } from "../../accounting/price.ts";
import { priceOf } from "../../catalogue/prices.ts";
import { makePlan } from "../../routing/make-plan.ts";
import type { RequestView } from "../../routing/request-view.ts";
import type { Plan } from "../../routing/target.ts";
import { admitFor } from "../admission.ts";
import { bill } from "../billing.ts";
import type { Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { type Once, onceOnly } from "../idempotency.ts";
import { keepBodies } from "../keep-bodies.ts";
import { fileIdsIn } from "../objects/file-ids.ts";
import { ownFiles } from "../objects/own-files.ts";
import { callerOf } from "../request-view.ts";
import { sendError } from "../send-error.ts";
import { settle } from "../settle.ts";
import { metadataMode } from "../telling.ts";
import type { Asked } from "./operation.ts";
import { tryOperation } from "./try-operation.ts";

/** The way of a request that is no conversation, once its key was let in: read, plan, admit, attempt until one holds, settle. */
export async function perform(exchange: Exchange, read: (exchange: Exchange) => Promise<Asked>): Promise<void> {
  const { outcome } = exchange;
  let once: Once | undefined;
  let asked: Asked | undefined;
  try {
    metadataMode(exchange);
    asked = await read(exchange);
    outcome.model = asked.model;
    outcome.stream = asked.stream;
    const { sent } = asked;
    once = sent === undefined ? refuseOnce(exchange) : await onceOnly(exchange, { sent });
    if (once?.replayed === true) return;
    if (sent !== undefined) {
      keepBodies(exchange, { sent });
      await ownFiles(exchange, fileIdsIn(sent));
    }
    const plan = planOf(exchange, asked);
    outcome.plan = plan;
    await admitFor(exchange, plan, demandOf(exchange, asked, plan));
    await tryOperation(exchange, asked, plan);
  } catch (thrown) {
    outcome.error ??= asGatewayError(thrown);
    sendError(exchange, thrown);
  } finally {
    asked?.close?.();
    once?.leave();
    bill(exchange);
    settle(exchange);
  }
}

/** Forms go on as they come: there is nothing to compare a second one with. */
function refuseOnce({ request }: Exchange): undefined {
  if (request.headers["idempotency-key"] === undefined) return undefined;
  throw invalidRequest("An Idempotency-Key is not possible with a form.", "idempotency-key");
}

/** Throws as `makePlan` does. */
export function planOf(exchange: Exchange, asked: Asked): Plan {
  const { snapshot, services } = exchange;
  return makePlan(snapshot, viewOf(exchange, asked), {
    now: performance.now(),
    chance: Math.random,
    health: services.health,
    sessions: services.sessions,
  });
}

function viewOf(exchange: Exchange, { model, stream, preferences, operation, worst }: Asked): RequestView {
  const { headers } = exchange.request;
  const user = headers["x-signalbox-user"];
  return {
    model,
    dialect: exchange.surface.dialect,
    operation,
    stream,
    preferences,
    caller: callerOf(exchange),
    user: typeof user === "string" && user !== "" ? user : undefined,
    headers,
    // Nothing of an operation is remembered for the next one.
    session: () => exchange.generationId,
    features: () => ({
      tools: false,
      images: false,
      documents: false,
      audio: false,
      jsonSchema: false,
      reasoning: false,
      inputTokens: totalInputTokens(worst) ?? 0,
      maxOutputTokens: worst.outputTokens ?? 0,
    }),
    hasTools: () => false,
    sample: () => ({ system: "", firstUser: "", lastUser: "", turns: 1 }),
    messages: () => [],
  };
}

function demandOf({ arrivedAt }: Exchange, { worst }: Asked, { targets }: Plan) {
  const costs = targets.map(({ provider, model }) => costOf(worst, priceOf(provider, model), arrivedAt).nano);
  return {
    tokens: { input: totalInputTokens(worst) ?? 0, output: worst.outputTokens ?? 0 },
    worstNano: Math.max(0, ...costs),
  };
}
