import { createHash, type Hash } from "node:crypto";

/** What a form held. Of its files only the size, the digest and the beginning are kept. */
export interface ReceivedForm {
  readonly parts: readonly ReceivedPart[];
  /** Absent: it came to its proper end. */
  readonly problem?: string;
}

export interface ReceivedPart {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly head: Buffer;
}

const MAX_HEAD = 16 * 1024;
const KEPT = 1024 * 1024;
const MAX_PARTS = 1000;

/** The boundary of a `multipart/form-data`, or undefined where it is none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const found = /^multipart\/form-data;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? "");
  return found?.[1] ?? found?.[2];
}

/** The value of a field, or undefined. */
export function fieldOf({ parts }: ReceivedForm, name: string): string | undefined {
  return parts.find((part) => part.name === name && part.filename === undefined)?.head.toString("utf8");
}

interface OpenPart {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly hash: Hash;
  size: number;
  readonly kept: Buffer[];
}

/** A strict reader of forms: every line as the standard has it, nothing before the first boundary, none skipped. */
export class FormReader {
  readonly #delimiter: Buffer;
  readonly #parts: ReceivedPart[] = [];
  #state: "delimiter" | "head" | "content" | "end" = "content";
  /** As if a line had ended before the first boundary. */
  #rest = Buffer.from("\r\n");
  #part: OpenPart | undefined;
  #problem: string | undefined;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  push(chunk: Buffer): void {
    if (this.#problem !== undefined || this.#state === "end") return;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#problem === undefined && this.#step());
  }

  end(): ReceivedForm {
    const problem = this.#problem ?? (this.#state === "end" ? undefined : "the form ends before its last boundary");
    return { parts: this.#parts, ...(problem === undefined ? {} : { problem }) };
  }

  /** True: there may be more to read in what has come. */
  #step(): boolean {
    switch (this.#state) {
      case "content":
        return this.#content();
      case "delimiter":
        return this.#afterDelimiter();
      case "head":
        return this.#head();
      case "end":
        return false;
    }
  }

  #content(): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    const until = at === -1 ? Math.max(0, this.#rest.length - this.#delimiter.length + 1) : at;
    this.#keep(this.#rest.subarray(0, until));
    this.#rest = this.#rest.subarray(at === -1 ? until : at + this.#delimiter.length);
    if (at === -1) return false;
    this.#close();
    this.#state = "delimiter";
    return true;
  }

  #afterDelimiter(): boolean {
    if (this.#rest.length < 2) return false;
    const next = this.#rest.toString("latin1", 0, 2);
    this.#rest = this.#rest.subarray(2);
    if (next === "--") this.#state = "end";
    else if (next === "\r\n") this.#state = "head";
    else this.#problem = "a boundary is not followed by a line's end";
    return true;
  }

  #head(): boolean {
    const at = this.#rest.indexOf("\r\n\r\n");
    if (at === -1 && this.#rest.length <= MAX_HEAD) return false;
    if (at === -1 || at > MAX_HEAD) this.#problem = "the head of a part is too long";
    else this.#open(this.#rest.toString("utf8", 0, at));
    this.#rest = this.#rest.subarray(at + 4);
    this.#state = "content";
    return true;
  }

  #open(head: string): void {
    const lines = head.split("\r\n");
    const lineOf = (name: string) => {
      const found = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
      return found.length === 1 ? found[0]?.slice(name.length + 1).trim() : undefined;
    };
    const disposition = /^form-data; name="([^"]+)"(?:; filename="([^"]*)")?$/i.exec(
      lineOf("content-disposition") ?? "",
    );
    if (disposition?.[1] === undefined || this.#parts.length >= MAX_PARTS) {
      this.#problem = "a part has no readable content-disposition, or there are too many parts";
      return;
    }
    this.#part = {
      name: disposition[1],
      filename: disposition[2],
      contentType: lineOf("content-type"),
      hash: createHash("sha256"),
      size: 0,
      kept: [],
    };
  }

  #keep(bytes: Buffer): void {
    const part = this.#part;
    if (part === undefined) {
      if (bytes.length > 0) this.#problem = "there is something before the first boundary";
      return;
    }
    part.hash.update(bytes);
    const room = KEPT - part.size;
    if (room > 0) part.kept.push(Buffer.from(bytes.subarray(0, room)));
    part.size += bytes.length;
  }

  #close(): void {
    const part = this.#part;
    if (part === undefined) return;
    this.#part = undefined;
    const { name, filename, contentType, size, hash, kept } = part;
    this.#parts.push({
      name,
      size,
      sha256: hash.digest("hex"),
      head: Buffer.concat(kept),
      ...(filename === undefined ? {} : { filename }),
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
}
