/** Words that may be nowhere but where they belong. Letters and digits only, so that no way of quoting changes them. */
export type CanaryKind = "key" | "credential" | "words";

export interface Canary {
  readonly kind: CanaryKind;
  readonly name: string;
  readonly text: string;
}

/** So much of one is a leak: what cuts texts short must not hide them. */
const PIECE = 16;

export interface Hit {
  readonly canary: string;
  readonly form: string;
  /** What stands around it, as far as it can be read. */
  readonly around: string;
}

/** Where any of them stands in `bytes`, in clear or in a form that anybody can read back. */
export function hitsIn(bytes: Buffer, canaries: readonly Canary[]): readonly Hit[] {
  return canaries.flatMap(({ name, text }) =>
    [text.slice(0, PIECE), text.slice(-PIECE)].flatMap((piece) =>
      formsOf(piece).flatMap(({ form, needle }) => {
        const at = bytes.indexOf(needle);
        if (at < 0) return [];
        const around = bytes.toString("latin1", Math.max(0, at - 120), at + needle.length + 40);
        return [{ canary: name, form, around: around.replaceAll(/[^\x20-\x7e]+/g, "·") }];
      }),
    ),
  );
}

interface Form {
  readonly form: string;
  readonly needle: Buffer;
}

export function formsOf(text: string): readonly Form[] {
  const bytes = Buffer.from(text, "utf8");
  const hex = bytes.toString("hex");
  const escaped = (prefix: string) => [...bytes].map((byte) => prefix + byte.toString(16).padStart(2, "0")).join("");
  const form = (name: string, needle: string): Form => ({ form: name, needle: Buffer.from(needle, "latin1") });
  return [
    form("clear", text),
    { form: "UTF-16", needle: Buffer.from(text, "utf16le") },
    form("hex", hex),
    form("HEX", hex.toUpperCase()),
    form("JSON escapes", escaped("\\u00")),
    form("percent escapes", escaped("%")),
    ...[0, 1, 2].flatMap((offset) => [
      form(`base64 at ${offset}`, base64At(bytes, offset, "base64")),
      form(`base64url at ${offset}`, base64At(bytes, offset, "base64url")),
    ]),
  ];
}

/** The characters that depend on these bytes alone when they stand `offset` bytes after the beginning of a group of three. */
function base64At(bytes: Buffer, offset: number, encoding: "base64" | "base64url"): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replace(/=+$/, "");
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((offset * 8) / 6), whole);
}
