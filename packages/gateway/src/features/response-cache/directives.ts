import { invalidRequest } from "@signalbox/protocol";
import type { CachePolicy, CacheSettings } from "../../config/features.ts";

/** What a request says of kept answers, in the words of HTTP. https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1 */
export interface Directives {
  /** Neither given from the cache nor kept. */
  readonly noStore: boolean;
  /** Asked anew, and kept then. */
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  /** What is older does not count. */
  readonly maxAgeSeconds?: number;
}

const NONE: Directives = { noStore: false, noCache: false, onlyIfCached: false };

/** Directives that are unknown, or no directives, are left alone, as HTTP wants it. */
export function readDirectives(header: string | undefined): Directives {
  if (header === undefined) return NONE;
  const said = header
    .toLowerCase()
    .split(",")
    .map((directive) => directive.trim());
  const ages = said.flatMap((directive) => {
    const age = /^max-age="?(\d{1,10})"?$/.exec(directive)?.[1];
    return age === undefined ? [] : [Number(age)];
  });
  return {
    noStore: said.includes("no-store"),
    noCache: said.some((directive) => /^no-cache(=|$)/.test(directive)),
    onlyIfCached: said.includes("only-if-cached"),
    ...(ages.length === 0 ? {} : { maxAgeSeconds: Math.min(...ages) }),
  };
}

export const SWITCH_HEADER = "x-signalbox-cache";

/** Undefined: the header is not there. Throws `invalid_request` for a word that is none. */
export function readSwitch(header: string | undefined): boolean | undefined {
  switch (header?.trim().toLowerCase()) {
    case undefined:
      return undefined;
    case "on":
      return true;
    case "off":
      return false;
    default:
      throw invalidRequest(`The header '${SWITCH_HEADER}' must be 'on' or 'off'.`, SWITCH_HEADER);
  }
}

export interface Said {
  readonly installation: CacheSettings;
  readonly key: CachePolicy | undefined;
  /** By the routers on the way, and by the request over them. */
  readonly plan: CachePolicy | undefined;
  readonly header: boolean | undefined;
}

/** The nearest word for each. */
export function policyOf({ installation, key, plan, header }: Said): Required<CachePolicy> {
  const { enabled, ttlSeconds, match, toolCalls } = installation;
  const merged = { enabled, ttlSeconds, match, toolCalls, ...key, ...plan };
  return header === undefined ? merged : { ...merged, enabled: header };
}
