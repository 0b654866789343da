import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { EncodedForm, Form, FormEdits, FormPart, PartContent } from "./form.ts";
import { writePartHead } from "./part-headers.ts";

const CRLF = "\r\n";

type Source = Pick<Form, "parts" | "part" | "isComplete">;

/** Writes a form as one upstream is to have it, its parts in the order in which they came. */
export function encodeForm(form: Source, edits: FormEdits): EncodedForm {
  const boundary = `signalbox-${randomUUID()}`;
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const body = () => Readable.from(pieces(form, edits, boundary), { objectMode: false });
  return form.isComplete()
    ? { contentType, body, length: lengthOf(form.parts, edits, boundary) }
    : { contentType, body };
}

async function* pieces(form: Source, edits: FormEdits, boundary: string): AsyncGenerator<string | Buffer> {
  let index = 0;
  for (let part = await form.part(0); part !== undefined; part = await form.part(index)) {
    index += 1;
    const head = headOf(part, edits, boundary);
    if (head === undefined) continue;
    yield head;
    const value = replacement(part, edits);
    if (value === undefined) yield* contentOf(part, edits).read();
    else yield value;
    yield CRLF;
  }
  yield endOf(form.parts, edits, boundary);
}

function lengthOf(parts: readonly FormPart[], edits: FormEdits, boundary: string): number {
  const lengths = parts.map((part) => {
    const head = headOf(part, edits, boundary);
    if (head === undefined) return 0;
    const value = replacement(part, edits);
    const length = value === undefined ? contentOf(part, edits).size : Buffer.byteLength(value);
    return Buffer.byteLength(head) + length + CRLF.length;
  });
  return lengths.reduce((sum, length) => sum + length, Buffer.byteLength(endOf(parts, edits, boundary)));
}

/** Names are the client's words: `constructor` is one like any other. */
const replacement = ({ name }: FormPart, { replace }: FormEdits): string | undefined =>
  Object.hasOwn(replace, name) ? replace[name] : undefined;

function contentOf({ name, content }: FormPart, { contents = {} }: FormEdits): PartContent {
  return (Object.hasOwn(contents, name) ? contents[name] : undefined) ?? content;
}

/** Undefined where the part is left out. */
function headOf(part: FormPart, { fields = {} }: FormEdits, boundary: string): string | undefined {
  const name = Object.hasOwn(fields, part.name) ? fields[part.name] : part.name;
  return typeof name === "string" ? `--${boundary}${CRLF}${writePartHead({ ...part, name })}` : undefined;
}

function endOf(parts: readonly FormPart[], edits: FormEdits, boundary: string): string {
  const { replace, fields = {} } = edits;
  const missing = Object.entries(replace).filter(([name]) => parts.every((part) => part.name !== name));
  const added = missing.map(([name, value]) => {
    const head = writePartHead({ name: fields[name] ?? name });
    return `--${boundary}${CRLF}${head}${value}${CRLF}`;
  });
  return `${added.join("")}--${boundary}--${CRLF}`;
}
