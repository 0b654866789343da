import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { admission } from "../../../../../tests/ledger/entries.ts";
import { realFiles, type SpoolFiles } from "./files.ts";
import { readChunk } from "./read-segment.ts";
import { Spool } from "./spool.ts";
import { admissionLine, writeAdmission } from "./spool-line.ts";

describe("a spool", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-spool-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const make = (files: Partial<SpoolFiles> = {}, segmentBytes = 1_000) =>
    new Spool({ folder, files: { ...realFiles, ...files }, segmentBytes });
  const line = (id: string) => admissionLine(writeAdmission(admission({ id })));
  const readAll = async (segment: string) => {
    const { entries, damaged } = await readChunk(join(folder, segment), 0);
    return { ids: entries.map((entry) => entry.admission.id), damaged: damaged.length };
  };

  test("has a line in its file before it says so, and begins a new file when one is long", async () => {
    const spool = make();
    for (let count = 0; count < 12; count += 1) {
      const segment = spool.append(line(`id-${count}`));
      expect(readFileSync(segment?.path ?? "", "utf8")).toContain(`"id-${count}"`);
    }
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(1);
    const read = await Promise.all(names.map(readAll));
    expect(read.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 12 }, (_, count) => `id-${count}`));
    await spool.close();
  });

  test("removes a file once nobody holds it, the disk has what follows it, and so has the database", async () => {
    const order: string[] = [];
    const remove = async (path: string) => {
      order.push("remove");
      await realFiles.remove(path);
    };
    const spool = make({ sync: async () => void order.push("sync"), remove });
    const held = Array.from({ length: 20 }, (_, count) => spool.append(line(`id-${count}`)));
    const durable = async () => void order.push("database");
    await spool.removeReleased(durable);
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    expect(order).not.toContain("remove");
    spool.keepFrom(1);
    for (const segment of held) if (segment !== undefined) spool.release(segment);
    await spool.removeReleased(durable);
    expect(order).not.toContain("remove");
    spool.keepFrom(undefined);
    order.length = 0;
    await spool.removeReleased(durable);
    expect(readdirSync(folder)).toHaveLength(1);
    expect([...new Set(order)]).toEqual(["sync", "database", "remove"]);
    await spool.close();
  });

  test("takes half a line back when the disk is full, and goes on when it is not", async () => {
    let room = 500;
    const write: SpoolFiles["write"] = (file, data) => {
      const bytes = Buffer.from(data);
      if (room === 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      const some = bytes.subarray(0, room);
      room -= some.length;
      return realFiles.write(file, some);
    };
    const spool = make({ write }, 100_000);
    const said = ["a", "b", "c", "d", "e", "f"].filter((id) => spool.append(line(id)) !== undefined);
    expect(said.length).toBeGreaterThan(0);
    expect(said.length).toBeLessThan(6);
    expect(spool.failure).toBe("ENOSPC");
    room = 10_000;
    expect(spool.append(line("later"))).toBeDefined();
    expect(spool.failure).toBeUndefined();
    expect(await readAll("000001.log")).toEqual({ ids: [...said, "later"], damaged: 0 });
    await spool.close();
  });

  test("leaves a file alone whose last line could not be taken back", async () => {
    let broken = false;
    const write: SpoolFiles["write"] = (file, data) => {
      if (!broken) return realFiles.write(file, data);
      realFiles.write(file, Buffer.from(data).subarray(0, 20));
      throw Object.assign(new Error("broken"), { code: "EIO" });
    };
    const truncate = () => {
      throw new Error("broken");
    };
    const spool = make({ write, truncate }, 100_000);
    spool.append(line("a"));
    broken = true;
    expect(spool.append(line("b"))).toBeUndefined();
    broken = false;
    expect(spool.append(line("c"))?.number).toBe(2);
    expect(await readAll("000001.log")).toEqual({ ids: ["a"], damaged: 1 });
    expect(await readAll("000002.log")).toEqual({ ids: ["c"], damaged: 0 });
    await spool.close();
  });

  test.skipIf(process.platform !== "linux")("writes nothing to a device that is always full", async () => {
    const spool = make({ open: () => openSync("/dev/full", "r+") });
    expect(spool.append(line("a"))).toBeUndefined();
    expect(spool.append(line("b"))).toBeUndefined();
    expect(spool.failure).toBe("ENOSPC");
    await spool.close();
  });

  test("tells of a disk that does not sync, and tries again", async () => {
    let fails = true;
    const sync = async (file: number) => {
      if (fails) throw Object.assign(new Error("broken"), { code: "EIO" });
      await realFiles.sync(file);
    };
    const spool = make({ sync });
    for (let count = 0; count < 20; count += 1) spool.append(line(`${count}`));
    await expect(spool.sync()).rejects.toThrow("broken");
    expect(spool.isDirty).toBe(true);
    fails = false;
    await spool.sync();
    expect(spool.isDirty).toBe(false);
    await spool.close();
  });

  test("is read in pieces, however long a line is, and not beyond what was said", async () => {
    const path = join(folder, "long.log");
    const long = line("x".repeat(300_000));
    writeFileSync(path, `${line("a")}${long}${line("b")}rest of a line that is being writ`);
    const until = line("a").length + long.length + line("b").length;
    const ids: number[] = [];
    let from = 0;
    for (let isLast = false; !isLast; ) {
      const chunk = await readChunk(path, from, until);
      expect(chunk.damaged).toEqual([]);
      ids.push(...chunk.entries.map(({ admission: { id } }) => id.length));
      from = chunk.next;
      isLast = chunk.isLast;
    }
    expect(ids).toEqual([1, 300_000, 1]);
    expect(from).toBe(until);
  });
});
