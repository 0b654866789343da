import { GatewayError } from "@signalbox/protocol";
import type { AwsAccount } from "../../config/cloud-account.ts";
import type { Credential, UpstreamPlace } from "../../providers/resolved.ts";
import { readBody } from "../read-body.ts";
import { wholeBody } from "../response-body.ts";
import type { UpstreamAnswer } from "../wire.ts";
import type { KnownAccount } from "./account.ts";
import { fromChain, type LoadChain } from "./aws-chain.ts";
import { type ClockSkews, isAboutTime, LEAST_SKEW_MS } from "./clock-skew.ts";
import { noteMinted } from "./minted.ts";
import type { Outgoing, Pass } from "./pass.ts";
import { type AwsKeys, type AwsScope, scopeOf, signAws } from "./sign-aws.ts";
import type { Lease, TokenCache } from "./token-cache.ts";

export interface AwsTools {
  readonly cache: TokenCache<AwsKeys>;
  readonly skews: ClockSkews;
  readonly loadChain: LoadChain;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Holder {
  readonly place: UpstreamPlace;
  readonly credential: Credential;
  readonly known: KnownAccount;
  readonly account: AwsAccount;
}

const REFUSAL_LIMIT = 1024 * 1024;

/** By a signature of AWS's. A clock that is wrong is set right by the server's date, once, and keys of a role are fetched again, once. */
export function awsPass({ place, credential, known, account }: Holder, tools: AwsTools): Pass {
  const { cache, skews, now } = tools;
  let used: Lease<AwsKeys> | undefined;
  let signedAt = 0;
  let host = "";

  const keysFor = async (): Promise<Lease<AwsKeys>> => {
    if (account.kind === "aws-keys") return { value: account };
    const lease = await cache.get(known.id, () => fromChain(account.profile, tools.loadChain));
    const { secretAccessKey, sessionToken } = lease.value;
    noteMinted(credential, [secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])]);
    return lease;
  };

  /** What the server's clock is ahead of the time that this request was signed at. */
  const measured = (answer: UpstreamAnswer): number => {
    const serverTime = Date.parse(answer.headers.date ?? "");
    return Number.isNaN(serverTime) ? 0 : serverTime - signedAt;
  };

  const judgeTime = (answer: UpstreamAnswer, text: string, isLast: boolean): "again" | undefined => {
    const about = isAboutTime(String(answer.headers["x-amzn-errortype"] ?? ""), text);
    const difference = measured(answer);
    const isOff = Math.abs(difference) >= LEAST_SKEW_MS;
    if (about === false || (about === "perhaps" && !isOff)) return undefined;
    const ahead = difference + (signedAt - now());
    if (isOff && !isLast) {
      skews.note(host, ahead);
      return "again";
    }
    if (Math.abs(ahead) >= LEAST_SKEW_MS) throw skewed(Math.round(ahead / 1000));
    return undefined;
  };

  return {
    async authorize({ method, url, headers, body }) {
      const scope = scopeFor(place, url);
      // AWS reads a plus as itself, and would find another signature.
      url.search = url.search.replaceAll("+", "%20");
      const whole = wholeOf(body);
      used = await keysFor();
      host = url.host;
      signedAt = now() + skews.of(host);
      const added = await signAws({ method, url, headers, body: whole }, used.value, {
        ...scope,
        date: new Date(signedAt),
      });
      Object.assign(headers, added);
    },
    async reconsider(answer, isLast) {
      const received = await readBody(answer.body, REFUSAL_LIMIT);
      const text = received.toString("utf8");
      if (judgeTime(answer, text, isLast) === "again") return "again";
      if (account.kind === "aws-chain" && used !== undefined && isExpired(answer, text)) {
        cache.drop(known.id, used);
        if (!isLast) return "again";
      }
      return { ...answer, body: wholeBody(received) };
    },
  };
}

function isExpired({ headers }: UpstreamAnswer, text: string): boolean {
  return /ExpiredToken|security token included in the request is (?:expired|invalid)/.test(
    `${String(headers["x-amzn-errortype"] ?? "")} ${text}`,
  );
}

function skewed(seconds: number): GatewayError {
  const side = seconds < 0 ? "ahead of" : "behind";
  const message = `AWS refuses the time of this machine's signatures: its clock is ${Math.abs(seconds)} seconds ${side} AWS's.`;
  return new GatewayError("upstream_auth", message);
}

function scopeFor({ auth }: UpstreamPlace, { hostname }: URL): AwsScope {
  const said = auth.kind === "aws-sigv4" ? auth : undefined;
  const named = scopeOf(hostname);
  const region = said?.region ?? named.region;
  if (region === undefined)
    throw new GatewayError("upstream_auth", "The region to sign for is neither configured nor in the host's name.");
  return { service: said?.service ?? named.service ?? "bedrock", region };
}

/** The bytes that are sent are those that are signed. */
function wholeOf(body: Outgoing["body"]): string | Uint8Array | undefined {
  if (typeof body === "function")
    throw new GatewayError("unsupported_feature", "A body that is streamed cannot be signed for AWS.");
  return body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : Buffer.concat(body);
}
