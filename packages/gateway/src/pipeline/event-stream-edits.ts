import { applyEdits, type ByteSpan, type Edit } from "@signalbox/protocol";

/** What to change in the JSON of one message, in its own offsets. */
export type MessageEdits = (data: Uint8Array) => readonly Edit[];

/** Whole messages of an event stream with their JSON edited; field names, comments, line ends and all other bytes stay. */
export function editEventStream(bytes: Uint8Array, editsOf: MessageEdits): readonly Uint8Array[] {
  const edits: Edit[] = [];
  let data: ByteSpan[] = [];
  const close = () => {
    if (data.length > 0) edits.push(...editsOfLines(bytes, data, editsOf));
    data = [];
  };
  for (const line of linesOf(bytes)) {
    if (line.start === line.end) close();
    else if (isData(bytes, line)) data.push(valueIn(bytes, line));
  }
  close();
  return edits.length === 0 ? [bytes] : applyEdits(bytes, edits);
}

/** Whole messages of an event stream without those whose JSON is to be hidden; all other bytes stay. */
export function withoutMessages(bytes: Uint8Array, isHidden: (data: string) => boolean): readonly Uint8Array[] {
  const kept: Uint8Array[] = [];
  let keptTo = 0;
  let start = 0;
  let data: string[] = [];
  const close = (end: number) => {
    if (data.length > 0 && isHidden(data.join("\n"))) {
      kept.push(bytes.subarray(keptTo, start));
      keptTo = end;
    }
    start = end;
    data = [];
  };
  for (const line of linesOf(bytes)) {
    if (line.start === line.end) close(line.next);
    else if (isData(bytes, line)) data.push(Buffer.from(viewOf(bytes, valueIn(bytes, line))).toString());
  }
  close(bytes.length);
  return [...kept, bytes.subarray(keptTo)].filter(({ length }) => length > 0);
}

/** Lines of data are joined by LF to one JSON text; an edit never spans two, as no JSON string holds a line end. */
function editsOfLines(bytes: Uint8Array, lines: readonly ByteSpan[], editsOf: MessageEdits): readonly Edit[] {
  const [only] = lines;
  if (only !== undefined && lines.length === 1)
    return editsOf(viewOf(bytes, only)).map((edit) => moved(edit, only.start));
  const joined = Buffer.concat(lines.flatMap((line) => [viewOf(bytes, line), LINE_END]));
  return editsOf(joined.subarray(0, -1)).map((edit) => {
    let offset = 0;
    for (const line of lines) {
      const length = line.end - line.start;
      if (edit.start <= offset + length) return moved(edit, line.start - offset);
      offset += length + 1;
    }
    return edit;
  });
}

const moved = ({ start, end, text }: Edit, by: number): Edit => ({ start: start + by, end: end + by, text });

const viewOf = (bytes: Uint8Array, { start, end }: ByteSpan): Uint8Array => bytes.subarray(start, end);

const LINE_END = Buffer.from("\n");
const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from("data:");
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

function isData(bytes: Uint8Array, { start, end }: ByteSpan): boolean {
  return end - start >= DATA.length && startsWith(bytes, start, DATA);
}

function valueIn(bytes: Uint8Array, { start, end }: ByteSpan): ByteSpan {
  const value = start + DATA.length;
  return { start: bytes[value] === SPACE ? value + 1 : value, end };
}

interface Line extends ByteSpan {
  /** Where the next one begins. */
  readonly next: number;
}

/** The lines without their ends: LF, CR LF or CR. A byte order mark belongs to none. */
function* linesOf(bytes: Uint8Array): Generator<Line> {
  const nextLf = finder(bytes, LF);
  const nextCr = finder(bytes, CR);
  let start = startsWith(bytes, 0, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  while (start < bytes.length) {
    const end = Math.min(nextLf(start), nextCr(start));
    const next = bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
    yield { start, end, next };
    start = next;
  }
}

/** Finds the next of a byte, or the end. Offsets must not decrease: what was found is not searched for again. */
function finder(bytes: Uint8Array, byte: number): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const at = bytes.indexOf(byte, from);
      found = at < 0 ? bytes.length : at;
    }
    return found;
  };
}

function startsWith(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}
