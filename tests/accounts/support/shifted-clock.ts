/** Loaded before the gateway: its clock says what the machine's does, and so many ms more or less as a file says. */
import { readFileSync } from "node:fs";

const file = process.env["SIGNALBOX_TEST_CLOCK"] ?? "";
const RealDate = Date;
const realNow = RealDate.now;
let shiftMs = 0;

function read(): void {
  try {
    shiftMs = Number(readFileSync(file, "utf8"));
  } catch {
    // It is being written.
  }
}

read();
setInterval(read, 5).unref();

RealDate.now = () => realNow() + shiftMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts: unknown[]) => Reflect.construct(target, parts.length === 0 ? [target.now()] : parts),
});
