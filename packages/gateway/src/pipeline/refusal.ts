import { type ClaudeHost, parseJsonObject } from "@signalbox/protocol";
import type { EndpointDialect } from "../config/quirks.ts";
import type { Credential, UpstreamPlace } from "../providers/resolved.ts";
import type { Cancellation } from "../upstream/cancellation.ts";
import { classifyTransportError } from "../upstream/classify.ts";
import type { UpstreamAnswer } from "../upstream/dispatch.ts";
import { returnedResponseHeaders } from "../upstream/headers.ts";
import { readRateLimits, withRetryAfter } from "../upstream/rate-limits.ts";
import { readBody } from "../upstream/read-body.ts";
import { redactSecrets, secretsOf } from "../upstream/redact.ts";
import { egressOf } from "./dialects.ts";
import { AttemptFailure } from "./failure.ts";

const ERROR_BODY_LIMIT = 1024 * 1024;

/** Who was asked, and in which words it refuses. */
export interface Refused {
  readonly place: UpstreamPlace;
  readonly credential: Credential | undefined;
  readonly dialect: EndpointDialect;
  /** The client reads this upstream's errors as they are. */
  readonly sameDialect: boolean;
  /** The cloud that answers for the vendor, and has words of its own. */
  readonly host?: ClaudeHost | undefined;
  readonly cancel: Cancellation;
}

/** The upstream's error: decoded to be judged, and kept as it is for a client of the same dialect. */
export async function refusalOf(
  { place, credential, dialect, sameDialect, host, cancel }: Refused,
  answer: UpstreamAnswer,
): Promise<AttemptFailure> {
  const received = await readBody(answer.body, ERROR_BODY_LIMIT).catch((error: unknown) => {
    throw cancel.reason() ?? classifyTransportError(error);
  });
  const text = received.toString("utf8");
  const safe = redactSecrets(text, secretsOf(place, credential));
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const ownWords = parseJsonObject(safe)?.["type"] === "error";
  // What AWS itself refuses it tells in its own words, whosever API it is asked in.
  const words = host === "bedrock" && !ownWords ? "bedrock-converse" : dialect;
  const told = egressOf(words).decodeError({ status: answer.status, headers, body: safe });
  const error = withRetryAfter(told, readRateLimits(answer.headers, safe, new Date()));
  const contentType = String(answer.headers["content-type"] ?? "");
  const forwardable =
    sameDialect &&
    (host === undefined || ownWords) &&
    contentType.includes("json") &&
    error.code !== "upstream_auth" &&
    error.code !== "upstream_forbidden";
  if (!forwardable) return new AttemptFailure(error);
  const body = safe === text ? received : Buffer.from(safe);
  return new AttemptFailure(error, {
    status: answer.status,
    contentType,
    body,
    headers: returnedResponseHeaders(answer.headers),
  });
}
