import { ENVELOPE_MARK } from "./envelope.ts";

/**
 * Ids of searches that the vendor whose dialect the client speaks has not run: clients send them back, and by the mark they are
 * kept from that vendor, and known again.
 */
export function madeSearchId(prefix: string, id: string): string {
  return `${prefix}${ENVELOPE_MARK}${id.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
}

/** The id within a made one; undefined where the vendor itself made it. */
export function searchIdOf(prefix: string, wireId: string): string | undefined {
  const mark = `${prefix}${ENVELOPE_MARK}`;
  return wireId.startsWith(mark) ? wireId.slice(mark.length) : undefined;
}
