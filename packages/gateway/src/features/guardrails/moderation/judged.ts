/** What a judge says of one piece. */
export interface Judgement {
  readonly flagged: boolean;
  readonly categories: readonly string[];
}

export interface Judged {
  readonly flagged: boolean;
  /** How many pieces fall under each. */
  readonly categories: Readonly<Record<string, number>>;
}

/** What is true of one piece is true of them all. With `counted`, other categories than these are as if they were not. */
export function judged(judgements: readonly Judgement[], counted: readonly string[] | undefined): Judged {
  const counts = new Map<string, number>();
  for (const { categories } of judgements) {
    for (const category of categories) {
      if (counted?.includes(category) ?? true) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
  }
  const flagged = counts.size > 0 || (counted === undefined && judgements.some((judgement) => judgement.flagged));
  return { flagged, categories: Object.fromEntries(counts) };
}
