/** Lets an event stream's bytes through up to the last blank line; what follows it waits for its own. */
export interface WholeMessages {
  readonly push: (chunk: Uint8Array) => readonly Uint8Array[];
  /** The last message, whose blank line a vendor may have left out. */
  readonly end: () => readonly Uint8Array[];
}

/** A blank line is at most four bytes, so three of the bytes before a chunk can belong to it. */
const SEAM = 3;

export function wholeMessages(): WholeMessages {
  let held: Uint8Array[] = [];
  return {
    push(chunk) {
      const cut = endOfLastMessage(chunk, held.at(-1));
      if (cut === 0) {
        held.push(chunk);
        return [];
      }
      const out = [...held, chunk.subarray(0, cut)];
      held = cut === chunk.length ? [] : [chunk.subarray(cut)];
      return out;
    },
    end() {
      const out = held.length === 0 ? [] : [...held, Buffer.from("\n\n")];
      held = [];
      return out;
    },
  };
}

/** The offset after the chunk's last blank line, one that began in the bytes `before` included. 0: there is none. */
function endOfLastMessage(chunk: Uint8Array, before: Uint8Array | undefined): number {
  const inside = endOfLastBlankLine(chunk);
  if (inside > 0 || before === undefined) return inside;
  const lead = before.subarray(-SEAM);
  return Math.max(0, endOfLastBlankLine(Buffer.concat([lead, chunk.subarray(0, SEAM)])) - lead.length);
}

function endOfLastBlankLine(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Math.max(endOf(buffer, "\n\n"), endOf(buffer, "\r\n\r\n"), endOf(buffer, "\r\r"));
}

function endOf(buffer: Buffer, line: string): number {
  const at = buffer.lastIndexOf(line);
  return at < 0 ? 0 : at + line.length;
}
