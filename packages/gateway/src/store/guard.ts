import { explainFailure, StoreError } from "./errors.ts";

export type Guard = <T>(operation: () => Promise<T>) => Promise<T>;

/** Turns what a driver throws into a StoreError. */
export function guardOf(place: string): Guard {
  return async (operation) => {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError("unavailable", `${place} cannot be used: ${explainFailure(error)}.`);
    }
  };
}
