/** Lets an event stream's bytes through up to the last blank line; what follows it waits for its own. */
export interface WholeMessages {
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[];
  /** The last message, whose blank line a vendor may have left out. */
  readonly end: () => readonly Uint8Array[];
}

/** A blank line is at most four bytes, so three of the bytes before a chunk can belong to it. */
const SEAM = 3;
const LF = 0x0a;

export function wholeMessages(): WholeMessages {
  let held: Uint8Array[] = [];
  /** The last bytes held, over chunk borders: a dribbling upstream sends one byte at a time. */
  let seam: Uint8Array = new Uint8Array(0);
  return {
    push(chunk) {
      if (chunk.length === 0) return [];
      if (held.length === 0 && endsWithBlankLine(chunk)) return [chunk];
      const cut = endOfLastMessage(chunk, seam);
      if (cut === 0) {
        held.push(chunk);
        seam = lastBytes(seam, chunk);
        return [];
      }
      const out = [...held, chunk.subarray(0, cut)];
      held = cut === chunk.length ? [] : [chunk.subarray(cut)];
      seam = chunk.subarray(cut).subarray(-SEAM);
      return out;
    },
    end() {
      const out = held.length === 0 ? [] : [...held, Buffer.from("\n\n")];
      held = [];
      return out;
    },
  };
}

/** How nearly every chunk ends: vendors flush event by event. */
function endsWithBlankLine(chunk: Uint8Array): boolean {
  return chunk.at(-1) === LF && chunk.at(-2) === LF;
}

function lastBytes(seam: Uint8Array, chunk: Uint8Array): Uint8Array {
  return chunk.length >= SEAM ? chunk.subarray(-SEAM) : Buffer.concat([seam, chunk]).subarray(-SEAM);
}

/** The offset after the chunk's last blank line, one that began in the bytes of `seam` included. 0: there is none. */
function endOfLastMessage(chunk: Uint8Array, seam: Uint8Array): number {
  const inside = endOfLastBlankLine(chunk);
  if (inside > 0 || seam.length === 0) return inside;
  return Math.max(0, endOfLastBlankLine(Buffer.concat([seam, chunk.subarray(0, SEAM)])) - seam.length);
}

function endOfLastBlankLine(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Math.max(endOf(buffer, "\n\n"), endOf(buffer, "\r\n\r\n"), endOf(buffer, "\r\r"));
}

function endOf(buffer: Buffer, line: string): number {
  const at = buffer.lastIndexOf(line);
  return at < 0 ? 0 : at + line.length;
}
