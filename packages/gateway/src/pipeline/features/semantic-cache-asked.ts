import { hash } from "node:crypto";
import { type JsonObject, parseJson } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { normalisedBody } from "../../features/response-cache/normalised-body.ts";
import { NGRAMS } from "../../features/response-cache/semantic/ngrams.ts";
import { questionIn } from "../../features/response-cache/semantic/question.ts";
import { type Asked, askedBy } from "../../features/response-cache/semantic/semantic-cache.ts";
import { wireFields } from "../../features/response-cache/wire-fields.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { keepsBack } from "./guard.ts";
import type { SimilarAsk } from "./similar-answers.ts";

/** The question of a request as the semantic cache knows it. Undefined: no other request has its answer, nor it another's. */
export function askedIn({ exchange, request, scope, tenant }: SimilarAsk<Exchange>): Asked | undefined {
  const { snapshot, surface, outcome } = exchange;
  // Two people's values are not alike, and this would compare them. What a guard has not read may be told to nobody, nor answered.
  if (outcome.plan === undefined || keepsBack(exchange, outcome.plan)) return undefined;
  const question = questionIn(toldBy(request, surface.dialect), surface.dialect);
  if (question === undefined) return undefined;
  const { embeddings } = snapshot.cache.semantic;
  const asked = askedBy(question.text, {
    rest: hash("sha256", JSON.stringify([scope, normalisedBody(question.rest, surface.dialect)]), "base64url"),
    locale: exchange.request.headers["accept-language"] ?? "",
    embedder: embeddings ?? NGRAMS,
    knowledge: embeddings === undefined ? "letters" : "meaning",
    tenant,
  });
  return typeof asked === "string" ? undefined : asked;
}

/** All that the request says of its answer. The order of its outermost fields does not count. */
function toldBy({ bytes, scan }: ClientRequest, dialect: SurfaceDialect): JsonObject {
  const { beside } = wireFields[dialect];
  const told = [...scan.members].filter(([name]) => !beside.has(name)).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    told.map(([name, { start, end }]) => [name, parseJson(bytes.toString("utf8", start, end))]),
  );
}
