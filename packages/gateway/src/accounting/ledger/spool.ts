import { join } from "node:path";
import { errorCode } from "../../config/secret.ts";
import type { SpoolFiles } from "./files.ts";

/** One file of the spool. Its lines are never changed; the file goes when all that they say is in the database. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes that were written whole. */
  readonly size: number;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly files: SpoolFiles;
  readonly segmentBytes: number;
}

interface OwnSegment extends Segment {
  size: number;
  held: number;
  /** Closed once it is whole and on the disk: while the database is away there may be thousands. */
  file: number | undefined;
  /** It has lines that the disk may not have. */
  dirty: boolean;
}

export function segmentName(number: number): string {
  return `${String(number).padStart(6, "0")}.log`;
}

/** What a process says, in the order in which it says it, in files that survive its death. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #segments = new Map<number, OwnSegment>();
  #current: OwnSegment;
  #open: readonly OwnSegment[];
  #keptFrom: number | undefined;
  #failure: string | undefined;
  #syncing: Promise<void> = Promise.resolve();
  /** A line was cut, and what is there of it could not be taken back: nothing may follow it. */
  #torn = false;
  /** Files were made that the folder on the disk may not know. */
  #newFiles = true;

  /** In a folder that is there and empty. Throws what the file system throws. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#current = this.#make(1);
    this.#open = [this.#current];
  }

  #make(number: number): OwnSegment {
    const path = join(this.#options.folder, segmentName(number));
    const segment = { number, path, size: 0, held: 0, dirty: false, file: this.#options.files.open(path) };
    this.#segments.set(number, segment);
    return segment;
  }

  /** Writes lines before it returns. The segment is held for each of them until `release`. Undefined: it cannot be, and nothing was. */
  append(text: string, lines = 1): Segment | undefined {
    try {
      this.#write(text);
    } catch (error) {
      this.#failure = errorCode(error);
      return undefined;
    }
    this.#failure = undefined;
    this.#current.dirty = true;
    this.#current.held += lines;
    return this.#current;
  }

  #write(text: string): void {
    if (this.#torn) this.#rotate();
    else if (this.#current.size >= this.#options.segmentBytes) this.#tryToRotate();
    const { file } = this.#current;
    if (file === undefined) throw new Error("the spool is closed");
    const { files } = this.#options;
    const size = Buffer.byteLength(text);
    try {
      let written = files.write(file, text);
      while (written < size) written += files.write(file, Buffer.from(text).subarray(written));
    } catch (error) {
      this.#takeBack(file);
      throw error;
    }
    this.#current.size += size;
  }

  #takeBack(file: number): void {
    try {
      this.#options.files.truncate(file, this.#current.size);
    } catch {
      this.#torn = true;
    }
  }

  #rotate(): void {
    this.#current = this.#make(this.#current.number + 1);
    this.#open = [...this.#open, this.#current];
    this.#torn = false;
    this.#newFiles = true;
  }

  #tryToRotate(): void {
    try {
      this.#rotate();
    } catch {
      // The one that there is grows longer.
    }
  }

  release({ number }: Segment): void {
    const segment = this.#segments.get(number);
    if (segment !== undefined) segment.held -= 1;
  }

  get current(): Segment {
    return this.#current;
  }

  /** The next one; undefined after the last. */
  after(number: number): Segment | undefined {
    return this.#segments.get(number + 1);
  }

  /** Those from that number on are kept, whoever releases them; undefined: none. */
  keepFrom(number: number | undefined): void {
    this.#keptFrom = number;
  }

  /** Why the last line could not be written; undefined: it was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Something was said that the disk may not have. */
  get isDirty(): boolean {
    return this.#current.dirty || this.#open.length > 1;
  }

  /** Waits until what was said so far is on the disk. Rejects when the disk fails. */
  sync(): Promise<void> {
    const next = this.#syncing.then(() => this.#syncAll());
    this.#syncing = next.catch(() => {});
    return next;
  }

  async #syncAll(): Promise<void> {
    const { files, folder } = this.#options;
    let problem: unknown;
    if (this.#newFiles) {
      this.#newFiles = false;
      await files.syncFolder(folder);
    }
    for (const segment of this.#open) {
      await this.#syncSegment(segment).catch((error: unknown) => {
        problem ??= error;
      });
    }
    this.#open = this.#open.filter(({ file }) => file !== undefined);
    if (problem !== undefined) throw problem;
  }

  async #syncSegment(segment: OwnSegment): Promise<void> {
    const { files } = this.#options;
    const { file } = segment;
    const isWhole = segment !== this.#current;
    if (file === undefined) return;
    if (segment.dirty) {
      segment.dirty = false;
      try {
        await files.sync(file);
      } catch (error) {
        segment.dirty = true;
        throw error;
      }
    }
    if (!isWhole) return;
    segment.file = undefined;
    await files.close(file);
  }

  /** Removes what is held by nobody, once `durable` says that the database's disk has it. */
  async removeReleased(durable: () => Promise<void>): Promise<void> {
    const released = [...this.#segments.values()].filter((segment) => this.#isReleased(segment));
    if (released.length === 0) return;
    // What settled these may stand in a later segment, which must not be lost when they are gone.
    await this.sync();
    await durable();
    for (const segment of released) {
      await this.#options.files.remove(segment.path);
      this.#segments.delete(segment.number);
    }
  }

  #isReleased(segment: OwnSegment): boolean {
    if (segment === this.#current || segment.held > 0) return false;
    return this.#keptFrom === undefined || segment.number < this.#keptFrom;
  }

  async close(): Promise<void> {
    await this.sync().catch(() => {});
    for (const { file } of this.#open) if (file !== undefined) this.#options.files.closeNow(file);
    this.#current.file = undefined;
    this.#open = [];
  }
}
