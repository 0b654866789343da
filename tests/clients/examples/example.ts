import { BASIC_KEY, KEY } from "./vendors.ts";

/** One request of a vendor's documents, as bytes, and what is to come of it. */
export interface Example {
  readonly name: string;
  /** The page that shows it. */
  readonly source: string;
  readonly method?: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The JSON as the page writes it. */
  readonly body?: string;
  /** In the place of `body`: a form, and its fields as the page writes them. */
  readonly form?: readonly FormField[];
  /** What goes wrong upstream, in the simulator's words; one for each call. */
  readonly faults?: readonly string[];
  readonly expects: Expectation;
  /** What later examples name in braces in their paths, headers and bodies, and where it stands in this answer. */
  readonly keeps?: Readonly<Record<string, readonly string[]>>;
  /** It uses up what it asks for, and is not sent by the libraries once more. */
  readonly once?: true;
  /** Why this is not answered as the vendor answers it: the row says what it should be, and is expected to fail. */
  readonly gap?: string;
}

export interface FormField {
  readonly name: string;
  readonly value: string | Uint8Array<ArrayBuffer>;
  /** It is a file. */
  readonly file?: { readonly name: string; readonly type: string };
}

export interface Expectation {
  /** By default 200. */
  readonly status?: number;
  /** Fields of the JSON answer; others may stand beside them. */
  readonly body?: object;
  readonly headers?: object;
  /** How a streamed answer ends, or what stands in it. */
  readonly stream?: string;
  /** The calls that upstreams get, in order. */
  readonly upstream?: readonly UpstreamCall[];
}

export interface UpstreamCall {
  readonly model: string;
  /** How its path ends. */
  readonly path?: string;
  /** Fields of its body. */
  readonly body?: object;
  /** Names that are not in its body. */
  readonly without?: readonly string[];
  readonly headers?: object;
}

export const json = { "content-type": "application/json" };
export const bearer = { ...json, authorization: `Bearer ${KEY}` };
export const basic = { ...json, authorization: `Basic ${BASIC_KEY}` };
export const apiKey = { ...json, "x-api-key": KEY };
export const anthropicKey = { ...apiKey, "anthropic-version": "2023-06-01" };
export const googleKey = { ...json, "x-goog-api-key": KEY };

/** A form's headers name its boundary: the sender writes them. */
export const formBearer = { authorization: `Bearer ${KEY}` };

/** What every example of a page has in common. */
export const from =
  (source: string) =>
  (name: string, example: Omit<Example, "name" | "source">): Example => ({ name, source, ...example });
