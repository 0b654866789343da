export type { DialectId } from "./exchange.ts";
export { type Fault, FaultQueue, type QueuedFault } from "./faults.ts";
export { Journal, type JournalEntry } from "./journal.ts";
export { type Simulator, type SimulatorOptions, startSimulator } from "./server.ts";
