import { type CanonicalRequest, GatewayError, type Message } from "@signalbox/protocol";
import type { Era } from "../../features/compression/compress-conversation.ts";
import { sessionOf } from "../../routing/session.ts";
import { sessionKey } from "../../routing/stickiness.ts";
import type { PlanFeatures } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange, Services } from "../exchange.ts";

/** What compression needs to know of an exchange. */
export interface Compressing extends Pick<Exchange, "outcome" | "snapshot" | "surface"> {
  readonly request: Pick<Exchange["request"], "headers">;
  readonly services: Pick<Services, "compressor">;
}

export interface ConversationEras {
  /** For the request on its way to a target: templates stand before its messages then. */
  readonly erasFor: (request: CanonicalRequest) => readonly Era[];
  /** This process has sent what was compressed before the same way. */
  readonly isKnown: boolean;
}

/** How the conversation that a request goes on with is to be compressed, from which message on. */
export function shiftedEras(exchange: Compressing, request: ClientRequest, features: PlanFeatures): ConversationEras {
  const { outcome, services, snapshot, surface } = exchange;
  const { key } = outcome;
  const aggressiveness = features.compression?.aggressiveness;
  // A message that its author wants compressed is compressed alike on every turn.
  if (aggressiveness === undefined) return { erasFor: () => [], isKnown: true };
  if (snapshot.compression.audit) return { erasFor: () => [{ from: 0, aggressiveness }], isKnown: false };
  if (key === undefined) throw new GatewayError("internal", "A request without a key was compressed.");
  const { messages } = request.canonical();
  const { bytes, scan } = request;
  const session = sessionOf({ bytes, scan, dialect: surface.dialect, headers: exchange.request.headers });
  const changedAt = services.compressor.changedAt(routersOf(features.steps));
  const { eras, isKnown } = services.compressor.eras.of({
    conversation: sessionKey({ key: key.id, model: request.model, session }),
    aggressiveness,
    sent: sentBefore(messages),
    now: performance.now(),
    ...(changedAt === undefined ? {} : { changedAt }),
  });
  const [first] = messages;
  return {
    isKnown,
    erasFor: (given) => {
      const shift = first === undefined ? 0 : Math.max(0, given.messages.indexOf(first));
      return eras.map((era) => (era.from === 0 ? era : { ...era, from: era.from + shift }));
    },
  };
}

/** A step is `router/route/variant`. */
const routersOf = (steps: readonly string[]): readonly string[] => steps.map((step) => step.split("/", 1).join(""));

/** Up to the last answer that something follows. */
function sentBefore(messages: readonly Message[]): number {
  const asked = messages.findLastIndex(({ role }) => role !== "assistant");
  return messages.slice(0, asked + 1).findLastIndex(({ role }) => role === "assistant") + 1;
}
