import { invalidRequest } from "@signalbox/protocol";

/** What a part says of itself. */
export interface PartHead {
  readonly name: string;
  /** Present: it is a file. */
  readonly filename?: string;
  /** As it was written. */
  readonly contentType?: string;
}

/** Lower-case names; values as bytes, one a character. */
export type PartHeaders = ReadonlyMap<string, readonly string[]>;

const MAX_NAME_BYTES = 256;
const MAX_FILENAME_BYTES = 1024;
const MAX_TYPE_BYTES = 256;

/**
 * Reads what a part says of itself, and nothing that another reader could understand otherwise: what is passed on is written
 * anew from what was understood. Throws `invalid_request`.
 */
export function readPartHead(headers: PartHeaders): PartHead {
  const disposition = only(headers, "content-disposition");
  if (disposition === undefined) throw invalidRequest("A part of the form has no 'content-disposition'.");
  const { name, filename } = readDisposition(disposition);
  const encoding = only(headers, "content-transfer-encoding")?.toLowerCase();
  // https://www.rfc-editor.org/rfc/rfc7578#section-4.7: not to be sent; who decodes it, and who does not, is anyone's guess.
  if (encoding !== undefined && !["7bit", "8bit", "binary"].includes(encoding)) {
    throw invalidRequest("Parts of a form must not have a 'content-transfer-encoding'.", name);
  }
  const contentType = only(headers, "content-type");
  if (contentType !== undefined && (contentType.length > MAX_TYPE_BYTES || !/^[\x20-\x7e]*$/.test(contentType))) {
    throw invalidRequest("A part of the form has no usable 'content-type'.", name);
  }
  return {
    name,
    ...(filename === undefined ? {} : { filename }),
    ...(contentType === undefined || contentType === "" ? {} : { contentType }),
  };
}

function only(headers: PartHeaders, name: string): string | undefined {
  const values = headers.get(name) ?? [];
  if (values.length > 1) throw invalidRequest(`A part of the form has more than one '${name}'.`);
  return values[0]?.trim();
}

/** `; name="a"`, `; name=a` or `; filename*=UTF-8''a`. */
const PARAMETER = /\s*;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*/sy;

function readDisposition(text: string): { readonly name: string; readonly filename?: string } {
  const parameters = readParameters(text);
  const name = parameters.get("name");
  if (name === undefined || name === "" || name.length > MAX_NAME_BYTES) {
    throw invalidRequest("A part of the form has no usable name.");
  }
  const extended = parameters.get("filename*");
  const filename = extended === undefined ? parameters.get("filename") : readExtended(extended);
  if (filename !== undefined && Buffer.byteLength(filename) > MAX_FILENAME_BYTES) {
    throw invalidRequest(`A file's name is longer than ${MAX_FILENAME_BYTES} bytes.`, name);
  }
  return { name, ...(filename === undefined ? {} : { filename }) };
}

function readParameters(text: string): ReadonlyMap<string, string> {
  const [type = ""] = /^[^;\s]*/.exec(text) ?? [];
  if (type.toLowerCase() !== "form-data") throw invalidRequest("A part of the form is not 'form-data'.");
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = type.length;
  while (PARAMETER.lastIndex < text.length) {
    const found = PARAMETER.exec(text);
    const key = found?.[1]?.toLowerCase();
    if (key === undefined || parameters.has(key) || key === "name*") {
      throw invalidRequest("A part of the form has a 'content-disposition' that cannot be read.");
    }
    const value = found?.[2] === undefined ? (found?.[3] ?? "") : unquoted(found[2]);
    parameters.set(key, decodeBytes(value));
  }
  return parameters;
}

/** Browsers and what follows them write `%22`; only quotes and backslashes are escaped with a backslash, paths of Windows are not. */
const unquoted = (text: string): string => text.replaceAll(/\\(["\\])/g, "$1");

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeBytes(latin1: string): string {
  try {
    return utf8.decode(Buffer.from(latin1, "latin1"));
  } catch {
    throw invalidRequest("A name in the form is not valid UTF-8.");
  }
}

/** https://www.rfc-editor.org/rfc/rfc8187, as older HTTP libraries write names beyond ASCII. */
function readExtended(text: string): string {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(text)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // Not a name, then.
  }
  throw invalidRequest("A file's name in the form cannot be read.");
}

/** As browsers write it. https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
export function writePartHead({ name, filename, contentType }: PartHead): string {
  const file = filename === undefined ? "" : `; filename="${escaped(filename)}"`;
  const type = contentType === undefined ? "" : `Content-Type: ${contentType}\r\n`;
  return `Content-Disposition: form-data; name="${escaped(name)}"${file}\r\n${type}\r\n`;
}

const escaped = (text: string): string => text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
