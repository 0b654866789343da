import type { Snapshot } from "./snapshot.ts";

export interface SnapshotHolder {
  readonly current: () => Snapshot;
  /** Called after each swap. Returns what ends the subscription. */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void;
}

export interface SnapshotWriter extends SnapshotHolder {
  readonly swap: (next: Snapshot) => void;
}

export function holdSnapshot(first: Snapshot): SnapshotWriter {
  let held = first;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  return {
    current: () => held,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    swap: (next) => {
      held = next;
      for (const listener of listeners) listener(next);
    },
  };
}
