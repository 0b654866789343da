import { invalidRequest, type JsonObject, type LossReport, type Usage } from "@signalbox/protocol";
import type { Reckoned } from "../accounting/savings.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { MetadataMode } from "../config/settings.ts";
import { type Answering, answeringOf, answerMetadata, type Told, targetName } from "./answer-metadata.ts";
import type { Exchange, Outcome } from "./exchange.ts";
import { hasSaver, type Saving, savingsOf, toldSavings } from "./savings.ts";

/** What an answer tells of its way, beside what the upstream said. */
export interface Telling {
  /** Metadata stand in whole answers and in the last event of translated streams. */
  readonly inBody: boolean;
  /** And in passthrough streams, which are changed only when the request itself asks for it. */
  readonly inStream: boolean;
  /** Shown as the model's name; undefined: the upstream's word stays. */
  readonly shownModel: string | undefined;
  /** As known when it is called. */
  readonly metadata: (losses: LossReport) => JsonObject;
}

/** The upstream's answer as it is. */
export const SILENT: Telling = { inBody: false, inStream: false, shownModel: undefined, metadata: () => ({}) };

const HEADER = "x-signalbox-metadata";

/** Where it is said how much is to be told. */
interface Wish {
  readonly request: Pick<Exchange["request"], "headers">;
  readonly snapshot: Pick<Snapshot, "metadata" | "responseModel">;
  readonly outcome: Pick<Outcome, "key">;
}

interface ToldExchange extends Wish, Told, Saving {
  readonly snapshot: Wish["snapshot"] & Saving["snapshot"];
  readonly outcome: Pick<Outcome, "key" | "model"> & Told["outcome"] & Saving["outcome"];
}

/** The request's word, else its key's, else the configuration's. Throws `invalid_request` for a word that is none. */
export function metadataMode(exchange: Wish): MetadataMode {
  const asked = exchange.request.headers[HEADER];
  return asked === undefined ? presetMode(exchange) : readMode(String(asked));
}

/** The same for answers that are refusals already: another one would hide the first. */
export function metadataModeOrPreset(exchange: Wish): MetadataMode {
  const asked = exchange.request.headers[HEADER];
  return asked === "body" || asked === "headers" || asked === "off" ? asked : presetMode(exchange);
}

function presetMode({ outcome, snapshot }: Wish): MetadataMode {
  return outcome.key?.metadataMode ?? snapshot.metadata;
}

function readMode(word: string): MetadataMode {
  switch (word) {
    case "body":
    case "headers":
    case "off":
      return word;
    default:
      throw invalidRequest(`The header '${HEADER}' must be 'body', 'headers' or 'off'.`, HEADER);
  }
}

/** `seen`: what an upstream that is answering just now has told of its usage. */
export function tellingOf(exchange: ToldExchange, planned: Answering, seen?: () => Usage | undefined): Telling {
  const inBody = metadataMode(exchange) === "body";
  return {
    inBody,
    inStream: inBody && exchange.request.headers[HEADER] !== undefined,
    shownModel: shownModel(exchange, planned),
    metadata(losses) {
      const savings = savingsSoFar(exchange, planned, seen);
      if (savings !== undefined) exchange.outcome.savings = savings;
      return { ...answerMetadata(exchange, planned, losses), ...toldSavings(savings) };
    },
  };
}

function savingsSoFar(
  exchange: ToldExchange,
  planned: Answering,
  seen: (() => Usage | undefined) | undefined,
): Reckoned | undefined {
  if (!hasSaver(exchange.outcome)) return undefined;
  const record = answeringOf(exchange.outcome.attempts, planned);
  return savingsOf(exchange, record === undefined ? undefined : { record, usage: seen?.() });
}

/** A router and `auto` are answered with the target's name, since the client could not know it otherwise. */
function shownModel({ outcome, snapshot }: ToldExchange, planned: Answering): string | undefined {
  const asked = outcome.plan?.asked ?? "model";
  const wanted = snapshot.responseModel ?? (asked === "model" ? "upstream" : "target");
  switch (wanted) {
    case "upstream":
      return undefined;
    case "target":
      return targetName(planned);
    case "requested":
      return outcome.model;
  }
}
