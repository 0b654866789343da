import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { GatewayError } from "@signalbox/protocol";
import { notePassing } from "./passing-bytes.ts";

const READ_BYTES = 64 * 1024;
/** From here on, of what the disk has not yet taken, whoever writes is told to wait. */
const MAX_WAITING = 128 * 1024;

export interface SpoolOptions {
  /** Where temporary files are made, and lose their names as soon as they are open. */
  readonly folder: string;
  /** How much of the beginning stays in memory; the rest goes to a file. */
  readonly memoryBytes: number;
  /** The disk does not take it: `overloaded`. */
  readonly onFailure: (error: GatewayError) => void;
}

/**
 * Bytes that come once and are read as often as is asked for. Whoever reads begins at the first byte, follows while more is
 * coming, and ends where it ends. What does not fit in memory is in a file without a name, so that nothing is left behind
 * whatever becomes of this process.
 */
export class SpooledPart {
  readonly #options: SpoolOptions;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #fileBytes = 0;
  /** For the file, in the order in which they came. */
  #waiting: Buffer[] = [];
  #writing: Buffer | undefined;
  /** Those that are being written included. */
  #waitingBytes = 0;
  #file: Promise<FileHandle> | undefined;
  #isWriting = false;
  #isEnded = false;
  #isDiscarded = false;
  /** Reads of the file that are under way: it is not closed under them. */
  #reads = 0;
  #error: GatewayError | undefined;
  readonly #followers = new Set<() => void>();
  #drained: (() => void) | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** As much as has come. */
  get size(): number {
    return this.#headBytes + this.#fileBytes + this.#waitingBytes;
  }

  get isComplete(): boolean {
    return this.#isEnded && this.#error === undefined;
  }

  /** How much of the beginning is kept in memory. */
  get headSize(): number {
    return this.#headBytes;
  }

  /** The beginning, as much as is kept in memory. */
  head(): Buffer {
    return Buffer.concat(this.#head);
  }

  /** False: the next write should wait for `drained`, which is called once. */
  write(chunk: Buffer, drained: () => void): boolean {
    if (this.#error !== undefined) return true;
    const room = Math.max(0, this.#options.memoryBytes - this.#headBytes);
    if (room > 0) {
      // A copy: a small part must not hold on to the large buffer that it came in.
      const kept = Buffer.from(chunk.subarray(0, room));
      this.#head.push(kept);
      this.#headBytes += kept.length;
    }
    if (chunk.length > room) this.#toFile(chunk.subarray(room));
    this.#wake();
    if (this.#waitingBytes < MAX_WAITING) return true;
    this.#drained = drained;
    return false;
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Whoever reads gets the error, now and later. */
  fail(error: GatewayError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#wake();
  }

  /** Gives the file back; whoever still reads fails. */
  discard(): void {
    this.#isDiscarded = true;
    this.fail(new GatewayError("client_closed", "The request has ended."));
    this.#closeUnused();
  }

  /** Another stream of all the bytes, from the first. */
  read(): Readable {
    let offset = 0;
    let isBusy = false;
    let isWanted = false;
    const advance = () => {
      if (isBusy || !isWanted || stream.destroyed) return;
      if (this.#error !== undefined) return void stream.destroy(this.#error);
      const chunk = this.#at(offset);
      if (chunk === undefined) {
        if (this.#isEnded && this.#waitingBytes === 0) stream.push(null);
        return;
      }
      isBusy = true;
      const pushed = (bytes: Buffer) => {
        isBusy = false;
        offset += bytes.length;
        isWanted = stream.push(bytes);
        // `push` may have asked for more while the flag still said busy.
        if (isWanted) process.nextTick(advance);
      };
      if (chunk instanceof Promise) chunk.then(pushed, (cause: unknown) => stream.destroy(unreadable(cause)));
      else pushed(chunk);
    };
    const stream = new Readable({
      highWaterMark: READ_BYTES,
      read() {
        isWanted = true;
        advance();
      },
      destroy: (error, done) => {
        this.#followers.delete(advance);
        done(error);
      },
    });
    this.#followers.add(advance);
    return stream;
  }

  /** Undefined where nothing is yet, or ever. */
  #at(offset: number): Buffer | Promise<Buffer> | undefined {
    if (offset < this.#headBytes) return pieceAt(this.#head, offset);
    const position = offset - this.#headBytes;
    // Whoever follows closely is given what came before it is in the file: that saves memory, and time.
    if (position >= this.#fileBytes) return pieceAt(this.#coming(), position - this.#fileBytes);
    if (this.#file === undefined) return undefined;
    return this.#fromFile(this.#file, position, Math.min(READ_BYTES, this.#fileBytes - position));
  }

  /** What is not yet in the file. */
  #coming(): readonly Buffer[] {
    return this.#writing === undefined ? this.#waiting : [this.#writing, ...this.#waiting];
  }

  async #fromFile(opened: Promise<FileHandle>, position: number, length: number): Promise<Buffer> {
    this.#reads += 1;
    try {
      const file = await opened;
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, position);
      notePassing(bytesRead);
      if (bytesRead === 0) throw new Error("A temporary file is shorter than what was written to it.");
      return buffer.subarray(0, bytesRead);
    } finally {
      this.#reads -= 1;
      this.#closeUnused();
    }
  }

  #toFile(rest: Buffer): void {
    this.#waiting.push(rest);
    this.#waitingBytes += rest.length;
    if (this.#isWriting) return;
    this.#writeOut().catch((cause: unknown) => {
      if (this.#error !== undefined) return;
      const error = new GatewayError("overloaded", "The gateway has no room for this upload now.", { cause });
      this.fail(error);
      this.#options.onFailure(error);
    });
  }

  async #writeOut(): Promise<void> {
    this.#isWriting = true;
    try {
      this.#file ??= temporaryFile(this.#options.folder);
      const file = await this.#file;
      for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
        this.#writing = chunk;
        await file.writeFile(chunk);
        this.#writing = undefined;
        this.#fileBytes += chunk.length;
        this.#waitingBytes = Math.max(0, this.#waitingBytes - chunk.length);
        this.#wake();
      }
    } finally {
      this.#isWriting = false;
      this.#writing = undefined;
      this.#closeUnused();
    }
  }

  #wake(): void {
    for (const follow of this.#followers) follow();
    if (this.#waitingBytes >= MAX_WAITING) return;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  }

  #closeUnused(): void {
    if (!this.#isDiscarded || this.#isWriting || this.#reads > 0) return;
    const file = this.#file;
    this.#file = undefined;
    file?.then((handle) => handle.close()).catch(() => undefined);
  }
}

function pieceAt(pieces: readonly Buffer[], offset: number): Buffer | undefined {
  let start = 0;
  for (const piece of pieces) {
    if (offset < start + piece.length) return piece.subarray(offset - start);
    start += piece.length;
  }
  return undefined;
}

const unreadable = (cause: unknown): GatewayError =>
  new GatewayError("internal", "The gateway could not read back what was uploaded.", { cause });

async function temporaryFile(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const file = await open(path, "wx+", 0o600);
  try {
    await unlink(path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}
