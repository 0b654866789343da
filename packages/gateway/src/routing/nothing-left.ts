import { GatewayError } from "@signalbox/protocol";
import { forbidden } from "./access/access.ts";
import { UNKNOWN } from "./candidates.ts";
import type { Rejection } from "./target.ts";

const MOST_SHOWN = 10;

/**
 * Why there is no plan. What is closed to the caller is only spoken of where nothing else is left to say, and then without saying
 * what it is: whoever may not have a model shall not learn of it here.
 */
export function nothingLeft(asked: string, rejected: readonly Rejection[]): GatewayError {
  const model = asked.slice(0, 200);
  const closed = rejected.flatMap(({ refused }) => refused ?? []);
  const open = rejected.filter(({ refused, why }) => refused === undefined && why !== UNKNOWN);
  if (open.length === 0 && closed.length === 0)
    return new GatewayError(
      "model_not_found",
      `The model '${model}' does not exist here or you do not have access to it.`,
      { param: "model" },
    );
  // That a price is missing is only the reason where nothing worse is: it can be mended by writing one.
  const worst = closed.some(({ by }) => by === "access") ? closed.filter(({ by }) => by === "access") : closed;
  if (open.length === 0)
    return forbidden(
      asked,
      worst.map(({ brief }) => brief),
    );
  const reasons = open.slice(0, MOST_SHOWN).map(({ target, why }) => `${target}: ${why}`);
  const others = closed.length === 0 ? "" : " This key may not ask any other.";
  return new GatewayError(
    "unsupported_feature",
    `No target can answer this request for '${model}'. ${reasons.join("; ")}.${others}`,
    { param: "model" },
  );
}

/** A fallback that could not even be followed to its end. */
export function unledTo(target: string, { code, message }: GatewayError): Rejection {
  if (code !== "permission_denied") return { target, why: message };
  const brief = "a fallback is not open to this key either";
  return { target, why: message, refused: { by: "access", brief } };
}
