import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { realFiles, type SpoolFiles } from "../../packages/gateway/src/accounting/ledger/files.ts";
import type { Ledger } from "../../packages/gateway/src/accounting/ledger/ledger.ts";
import { StoreError } from "../../packages/gateway/src/store/errors.ts";
import type { Admission, LedgerStore, Settlement } from "../../packages/gateway/src/store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../../packages/gateway/src/store/open.ts";
import { type TestPlace, testStores } from "../support/stores.ts";
import { admission, attempt, settlement } from "./entries.ts";
import { leaving, open, quick } from "./opened.ts";
import { dailyTotals, totalsOfRows } from "./sums.ts";

const slow = { ...quick, flushMs: 3_600_000 };

describe.each(await testStores())("a ledger over $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let place: TestPlace;
    let store: Store;
    let folder: string;
    beforeEach(async () => {
      place = await makePlace();
      folder = place.options.folder;
      store = await openStore(place.options);
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const letIn = async (ledger: Ledger, admitted: Admission): Promise<void> => {
      const admitting = ledger.admit(admitted);
      ledger.write();
      await admitting;
    };
    const end = (ledger: Ledger, ended: Settlement): void => {
      ledger.settle(ended);
      ledger.write();
    };
    const say = async (ledger: Ledger, fields: Partial<Admission> = {}, costNano = 1_000): Promise<string> => {
      const admitted = admission({ at: Date.now(), ...fields });
      await letIn(ledger, admitted);
      end(ledger, settlement(admitted.id, { attempts: [attempt({ costNano })] }));
      return admitted.id;
    };
    const states = async () => {
      const rows = await place.query(
        "select state, count(*) as requests, sum(cost_nano) as cost from requests group by state",
      );
      return Object.fromEntries(rows.map(({ state, requests, cost }) => [state, [Number(requests), Number(cost)]]));
    };
    const expectSums = async () => expect(await dailyTotals(place)).toEqual(await totalsOfRows(place));
    const spools = () => readdirSync(join(folder, "spool"));

    test("has what was said in the database soon, and nothing is left behind by a process that ends", async () => {
      const { ledger } = await open({ folder, store: store.ledger });
      for (let count = 0; count < 700; count += 1) await say(ledger);
      await vi.waitUntil(async () => (await states())["settled"]?.[0] === 700);
      expect(ledger.backlog().rows).toBe(0);
      await expectSums();
      await ledger.close();
      expect(spools()).toEqual([]);
    });

    test("settles once, and only what it has admitted", async () => {
      const { ledger } = await open({ folder, store: store.ledger });
      const id = await say(ledger);
      end(ledger, settlement(id, { attempts: [attempt({ costNano: 5 })] }));
      end(ledger, settlement(admission().id));
      await ledger.close();
      expect(await states()).toEqual({ settled: [1, 1_000] });
    });

    test("says in one write what is said in one turn, and before anybody is let in", async () => {
      const written: string[] = [];
      const write: SpoolFiles["write"] = (file, data) => {
        written.push(String(data));
        return realFiles.write(file, data);
      };
      const { ledger } = await open({ folder, store: store.ledger, files: { ...realFiles, write } });
      const first = admission({ at: Date.now() });
      const admitting = [ledger.admit(first), ledger.admit(admission({ at: Date.now() }))];
      expect(written).toEqual([]);
      await admitting[0];
      expect(written.map((text) => text.trimEnd().split("\n").length)).toEqual([2]);
      await admitting[1];
      ledger.settle(settlement(first.id));
      const settled = ledger.written();
      expect(settled).toBeInstanceOf(Promise);
      await settled;
      expect(written).toHaveLength(2);
      expect(ledger.written()).toBeUndefined();
      ledger.write();
      expect(written).toHaveLength(2);
      await ledger.close();
    });

    test("shows a long request while it runs, and what it cost once it has ended", async () => {
      let now = Date.now();
      const { ledger } = await open({ folder, store: store.ledger, now: () => now });
      const long = admission({ at: now });
      await letIn(ledger, long);
      await say(ledger);
      await vi.waitUntil(async () => (await states())["settled"] !== undefined);
      expect((await states())["admitted"]).toBeUndefined();
      now += 1_001;
      await vi.waitUntil(async () => (await states())["admitted"]?.[0] === 1);
      end(ledger, settlement(long.id, { state: "cancelled", attempts: [attempt({ costNano: 7 })] }));
      await ledger.flush();
      expect(await states()).toEqual({ settled: [1, 1_000], cancelled: [1, 7] });
      await ledger.close();
      await expectSums();
    });

    test("loses and doubles nothing while the database is away, however long, and tells of it once", async () => {
      const database = leaving(store.ledger);
      const { ledger, told } = await open({ folder, store: database, segmentBytes: 200_000 });
      await say(ledger);
      await ledger.flush();
      database.away = true;
      // More than memory keeps, so that the rest is read from the spool again.
      for (let count = 0; count < 21_000; count += 1) await say(ledger, {}, 1 + (count % 7));
      await ledger.flush();
      await ledger.flush();
      expect(ledger.backlog().rows).toBe(21_000);
      expect(ledger.backlog().oldestMs).toBeGreaterThanOrEqual(0);
      database.away = false;
      await ledger.flush();
      await say(ledger);
      await ledger.flush();
      expect(ledger.backlog()).toEqual({ rows: 0, oldestMs: 0 });
      expect(told).toEqual([
        "the ledger's database is away: what is used is kept in the spool",
        "the ledger's database is back",
      ]);
      const cost = Array.from({ length: 21_000 }, (_, count) => 1 + (count % 7)).reduce(
        (sum, each) => sum + each,
        2_000,
      );
      expect(await states()).toEqual({ settled: [21_002, cost] });
      await expectSums();
      const [instance] = spools().filter((name) => !name.includes(".lock"));
      expect(readdirSync(join(folder, "spool", instance ?? ""))).toHaveLength(1);
      await ledger.close();
    });

    test("takes over from one that ended while the database was away, and from itself half-way", async () => {
      const database = leaving(store.ledger);
      const first = await open({ folder, store: database, segmentBytes: 5_000 });
      database.away = true;
      for (let count = 0; count < 600; count += 1) await say(first.ledger);
      const lost = admission({ at: Date.now(), reservedNano: 77 });
      await letIn(first.ledger, lost);
      await first.ledger.close();
      expect(await states()).toEqual({});
      expect(spools().filter((name) => !name.includes(".lock"))).toHaveLength(1);
      database.away = false;
      let writes = 0;
      const breaking: LedgerStore = {
        ...store.ledger,
        write: async (...given) => {
          writes += 1;
          if (writes > 3) throw new StoreError("unavailable", "away again");
          await store.ledger.write(...given);
        },
      };
      const second = await open({ folder, store: breaking, settings: slow });
      expect((await states())["settled"]?.[0]).toBeLessThan(600);
      await second.ledger.close();
      const third = await open({ folder, store: store.ledger });
      expect(await states()).toEqual({ settled: [600, 600_000], unknown: [1, 77] });
      await expectSums();
      await third.ledger.close();
      expect(spools()).toEqual([]);
    });

    test("counts as reserved what a process left running whose spool is gone too", async () => {
      const left = admission({ at: Date.now(), reservedNano: 55 });
      await store.ledger.write([{ admission: left }], "0-000000000000");
      const { ledger, told } = await open({ folder, store: store.ledger });
      expect(await states()).toEqual({ unknown: [1, 55] });
      expect(told).toContain("requests whose process is gone count as what was reserved for them");
      await ledger.close();
      await expectSums();
    });

    test("skips what is damaged, keeps it for people, and guesses nothing", async () => {
      const instance = "dead-0123456789ab";
      const database = leaving(store.ledger);
      const { ledger } = await open({ folder, store: database, settings: slow });
      const ids = [await say(ledger), await say(ledger), await say(ledger)];
      const [own = ""] = spools().filter((name) => !name.includes(".lock"));
      const [a, b, c, d, e, f = ""] = readFileSync(join(folder, "spool", own, "000001.log"), "utf8").split("\n");
      database.away = true;
      await ledger.close();
      rmSync(join(folder, "spool", own), { recursive: true });
      mkdirSync(join(folder, "spool", instance));
      const damaged = String(d).replace("config:ci", "config:cj");
      const lines = [a, b, c, damaged, "\0\0\0\0", e, f.slice(0, 40)];
      writeFileSync(join(folder, "spool", instance, "000001.log"), lines.join("\n"));
      const next = await open({ folder, store: store.ledger });
      expect(next.told).toContain("the ledger has set lines aside");
      const rows = await place.query("select id, state from requests order by id");
      const expected = [
        { id: ids[0], state: "settled" },
        { id: ids[1], state: "unknown" },
        { id: ids[2], state: "unknown" },
      ];
      expect(rows).toEqual(expected.sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1)));
      await next.ledger.close();
      expect(spools()).toEqual(["set-aside.log"]);
      expect(readFileSync(join(folder, "spool", "set-aside.log"), "utf8")).toBe(
        `${damaged}\n\0\0\0\0\n${f.slice(0, 40)}\n`,
      );
      await expectSums();
    });

    test("lets no row that the database refuses hold up the others", async () => {
      const refusing: LedgerStore = {
        ...store.ledger,
        write: async (entries, instance) => {
          if (entries.some(({ admission: { model } }) => model === "poison"))
            throw new StoreError("invalid", "no such row");
          await store.ledger.write(entries, instance);
        },
      };
      const { ledger, told } = await open({ folder, store: refusing, settings: slow });
      for (let count = 0; count < 300; count += 1) await say(ledger, { model: count === 111 ? "poison" : "fine" });
      await ledger.flush();
      expect(await states()).toEqual({ settled: [299, 299_000] });
      expect(ledger.backlog().rows).toBe(0);
      expect(told).toEqual(["the ledger has set lines aside"]);
      await ledger.close();
      expect(readFileSync(join(folder, "spool", "set-aside.log"), "utf8")).toContain('"poison"');
    });

    describe("when the disk is full", () => {
      const filling = () => {
        const state = { full: false };
        const files: SpoolFiles = {
          ...realFiles,
          write: (file, data) => {
            if (state.full) throw Object.assign(new Error("full"), { code: "ENOSPC" });
            return realFiles.write(file, data);
          },
        };
        return { state, files };
      };

      test("goes on, and has everything in the database all the same", async () => {
        const { state, files } = filling();
        const { ledger, told } = await open({ folder, store: store.ledger, files, settings: slow });
        const running = admission({ at: Date.now() });
        await letIn(ledger, running);
        state.full = true;
        await say(ledger);
        end(ledger, settlement(running.id));
        await ledger.flush();
        expect(await states()).toEqual({ settled: [2, 2_234] });
        state.full = false;
        await say(ledger);
        await ledger.close();
        expect(told).toEqual(["the ledger's spool cannot be written", "the ledger's spool can be written again"]);
        await expectSums();
      });

      test("says to the spool what it could not say before, once there is room", async () => {
        const { state, files } = filling();
        const database = leaving(store.ledger);
        const { ledger } = await open({ folder, store: database, files, settings: { ...slow, syncMs: 5 } });
        database.away = true;
        state.full = true;
        await say(ledger);
        await letIn(ledger, admission({ at: Date.now(), reservedNano: 3 }));
        state.full = false;
        const [instance = ""] = spools().filter((name) => !name.includes(".lock"));
        const file = join(folder, "spool", instance, "000001.log");
        await vi.waitUntil(() => readFileSync(file, "utf8").split("\n").length === 3);
        await ledger.close();
        database.away = false;
        await (await open({ folder, store: database })).ledger.close();
        expect(await states()).toEqual({ settled: [1, 1_000], unknown: [1, 3] });
      });

      test("refuses where the policy says so, and settles what it has let in", async () => {
        const { state, files } = filling();
        const settings = { ...quick, onFullDisk: "refuse" } as const;
        const { ledger } = await open({ folder, store: store.ledger, files, settings });
        const running = admission({ at: Date.now() });
        await letIn(ledger, running);
        state.full = true;
        await expect(ledger.admit(admission())).rejects.toMatchObject({ code: "overloaded" });
        end(ledger, settlement(running.id));
        await ledger.flush();
        expect(await states()).toEqual({ settled: [1, 1_234] });
        state.full = false;
        await say(ledger);
        await ledger.close();
        expect((await states())["settled"]?.[0]).toBe(2);
      });

      test("refuses while an end waits for room, though there is still room for a beginning", async () => {
        const { state, files } = filling();
        const short = (file: number, data: string | Uint8Array) => {
          state.full = Buffer.byteLength(data) > 350;
          return files.write(file, data);
        };
        const settings = { ...slow, onFullDisk: "refuse" } as const;
        const { ledger } = await open({ folder, store: store.ledger, files: { ...files, write: short }, settings });
        const running = admission({ at: Date.now() });
        await letIn(ledger, running);
        end(ledger, settlement(running.id));
        await ledger.written();
        await expect(ledger.admit(admission())).rejects.toMatchObject({ code: "overloaded" });
        await ledger.flush();
        await letIn(ledger, admission());
        await ledger.close();
        expect(await states()).toMatchObject({ settled: [1, 1_234] });
      });

      test("lets nobody in when there is no room left anywhere, rather than forget what is used", async () => {
        const { state, files } = filling();
        const database = leaving(store.ledger);
        const { ledger } = await open({ folder, store: database, files, settings: { ...slow, syncMs: 3_600_000 } });
        database.away = true;
        state.full = true;
        let said = 0;
        const saying = async () => {
          for (; said < 30_000; said += 1) await say(ledger);
        };
        await expect(saying()).rejects.toMatchObject({ code: "overloaded" });
        database.away = false;
        await ledger.flush();
        expect((await states())["settled"]?.[0]).toBe(said);
        await say(ledger);
        await ledger.close();
      });
    });

    test("holds nothing but ids and counts, in files for the owner only", async () => {
      const { ledger } = await open({ folder, store: store.ledger, settings: slow });
      const canary = "CANARY-PROMPT";
      const admitted = { ...admission(), prompt: canary, headers: { authorization: canary } };
      await letIn(ledger, admitted);
      end(ledger, { ...settlement(admitted.id), ...{ answer: canary, raw: { text: canary } } });
      const [instance = ""] = spools().filter((name) => !name.includes(".lock"));
      const spool = join(folder, "spool", instance);
      expect(readdirSync(spool)).toEqual(["000001.log"]);
      expect(readFileSync(join(spool, "000001.log"), "utf8")).not.toContain(canary);
      expect(statSync(join(spool, "000001.log")).mode & 0o777).toBe(0o600);
      await ledger.close();
      expect(existsSync(spool)).toBe(false);
      const rows = [...(await place.query("select * from requests")), ...(await place.query("select * from attempts"))];
      expect(JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
        canary,
      );
    });
  });
});
