import type { Exchange } from "../exchange.ts";

/** Ids and timestamps are made from the reply's seed, so that the same request is answered by the same bytes. */
export const createdAt = (seed: string): number => 1_790_000_000 + (Number.parseInt(seed.slice(0, 6), 16) % 1_000_000);

export const requestNumber = (number: number): string => number.toString(16).padStart(8, "0");

export function bearer({ headers }: Pick<Exchange, "headers">): string | undefined {
  const [scheme, token] = (headers.authorization ?? "").split(/\s+/);
  return scheme?.toLowerCase() === "bearer" ? token : undefined;
}

export const isBad = (credential: string | undefined): boolean => credential?.startsWith("bad-") ?? false;

export function headerText({ headers }: Pick<Exchange, "headers">, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** Whoever came with another credential sees other files and batches. */
export function accountOf({ headers, query }: Pick<Exchange, "headers" | "query">): string {
  const key = headers["x-api-key"] ?? headers["x-goog-api-key"] ?? headers.authorization ?? query.get("key") ?? "";
  // A signature of AWS's is another one every time; whose it is stands in it.
  return /^AWS4-\S+ Credential=([^/]+)/.exec(String(key))?.[1] ?? String(key);
}
