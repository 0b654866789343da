import { GatewayError } from "@signalbox/protocol";
import { lacks } from "../../catalogue/operations.ts";
import type { Plan, Target } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { isGuarded } from "../features/guard.ts";
import { generate } from "../generate.ts";
import { perform, planOf } from "../operations/perform.ts";
import { planFor } from "../plan-for.ts";
import { receive, withBytes } from "../receive.ts";
import { chatBytes } from "./chat-request.ts";
import { completionAsked } from "./forward.ts";
import { textCompletions } from "./text-answer.ts";

/**
 * `POST /v1/completions`: as it is, where all who may answer have that API for the model, or where a chat could not be asked that; else as
 * a chat, of which the answer is told in the words of completions.
 */
export async function complete(exchange: Exchange): Promise<void> {
  const { surface } = exchange;
  const chat: Exchange = { ...exchange, surface: { ...surface, operation: "generate", answers: textCompletions } };
  const reading = receive(exchange);
  const received = await reading.catch(() => undefined);
  if (received !== undefined && isForCompletions({ exchange, chat, received })) {
    return perform(exchange, async () => completionAsked(exchange, received));
  }
  return generate(chat, async () => asChat(chat, await reading));
}

function asChat(chat: Exchange, request: ClientRequest): ClientRequest {
  return withBytes(chat, request, chatBytes(request));
}

interface Ways {
  readonly exchange: Exchange;
  readonly chat: Exchange;
  readonly received: ClientRequest;
}

function isForCompletions({ exchange, chat, received }: Ways): boolean {
  const completing = planned(() => planOf(exchange, completionAsked(exchange, received)));
  const able = (completing?.targets ?? []).filter(({ provider, model }) => !lacks(provider, model, "completions"));
  if (able.length === 0) return false;
  const isAble = ({ provider, model }: Target) =>
    able.some((other) => other.provider.id === provider.id && other.model === model);
  const chatting = planned(() => planFor(chat, asChat(chat, received)));
  if (chatting !== undefined && isGuarded(chat, chatting)) return false;
  return (chatting?.targets ?? []).every(isAble);
}

/** Undefined where the plan fails: the other way says why in better words. */
function planned(plan: () => Plan): Plan | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
