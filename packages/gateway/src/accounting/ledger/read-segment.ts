import { open } from "node:fs/promises";
import type { LedgerEntry } from "../../store/ledger/ledger-rows.ts";
import { readLine } from "./spool-line.ts";

/** Some 250 entries: they are understood within milliseconds. */
const CHUNK_BYTES = 128 * 1024;
const NEWLINE = 10;

export interface Chunk {
  readonly entries: readonly LedgerEntry[];
  /** Lines that say nothing that could be trusted. */
  readonly damaged: readonly string[];
  /** Where the next chunk begins. */
  readonly next: number;
  /** Nothing follows. */
  readonly isLast: boolean;
}

/**
 * Reads whole lines of a segment from there on, and nothing beyond `until`, where its process may be writing now. Rejects
 * with what the file system says.
 */
export async function readChunk(path: string, from: number, until = Number.MAX_SAFE_INTEGER): Promise<Chunk> {
  const file = await open(path, "r");
  try {
    for (let atMost = CHUNK_BYTES; ; atMost *= 4) {
      const size = Math.min(atMost, until - from);
      const buffer = Buffer.allocUnsafe(size);
      const { bytesRead } = await file.read(buffer, 0, size, from);
      const bytes = buffer.subarray(0, bytesRead);
      const isLast = bytesRead < size || from + bytesRead === until;
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      // A line that is longer than all of this: take more.
      if (end === 0 && !isLast) continue;
      const whole = isLast ? bytes : bytes.subarray(0, end);
      return { ...understand(whole.toString("utf8")), next: from + whole.length, isLast };
    }
  } finally {
    await file.close();
  }
}

function understand(text: string): Pick<Chunk, "entries" | "damaged"> {
  const entries: LedgerEntry[] = [];
  const damaged: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const entry = readLine(line);
    if (entry === undefined) damaged.push(line);
    else entries.push(entry);
  }
  return { entries, damaged };
}
