/** Why the gateway itself asks a model while it serves a request. */
export type SideCallPurpose = "embedding" | "judge" | "moderation" | "shadow";

export interface SideCallOptions {
  readonly purpose: SideCallPurpose;
  /** For one call, whoever answers it in the end. */
  readonly timeoutMs: number;
  /** The request is answered already: the call does not end with its client, and stands in the ledger as a request of its own. */
  readonly afterwards?: true;
}

/** What a judge says of one text. */
export interface ModerationVerdict {
  readonly flagged: boolean;
  /** Those that the text falls under, in the judge's own words. */
  readonly categories: readonly string[];
  /** From 0 to 1, where the judge tells. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface Question {
  readonly instructions: string;
  readonly input: string;
  readonly maxOutputTokens: number;
}

/**
 * Calls to models on the gateway's own account. A model is named as the operator names it: `provider/model`, or a public name. The
 * caller's privacy policies hold for them, and its lists of models do not. All reject with GatewayError, `permission_denied` where
 * nobody who has the model may see this caller's words.
 */
export interface SideCalls {
  /** A vector for every text, in their order. */
  readonly embed: (model: string, texts: readonly string[]) => Promise<readonly Float32Array[]>;
  /** The text of a whole answer, without thinking. */
  readonly ask: (model: string, question: Question) => Promise<string>;
  /** A verdict for every text, in their order. */
  readonly moderate: (model: string, texts: readonly string[]) => Promise<readonly ModerationVerdict[]>;
}
