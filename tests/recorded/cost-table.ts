/** The counts of a row, in the order of its columns. */
export const COUNTS = [
  "inputTokens",
  "cacheReadTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "outputTokens",
  "reasoningTokens",
  "audioInputTokens",
  "audioOutputTokens",
  "imageInputTokens",
  "imageOutputTokens",
  "audioCacheReadTokens",
  "imageCacheReadTokens",
  "webSearches",
  "otherCharges",
] as const;

/** What one recorded answer used and cost. */
export interface CostRow {
  /** The recording's. */
  readonly id: string;
  /** As `provider/model`. */
  readonly model: string;
  readonly counts: Readonly<Record<string, number>>;
  /** "" where none was told. */
  readonly tier: string;
  readonly nano: number;
  /** The price's id; "" where there is none. */
  readonly price: string;
  /** Why it is unpriced. */
  readonly why?: string;
}

const HEAD = ["recording", "model", ...COUNTS, "tier", "nano", "price", "unpriced because"];

/** Tab-separated, one line each, sorted; an empty cell is a count that was not told. */
export function formatCosts(rows: readonly CostRow[]): string {
  const lines = rows.map(({ id, model, counts, tier, nano, price, why }) =>
    [id, model, ...COUNTS.map((name) => counts[name] ?? ""), tier, nano, price, why ?? ""].join("\t"),
  );
  return `${[HEAD.join("\t"), ...lines.toSorted()].join("\n")}\n`;
}

export function parseCosts(text: string): readonly CostRow[] {
  const [, ...lines] = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [id = "", model = "", ...cells] = line.split("\t");
    const counts = COUNTS.flatMap((name, index) => {
      const cell = cells[index] ?? "";
      return cell === "" ? [] : [[name, Number(cell)] as const];
    });
    const [tier = "", nano = "", price = "", why = ""] = cells.slice(COUNTS.length);
    return {
      id,
      model,
      counts: Object.fromEntries(counts),
      tier,
      nano: Number(nano),
      price,
      ...(why === "" ? {} : { why }),
    };
  });
}
