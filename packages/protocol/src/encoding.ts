/** The two pure globals of the WHATWG Encoding standard that this package uses; `"types": []` hides all others. */
interface Encoding {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
  readonly TextDecoder: new (label: string, options: { fatal: boolean }) => Utf8Decoder;
}

export interface Utf8Decoder {
  decode(bytes?: Uint8Array, options?: { stream: boolean }): string;
}

const { TextEncoder, TextDecoder } = globalThis as unknown as Encoding;

export const utf8Encoder = new TextEncoder();

/** `fatal`: throw a TypeError on invalid UTF-8 instead of writing U+FFFD. Both skip a leading BOM. */
export function utf8Decoder({ fatal }: { readonly fatal: boolean }): Utf8Decoder {
  return new TextDecoder("utf-8", { fatal });
}
