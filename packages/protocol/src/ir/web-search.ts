/** Where the person behind a request is, as far as the search should know. */
export interface SearchLocation {
  readonly city?: string;
  readonly region?: string;
  /** ISO 3166-1, two letters. */
  readonly country?: string;
  /** IANA: `Europe/Berlin`. */
  readonly timezone?: string;
}

/** A search of the web that the vendor runs, in the words that the dialects share. Absent fields are the vendor's choice. */
export interface WebSearchTool {
  /** How much of what was found the model reads. */
  readonly contextSize?: "low" | "medium" | "high";
  /** How often it may search. */
  readonly maxUses?: number;
  /** Host names, without a scheme. Subdomains belong to them. */
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly userLocation?: SearchLocation;
  /** False: only in what the vendor has stored of the web before. OpenAI's `external_web_access`, as Codex says it when it may not go out. */
  readonly live?: false;
  /** Names of fields that only the definition's own dialect has. */
  readonly unsaid?: readonly string[];
}
