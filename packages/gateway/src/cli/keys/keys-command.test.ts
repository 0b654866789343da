import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseKey } from "../../config/key-secret.ts";
import { openStore, type Store } from "../../store/open.ts";
import { CommandError } from "../terminal.ts";
import { keysOptions } from "./keys-options.ts";
import { runKeys } from "./run-keys.ts";

let folder: string;
let gateway: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-keys-"));
  gateway = await openStore({ folder });
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

async function keys(line: string): Promise<string> {
  const said: string[] = [];
  const options = keysOptions([...line.split(" "), "--data", folder]);
  await runKeys(options, { environment: {}, terminal: { say: (text) => said.push(text) } });
  return said.join("\n");
}

const json = async (line: string) => JSON.parse(await keys(`${line} --json`));

test("a key is made beside a gateway that holds the folder, and shown once", async () => {
  const text = await keys("create --name ci --role viewer --budget 5/month");
  const [secret = ""] = text.split("\n");
  const id = parseKey(secret)?.id ?? "";
  expect(text).toContain("Keep it: it is shown only now.");
  expect((await gateway.accounts.keys.get(id))?.role).toBe("viewer");
  const list = await keys("list");
  expect(list.split("\n")).toEqual([
    expect.stringMatching(/^ID +NAME +KEY +ROLE +TEAM +STATE +EXPIRES +LAST USED$/),
    `${id}  ci    sb_${secret.slice(3, 5)}…${secret.slice(-4)}  viewer  -     works  never    never`,
  ]);
  const shown = await keys(`show ${id}`);
  expect(shown).toMatch(/^budgets +\[\{"per":"key","window":"month","limit":5,"soft_percent":80\}\]$/m);
  expect(shown).toMatch(/^state +works$/m);
  for (const later of [list, shown]) expect(later).not.toContain(secret.slice(15));
});

test("it is disabled, enabled, rotated and deleted, and the audit log says who did it", async () => {
  const { key, data } = await json("create --name k");
  expect(data.name).toBe("k");
  expect(await keys(`disable ${data.key_prefix}`)).toMatch(/^state +disabled$/m);
  expect(await keys("list")).toContain("  disabled  ");
  expect((await json(`enable ${data.id}`)).data.disabled).toBe(false);
  const rotated = await json(`rotate ${data.hash} --overlap 2h`);
  expect(rotated.key).not.toBe(key);
  expect(rotated.data).toMatchObject({ id: data.id, previous_hash: data.hash });
  expect(await keys(`delete ${data.id}`)).toBe(`The key k (${data.id}) no longer works.`);
  expect(await keys("list")).toContain("There are no keys here.");
  const audit = await gateway.accounts.audit.list({ limit: 5 });
  expect(audit.map(({ action, actorName }) => `${action} ${actorName}`)).toEqual(
    ["key.delete", "key.rotate", "key.update", "key.update", "key.create"].map((action) => `${action} command line`),
  );
});

test("what the cache does for it is said when it is made, and changed later", async () => {
  const { data } = await json("create --name k --cache semantic/10m");
  expect(data.cache).toEqual({ enabled: true, match: "semantic", ttl_seconds: 600 });
  expect((await json(`update ${data.id} --cache off --budget 1/day`)).data).toMatchObject({
    name: "k",
    cache: { enabled: false },
    budgets: [{ window: "day", limit: 1 }],
  });
  expect((await gateway.accounts.keys.get(data.id))?.cache).toEqual({ enabled: false });
  await expect(keys(`update ${data.id} --cache exact/1000w`)).rejects.toThrow("cache.ttl_seconds: ");
});

test("what the API refuses is refused in the same words", async () => {
  await expect(keys("show nothing")).rejects.toThrow(new CommandError("There is no key 'nothing'."));
  await expect(keys("create --name a --role root")).rejects.toThrow(
    "role: must be one of viewer, editor, admin, owner",
  );
  await expect(keys("create --name a --team team_0000000000000000")).rejects.toThrow(
    "team: there is none with this id",
  );
  await expect(keys("create --name a --budget 1/year")).rejects.toThrow("budgets[0].window: must be one of day, week");
});

test("a name cannot steer the terminal", async () => {
  await gateway.accounts.keys.create(
    { id: "0123456789ab", name: "\u001b]0;title\u0007", digest: "0".repeat(64), lastFour: "wxyz" },
    { id: "test", name: "test" },
  );
  expect(await keys("list")).toContain("\u{fffd}]0;title\u{fffd}");
  expect(await keys("show 0123456789ab")).not.toMatch(/(?!\n)\p{Cc}/u);
});

test("a long list says how to go on", async () => {
  for (const name of ["a", "b", "c"]) await keys(`create --name ${name}`);
  const ids = (await json("list")).data.map(({ id }: { id: string }) => id);
  const page = await keys("list --limit 2");
  expect(page.split("\n").at(-1)).toBe(`There are more: signalbox keys list --after ${ids[1]}`);
  expect((await json(`list --after ${ids[1]}`)).data).toHaveLength(1);
});
