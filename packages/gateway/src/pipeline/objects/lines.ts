import { invalidRequest } from "@signalbox/protocol";

const NEWLINE = 0x0a;

/**
 * The lines of a stream, without their ends, as they come; the last one may lack its end. Holds no more than one of them. Throws
 * `invalid_request` for a longer one than `limit` bytes.
 */
export function lineReader(limit: number) {
  let open: Buffer[] = [];
  let size = 0;
  const take = (piece: Buffer): void => {
    size += piece.length;
    if (size > limit) throw invalidRequest(`A line of the file is longer than ${limit} bytes.`, "file");
    open.push(piece);
  };
  const close = (): Buffer => {
    const [only, ...others] = open;
    const line = only !== undefined && others.length === 0 ? only : Buffer.concat(open);
    open = [];
    size = 0;
    return line;
  };
  return {
    push(chunk: Buffer): Buffer[] {
      const lines: Buffer[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        take(chunk.subarray(from, at));
        lines.push(close());
        from = at + 1;
      }
      if (from < chunk.length) take(chunk.subarray(from));
      return lines;
    },
    end: (): Buffer[] => (size === 0 ? [] : [close()]),
  };
}

export async function* linesOf(bytes: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  const reader = lineReader(limit);
  for await (const chunk of bytes) yield* reader.push(chunk);
  yield* reader.end();
}

export const isBlank = (line: Buffer): boolean => line.length < 64 && line.toString("latin1").trim() === "";
