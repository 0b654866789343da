import { EventEmitter } from "node:events";

/** A WebSocket of which nothing leaves the test. */
export class FakeSocket {
  readonly #events = new EventEmitter();
  readonly OPEN = 1;
  readonly readyState = 1;
  pings = 0;
  terminations = 0;
  readonly closedWith: number[] = [];
  isPaused = false;

  on(event: string, listener: (...told: never[]) => void): void {
    this.#events.on(event, (...told) => Reflect.apply(listener, undefined, told));
  }

  emit(event: string, ...told: readonly unknown[]): void {
    this.#events.emit(event, ...told);
  }

  ping(): void {
    this.pings += 1;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  terminate(): void {
    this.terminations += 1;
  }

  close(code = 1000): void {
    this.closedWith.push(code);
  }
}
