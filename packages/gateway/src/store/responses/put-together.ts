/** Whatever is waiting when a write has ended is written together: with SQLite each write waits for the disk, on the main thread. */
export function putTogether<Row>(write: (rows: readonly Row[]) => Promise<void>): (row: Row) => Promise<void> {
  let waiting: Waiting<Row>[] = [];
  let isWriting = false;

  const writeAll = async (batch: readonly Waiting<Row>[]) => {
    try {
      await write(batch.map(({ row }) => row));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const [only, ...others] = batch;
      if (others.length === 0) only?.reject(error);
      // One that cannot be written must not take the others with it.
      else for (const one of batch) await writeAll([one]);
    }
  };
  const drain = async () => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      await writeAll(batch);
    }
    isWriting = false;
  };

  return (row) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject });
      if (!isWriting) void drain();
    });
}

const MOST_AT_ONCE = 64;

interface Waiting<Row> {
  readonly row: Row;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
