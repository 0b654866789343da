/** A piece of prose that may lose some of its sentences. What must stay as it is was cut out of it before. */
export interface CompressibleText {
  readonly text: string;
  /** What is asked about it; absent: nobody has asked anything yet. */
  readonly query?: string;
  /** Texts of one group are one text that was cut up: what is kept is chosen among all of them. */
  readonly group: number;
}

export interface CompressionEngine {
  readonly id: string;
  /**
   * As many texts as were given, in their order. A pure function of its arguments. `aggressiveness` is above 0, and 1 at most. `warn` takes
   * what whoever asked should know.
   */
  readonly compress: (
    texts: readonly CompressibleText[],
    aggressiveness: number,
    warn?: (warning: string) => void,
  ) => readonly string[] | Promise<readonly string[]>;
  /** Another one where what it made of a text before may be made otherwise now; absent: that never is. */
  readonly revision?: () => number;
}

/** Stands where something was left out. */
export const GAP = "[…]";
