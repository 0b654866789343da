import { GatewayError, type JsonObject } from "@signalbox/protocol";
import type { Admission } from "../../store/ledger/ledger-rows.ts";
import type { ObjectKind } from "../../store/objects/object-rows.ts";
import type { Exchange } from "../exchange.ts";
import { askForObject, type Question } from "./ask.ts";
import { LARGEST_SEEN } from "./find.ts";
import { fromObjects } from "./from-objects.ts";
import { type Keeper, keyOf } from "./keeper.ts";
import { billAsStarted } from "./settle-batch.ts";

/** A batch that an upstream has just begun. */
export interface Started {
  readonly kind: ObjectKind;
  readonly id: string | undefined;
  readonly answer: Buffer;
  readonly facts: JsonObject;
  readonly admission: Admission;
  /** What ends it, should nobody be able to ask for it. */
  readonly cancel: (id: string) => Question;
}

/** Nobody asks for the results of a batch after that; vendors keep them for a month. */
const KEPT_MS = 366 * 86_400_000;

/** Notes whose it is before its owner is told of it. */
export async function keepStarted(exchange: Exchange, keeper: Keeper, started: Started): Promise<void> {
  const { kind, id, answer, facts, admission, cancel } = started;
  if (id === undefined) throw new GatewayError("upstream_invalid_response", "The upstream's batch has no id.");
  billAsStarted(exchange, admission);
  const { id: keyId, team, org } = keyOf(exchange);
  const { target, credential } = keeper;
  const isOwn = await fromObjects(() =>
    exchange.services.objects.put({
      kind,
      id,
      keyId,
      ...(team === undefined ? {} : { team }),
      ...(org === undefined ? {} : { org }),
      provider: target.provider.id,
      ...(credential === undefined ? {} : { credential: credential.id }),
      facts,
      createdAt: exchange.arrivedAt,
      expiresAt: exchange.arrivedAt + KEPT_MS,
      ...(answer.length > LARGEST_SEEN ? {} : { seen: answer }),
    }),
  ).catch(async (error: unknown) => {
    await askForObject(exchange, keeper, cancel(id)).catch(() => {});
    throw error;
  });
  if (!isOwn) throw new GatewayError("upstream_invalid_response", "The upstream's batch has an id that is another's.");
}
