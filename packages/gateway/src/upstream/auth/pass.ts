import type { UpstreamAnswer, UpstreamBody } from "../wire.ts";

/** A request on its way out: what lets it in is written into its headers. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: UpstreamBody | undefined;
}

/** How one request gets in where a secret alone does not. It lives as long as the request's tries. */
export interface Pass {
  /** Rejects with `upstream_auth` where there is no way in. */
  readonly authorize: (outgoing: Outgoing) => Promise<void>;
  /**
   * After a 401 or 403: whether another try may be let in, with what was learned. The answer's body is then spent; else it is in
   * what is returned. Throws what the answer means, where that can be said better than by the upstream.
   */
  readonly reconsider: (answer: UpstreamAnswer, isLast: boolean) => Promise<UpstreamAnswer | "again">;
}
