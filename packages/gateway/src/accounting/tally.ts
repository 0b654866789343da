import { LARGEST_DOLLARS, NANO_PER_DOLLAR } from "../config/money.ts";
import type { Rate } from "./rates.ts";

/** More of anything than any request can use: vendors have been seen to report such counts. */
export const LARGEST_COUNT = 100_000_000;

const MILLION = 1_000_000;

/** Adds up counts at rates, exactly: only whole numbers below 2^53, and one rounding, half up, at the end. */
export class Tally {
  #whole = 0;
  /** At most a dozen of 10^8 times 10^6. */
  #millionths = 0;

  add(count: number, { whole, millionths }: Rate): void {
    this.#whole += count * whole;
    this.#millionths += count * millionths;
  }

  /** Undefined beyond what a row may hold. */
  nano(): number | undefined {
    const sum = this.#whole + Math.floor((this.#millionths + MILLION / 2) / MILLION);
    return sum <= LARGEST_DOLLARS * NANO_PER_DOLLAR ? sum : undefined;
  }
}
