import type { CanonicalRequest, ObjectScan } from "@signalbox/protocol";
import type { RoutingPreferences } from "../routing/preferences.ts";
import type { AnswerWork, Keeper } from "./answer-work.ts";
import type { Rework } from "./rework.ts";

/** What the client sent, known as far as routing needs it; decoded only when somebody asks. */
export interface ClientRequest {
  readonly bytes: Buffer;
  /** As it came: with what it says of its own routing. */
  readonly sent: Buffer;
  readonly scan: ObjectScan;
  readonly model: string;
  readonly stream: boolean;
  /** Replayed state of other vendors stands in the body: it cannot go to any vendor as it is. */
  readonly holdsEnvelope: boolean;
  /** What the request says of its own routing. The bytes no longer hold it: it is not for upstreams. */
  readonly preferences: RoutingPreferences;
  /** Decoded once, on first use. Throws `invalid_request`. */
  readonly canonical: () => CanonicalRequest;
  /** What came before, or a file, is kept by this provider under this account, and by nobody else. */
  readonly pinned?: { readonly provider: string; readonly credential?: string; readonly file?: string };
  /** The rest of an answer is asked for: what is sent instead of what was asked. */
  readonly continued?: (asked: CanonicalRequest) => CanonicalRequest;
  /** What the gateway's own features change in it. */
  readonly reworks?: readonly Rework[];
  /** How many tokens they have added to it so far, by estimate. */
  readonly addedTokens?: () => number;
  /** And what they do to its answer, from the upstream on. */
  readonly work?: readonly AnswerWork[];
  /** Hears the answer as the client gets it. */
  readonly keeper?: Keeper;
}
