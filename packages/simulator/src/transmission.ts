import type { ServerResponse } from "node:http";
import type { Journal, OpenEntry } from "./journal.ts";

/** One answer on its way out: counts what is sent, waits where the reader is slow, and notices when it leaves. */
export class Transmission {
  readonly #response: ServerResponse;
  readonly #entry: OpenEntry;
  #endedHere = false;

  constructor(response: ServerResponse, entry: OpenEntry, journal: Journal) {
    this.#response = response;
    this.#entry = entry;
    response.on("close", () => {
      entry.aborted = !response.writableFinished && !this.#endedHere;
      entry.endedAt = Date.now();
      journal.changed(entry);
    });
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  get eventsSent(): number {
    return this.#entry.eventsSent;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#entry.status = status;
    this.#response.writeHead(status, headers);
  }

  flushHead(): void {
    this.#response.flushHeaders();
  }

  /** Sends one event; a promise only when the reader has to catch up first. */
  event(data: string | Uint8Array): Promise<void> | undefined {
    this.countEvent();
    return this.write(data);
  }

  countEvent(): void {
    this.#entry.eventsSent += 1;
  }

  write(data: string | Uint8Array): Promise<void> | undefined {
    this.#entry.bytesSent += Buffer.byteLength(data);
    return this.#response.write(data) || this.gone ? undefined : this.#drained();
  }

  /** Ends an answer of which everything was sent. */
  finish(data?: string): void {
    this.#entry.complete = true;
    this.end(data);
  }

  end(data?: string | Uint8Array): void {
    if (data === undefined) this.#response.end();
    else {
      this.#entry.bytesSent += Buffer.byteLength(data);
      this.#response.end(data);
    }
  }

  /** Ends the connection by FIN, wherever the answer stands. */
  cut(): void {
    this.#endedHere = true;
    this.#response.socket?.end();
  }

  /** Ends the connection by RST, which a reader sees as ECONNRESET. */
  reset(): void {
    this.#endedHere = true;
    this.#response.socket?.resetAndDestroy();
  }

  /** Resolves after the time, or at once when the client goes away. */
  pause(ms: number): Promise<void> {
    if (ms <= 0 || this.gone) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#response.off("close", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#response.on("close", done);
    });
  }

  untilGone(): Promise<void> {
    return this.gone ? Promise.resolve() : new Promise((resolve) => this.#response.once("close", resolve));
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off("drain", done);
        this.#response.off("close", done);
        resolve();
      };
      this.#response.on("drain", done);
      this.#response.on("close", done);
    });
  }
}
