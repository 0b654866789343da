import type { Figures } from "../config/price.ts";
import type { TimedFigures } from "./profile.ts";

/** JSON leaves out what is not known, and TypeScript then takes it for undefined. */
type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: undefined extends T[K] ? Loose<T[K]> | undefined : Loose<T[K]> }
    : T;

/** What a table says of some names of one model. */
export interface PriceRow extends Loose<Figures> {
  readonly ids: readonly string[];
  readonly contextTokens?: number | undefined;
  readonly times?: readonly Loose<TimedFigures>[] | undefined;
  readonly unlisted?: string | undefined;
  /** The only provider of those with this table that it holds for. */
  readonly on?: string | undefined;
}
