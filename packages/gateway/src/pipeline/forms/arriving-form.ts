import type { Dicer } from "@fastify/busboy";
import { GatewayError, invalidRequest } from "@signalbox/protocol";
import { encodeForm } from "./encode-form.ts";
import type { Form, FormLimits, FormPart } from "./form.ts";
import { type PartHeaders, readPartHead } from "./part-headers.ts";
import { SpooledPart } from "./spooled-part.ts";

/** Heads of parts: whatever is longer, or has more lines, was not written by a client of an API. */
export const HEADS = { maxHeaderPairs: 12, maxHeaderSize: 8 * 1024 };
/** A head that has not come to its end within this many bytes never will. */
const MAX_HEADLESS_BYTES = 256 * 1024;
/** What of one part stays in memory: fields are read there, files only begin there. */
const FIELD_MEMORY = 256 * 1024;
const FILE_MEMORY = 64 * 1024;
/** Of all parts together. */
const FORM_MEMORY = 1024 * 1024;

export interface ReadFormOptions {
  readonly limits: FormLimits;
  /** Where temporary files are made. */
  readonly folder: string;
  /** Fields that may be there once only: what the gateway reads, the upstream must read too. */
  readonly single: readonly string[];
  /** Told once, as soon as the form cannot come to a good end: attempts that are under way are to end. */
  readonly onFailure: (error: GatewayError) => void;
}

/** What has come of a form, for those who wait for the rest. */
export class ArrivingForm implements Form {
  readonly parts: FormPart[] = [];
  readonly done: Promise<void>;
  readonly #options: ReadFormOptions;
  readonly #watchers = new Set<() => void>();
  /** Parts that are not yet whole, and halves of the request that are not: its bytes, and what they mean. */
  #open = 2;
  #begun = 0;
  #files = 0;
  #headless = 0;
  #memoryLeft = FORM_MEMORY;
  #error: GatewayError | undefined;
  #onEnd: () => void = () => undefined;

  constructor(options: ReadFormOptions) {
    this.#options = options;
    this.done = this.#until(() => (this.#open === 0 ? { value: undefined } : undefined));
    this.done.catch(() => undefined);
  }

  isComplete(): boolean {
    return this.#open === 0 && this.#error === undefined;
  }

  isOver(): boolean {
    return this.#open === 0 || this.#error !== undefined;
  }

  part(index: number): Promise<FormPart | undefined> {
    return this.#until(() => (this.parts.length > index || this.isOver() ? { value: this.parts[index] } : undefined));
  }

  field(name: string): Promise<string | undefined> {
    return this.#until(() => {
      const part = this.parts.find((known) => known.name === name);
      if (part === undefined ? !this.isOver() : !part.content.isComplete) return undefined;
      return { value: part === undefined ? undefined : textOf(part) };
    });
  }

  known(name: string): string | undefined {
    const part = this.parts.find((known) => known.name === name);
    return part?.content.isComplete === true ? textOf(part) : undefined;
  }

  encode: Form["encode"] = (edits) => encodeForm(this, edits);

  discard(): void {
    this.fail(new GatewayError("client_closed", "The request has ended."));
    for (const { content } of this.parts) content.discard();
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  /** A part begins; its head is still to come. */
  begin(part: Dicer.PartStream): void {
    this.#begun += 1;
    this.#headless = 0;
    // Dicer tells the same error of itself.
    part.on("error", () => undefined);
    if (this.#begun > this.#options.limits.parts) {
      part.resume();
      this.fail(invalidRequest(`The form has more than ${this.#options.limits.parts} parts.`));
      return;
    }
    part.on("header", (headers: object) => {
      if (this.isOver()) return void part.resume();
      try {
        this.#take(part, headersOf(headers));
      } catch (error) {
        part.resume();
        this.fail(error instanceof GatewayError ? error : invalidRequest("A part of the form cannot be read."));
      }
    });
  }

  /** Bytes came. */
  countHeadless(bytes: number): void {
    if (this.#begun === this.parts.length) return;
    this.#headless += bytes;
    if (this.#headless > MAX_HEADLESS_BYTES) this.fail(invalidRequest("The head of a part of the form is too long."));
  }

  received(): void {
    this.#close();
  }

  parsed(): void {
    if (this.#begun > this.parts.length) this.fail(invalidRequest("A part of the form has no head."));
    else this.#close();
  }

  fail(error: GatewayError): void {
    if (this.isOver()) return;
    this.#error = error;
    this.#onEnd();
    for (const { content } of this.parts) content.fail(error);
    this.#options.onFailure(error);
    this.#tell();
  }

  #take(stream: Dicer.PartStream, headers: PartHeaders): void {
    const head = readPartHead(headers);
    const { limits, single, folder } = this.#options;
    if (single.includes(head.name) && this.parts.some(({ name }) => name === head.name)) {
      throw invalidRequest(`The form has '${head.name}' more than once.`, head.name);
    }
    if (head.filename !== undefined) this.#files += 1;
    if (this.#files > limits.files) throw invalidRequest(`The form has more than ${limits.files} files.`);
    const most = head.filename === undefined ? FIELD_MEMORY : FILE_MEMORY;
    const content = new SpooledPart({
      folder,
      memoryBytes: Math.min(most, this.#memoryLeft),
      onFailure: (error) => this.fail(error),
    });
    this.parts.push({ ...head, content });
    this.#open += 1;
    stream.on("data", (chunk: Buffer) => {
      if (!content.write(chunk, () => stream.resume())) stream.pause();
    });
    stream.on("end", () => {
      this.#memoryLeft = Math.max(0, this.#memoryLeft - content.headSize);
      content.end();
      this.#close();
    });
    this.#tell();
  }

  /** One thing less to wait for. */
  #close(): void {
    if (this.#error !== undefined) return;
    this.#open -= 1;
    if (this.#open === 0) this.#onEnd();
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #until<T>(look: () => { readonly value: T } | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const watcher = () => {
        const found = this.#error === undefined ? this.#look(look) : this.#error;
        if (found === undefined) return;
        this.#watchers.delete(watcher);
        if (found instanceof GatewayError) reject(found);
        else resolve(found.value);
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #look<T>(look: () => { readonly value: T } | undefined): { readonly value: T } | GatewayError | undefined {
    try {
      return look();
    } catch (error) {
      return error instanceof GatewayError
        ? error
        : new GatewayError("internal", "A form cannot be read.", { cause: error });
    }
  }
}

function headersOf(headers: object): PartHeaders {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(headers);
  const lines = entries.map(([name, values]) => [name, Array.isArray(values) ? values.map(String) : []] as const);
  const size = lines.reduce((sum, [name, values]) => sum + values.join("").length + name.length * values.length, 0);
  const count = lines.reduce((sum, [, values]) => sum + values.length, 0);
  // The parser leaves out what is beyond, without a word.
  if (count >= HEADS.maxHeaderPairs || size >= HEADS.maxHeaderSize / 2) {
    throw invalidRequest("The head of a part of the form is too long.");
  }
  return new Map(lines);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf({ name, filename, content }: FormPart): string {
  if (filename !== undefined) throw invalidRequest(`'${name}' must be a field, not a file.`, name);
  const head = content.head();
  if (head.length < content.size) throw invalidRequest(`'${name}' is too long.`, name);
  try {
    return utf8.decode(head);
  } catch {
    throw invalidRequest(`'${name}' is not valid UTF-8.`, name);
  }
}
