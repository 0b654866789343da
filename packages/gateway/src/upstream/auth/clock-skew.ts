/** How far the clocks of upstreams are ahead of this machine's, as far as they have complained of it. */
export interface ClockSkews {
  /** Milliseconds; 0 where nobody complained. */
  readonly of: (host: string) => number;
  readonly note: (host: string, ms: number) => void;
}

const REMEMBERED = 256;

export function createClockSkews(): ClockSkews {
  const skews = new Map<string, number>();
  return {
    of: (host) => skews.get(host) ?? 0,
    note(host, ms) {
      skews.delete(host);
      skews.set(host, ms);
      const [oldest] = skews.keys();
      if (skews.size > REMEMBERED && oldest !== undefined) skews.delete(oldest);
    },
  };
}

/** How wrong AWS finds a signature's time at the least: it allows five minutes or more. A smaller difference has another cause. */
export const LEAST_SKEW_MS = 60_000;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html and AWS's SDKs, which know these by heart. */
const TIME_ERRORS = /RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|SignatureExpired/;
const TIME_WORDS = /signature expired|signature not yet current|request time too/i;
const SIGNATURE_ERRORS = /InvalidSignatureException|SignatureDoesNotMatch/;

/** Whether a refusal is about the time that a request was signed at; `perhaps` where the clocks must tell. */
export function isAboutTime(type: string, body: string): boolean | "perhaps" {
  if (TIME_ERRORS.test(type) || TIME_ERRORS.test(body) || TIME_WORDS.test(body)) return true;
  return SIGNATURE_ERRORS.test(type) || SIGNATURE_ERRORS.test(body) ? "perhaps" : false;
}
