import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { type Simulator, startSimulator } from "@signalbox/simulator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeDatabase, testPostgres } from "../support/postgres.ts";
import { makeFolder } from "../support/stores.ts";
import { administer } from "./canary/administer.ts";
import { type Canary, formsOf, hitsIn } from "./canary/canaries.ts";
import {
  filesOf,
  type Installation,
  type NamedBytes,
  postgresTables,
  type QuotingUpstream,
  sqliteTables,
  startInstallation,
  startQuotingUpstream,
} from "./canary/installation.ts";
import { configOf, environmentOf, makeScene, type Scene, wrongConfigs } from "./canary/scene.ts";
import {
  askedAside,
  FAULTS,
  type Labelled,
  nameOf,
  operationCalls,
  QUOTES,
  richCall,
  type Told,
  tell,
  wrongCalls,
} from "./canary/traffic.ts";
import { withBody, withHeaders } from "./routing-support.ts";
import { ask, DIALECTS, PROVIDERS } from "./support.ts";

const postgres = await testPostgres();
const words = ["words"] as const;

describe.each([
  { kind: "SQLite", server: undefined, available: true },
  { kind: "PostgreSQL", server: postgres, available: postgres !== undefined },
])("what was planted, with $kind", ({ server, available }) => {
  describe.skipIf(!available)("", () => {
    const scene = makeScene();
    const folder = makeFolder();
    const told: Told[] = [];
    const made: Canary[] = [];
    /** The data folder's files, as they lay there while the gateway ran, when it was killed and when it had stopped. */
    const files: NamedBytes[] = [];
    const outputs: string[] = [];
    let tables: readonly NamedBytes[] = [];
    let simulator: Simulator;
    let quoting: QuotingUpstream;
    let database: Awaited<ReturnType<typeof makeDatabase>> | undefined;
    let running: Installation;
    let teamKey = "";

    const canaries = () => [...scene.canaries, ...made];
    const say = async (labelled: Labelled): Promise<Told> => {
      const answer = await tell(running.url, labelled);
      told.push(answer);
      return answer;
    };
    const keep = (when: string) => {
      for (const { name, bytes } of filesOf(running.dataFolder)) files.push({ name: `${name} ${when}`, bytes });
    };
    const start = async () => {
      const config = configOf({ simulator: simulator.url, quoting: quoting.url }, database !== undefined);
      const more = database === undefined ? {} : { TEST_DATABASE: database.url };
      running = await startInstallation({ folder, config, environment: { ...environmentOf(scene), ...more } });
      return config;
    };

    beforeAll(async () => {
      [simulator, quoting] = [await startSimulator(), await startQuotingUpstream()];
      database = server === undefined ? undefined : await makeDatabase(server);
      const config = await start();
      const known = await administer(scene, say);
      teamKey = known.teamKey;
      for (const [index, secret] of known.secrets.entries()) {
        // The prefix, the id and the last four are shown on purpose.
        made.push({ kind: "key", name: `made ${index}`, text: secret.slice(15, -6) });
      }
      await inParallel(everything(scene, teamKey), say);
      await oneAfterTheOther(scene, say);
      await reload(running, config, scene);
      keep("while it runs");
      const last = DIALECTS.map((dialect) => rich(scene, { dialect, provider: PROVIDERS[dialect], stream: false }));
      await inParallel(last, say);
      await running.kill();
      keep("when it was killed");
      outputs.push(running.output());
      await start();
      await readAll(scene, say);
      await running.stop();
      keep("when it had stopped");
      outputs.push(running.output());
      tables =
        database === undefined
          ? sqliteTables(running.dataFolder)
          : await postgresTables((sql) => database?.query(sql) ?? Promise.resolve([]));
    }, 180_000);
    afterAll(async () => {
      await running?.kill();
      quoting?.close();
      await simulator?.close();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    test("went through: upstreams were told of it, and clients got their answers", () => {
      const { entries } = simulator.journal;
      const heard = [
        ...entries.map(({ url, rawHeaders, body }) => `${url} ${rawHeaders.join(" ")} ${body.toString()}`),
        quoting.heard(),
      ].join("\n");
      const sent = [...Object.values(scene.planted), ...Object.values(scene.credentials)];
      expect(sent.filter((text) => !heard.includes(text))).toEqual([]);
      expect(told.filter(({ text }) => text.includes("[redacted]")).length).toBeGreaterThan(20);
      const seen = new Set(told.map(({ status }) => status));
      expect([...seen].sort((a, b) => a - b)).toEqual(
        expect.arrayContaining([200, 201, 400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502]),
      );
      expect(told.find(({ label }) => label === "rich openai-chat chat false")?.text).toContain(scene.planted.answer);
    });

    test("is in the answer that it is meant for, and in no other", () => {
      const leaks = told.flatMap(({ label, status, may, bytes }) => {
        const others = canaries().filter(({ kind }) => !may.includes(kind));
        return hitsIn(bytes, others).map((hit) => ({ label, status, ...hit }));
      });
      expect(leaks).toEqual([]);
    });

    test("is not in what the gateway writes to its log and its terminal", () => {
      expect(outputs[0]).toContain('"level":40');
      expect(outputs[0]).toContain("was not reloaded");
      expect(outputs.flatMap((output) => hitsIn(Buffer.from(output), canaries()))).toEqual([]);
    });

    test("is in no file of the data folder", () => {
      const names = files.map(({ name }) => name);
      expect(names.some((name) => /spool/.test(name))).toBe(true);
      const leaks = files.flatMap(({ name, bytes }) => hitsIn(bytes, canaries()).map((hit) => ({ name, ...hit })));
      expect(leaks).toEqual([]);
    });

    test("is in no table", () => {
      expect(tables.find(({ name }) => name === "requests")?.bytes.length).toBeGreaterThan(10_000);
      const leaks = tables.flatMap(({ name, bytes }) => hitsIn(bytes, canaries()).map((hit) => ({ name, ...hit })));
      expect(leaks).toEqual([]);
    });

    test("left a digest of each key where keys are, and nowhere else", () => {
      const digest = createHash("sha256").update(teamKey).digest("hex");
      const isAt = ({ bytes }: Pick<NamedBytes, "bytes">) =>
        bytes.includes(digest) || bytes.includes(Buffer.from(digest, "hex"));
      expect(tables.filter(isAt).map(({ name }) => name)).toEqual(["keys"]);
      const others = files.filter(({ name }) => !/^signalbox\.db/.test(name));
      expect([...others, ...outputs.map((text) => ({ name: "log", bytes: Buffer.from(text) }))].filter(isAt)).toEqual(
        [],
      );
      // What the API of keys calls a key by.
      const answers = told.filter(({ label }) => !/ \/v1\/keys\b/.test(label));
      expect(answers.filter(isAt).map(({ label }) => label)).toEqual([]);
    });
  });
});

test.each(formsOf("a canary of words"))("what looks for them knows $form", ({ needle }) => {
  const canary: Canary = { kind: "words", name: "one", text: "a canary of words" };
  expect(hitsIn(Buffer.concat([Buffer.from("before"), needle, Buffer.from("after")]), [canary])).not.toEqual([]);
});

test.each([0, 1, 2])("what looks for them finds base64 of more than the canary, %i bytes in", (offset) => {
  const canary: Canary = { kind: "words", name: "one", text: "a canary of words, cut somewhere" };
  const text = Buffer.from(`${"x".repeat(offset)}${canary.text} and more`);
  for (const encoding of ["base64", "base64url", "hex"] as const)
    expect(hitsIn(Buffer.from(text.toString(encoding)), [canary])).not.toEqual([]);
  expect(
    hitsIn(Buffer.from(text.toString("base64")), [{ ...canary, text: "another, of whose words none is there" }]),
  ).toEqual([]);
});

async function inParallel(calls: readonly Labelled[], say: (one: Labelled) => Promise<unknown>): Promise<void> {
  const left = [...calls];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await say(next);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });

interface RichCall {
  readonly dialect: (typeof DIALECTS)[number];
  readonly provider: string;
  readonly stream: boolean;
}

function rich(scene: Scene, { dialect, provider, stream }: RichCall): Labelled {
  const call = richCall(dialect, `${provider}/m`, { ...scene.planted, stream });
  return {
    label: `rich ${dialect} ${provider} ${stream}`,
    call: withHeaders(call, as(scene.keys.owner)),
    may: words,
  };
}

/** In no order. */
function everything(scene: Scene, teamKey: string): readonly Labelled[] {
  const { planted, keys } = scene;
  const models = ["chat/m", "own-gemini/m", ...QUOTES.map((how) => `q-${how}-openai-chat/quoting-${how}`)];
  const aside = models.flatMap((model) =>
    operationCalls(model, planted).map(
      (call, index): Labelled => ({
        label: `operation ${index} of ${model}`,
        call: withHeaders(call, as(keys.owner)),
        may: words,
      }),
    ),
  );
  return [...aside, ...conversations(scene, teamKey)];
}

function conversations(scene: Scene, teamKey: string): readonly Labelled[] {
  const { planted, keys } = scene;
  return DIALECTS.flatMap((dialect) => {
    const owner = (label: string, call: Labelled["call"], may: Labelled["may"] = words): Labelled => ({
      label: `${label} ${dialect}`,
      call: withHeaders(call, as(keys.owner)),
      may,
    });
    const model = `${PROVIDERS[dialect]}/m`;
    const slow = (stream: boolean) =>
      richCall(dialect, model, { ...planted, prompt: `${planted.prompt} [[fault pace=200]]`, stream });
    const both = [false, true].flatMap((stream) => {
      const asked = (name: string) => richCall(dialect, name, { ...planted, stream });
      const fault = (text: string) =>
        richCall(dialect, `f-${nameOf(text)}-${dialect}/m`, {
          ...planted,
          prompt: `${planted.prompt} [[fault ${text}]]`,
          stream,
        });
      return [
        ...Object.values(PROVIDERS).map((provider) => rich(scene, { dialect, provider, stream })),
        ...FAULTS.map((text) => owner(`fault ${text} stream ${stream}`, fault(text))),
        ...QUOTES.map((how) => owner(`quote ${how} stream ${stream}`, asked(`q-${how}-${dialect}/quoting-${how}`))),
        { label: "of a team", call: withHeaders(asked("brought/m"), as(teamKey)), may: words },
        { label: "quoted team", call: withHeaders(asked("quoted-team/quoting-400"), as(teamKey)), may: words },
        owner("router", asked("routers/by-words")),
        { ...owner("leaves", slow(stream)), leaveAfterMs: 150 },
        owner("no such model", asked("no/such-model"), []),
      ];
    });
    const plain = richCall(dialect, model, { ...planted, stream: false });
    return [
      ...both,
      ...wrongCalls(dialect, model, planted).map((call, index) => owner(`wrong ${index}`, call)),
      ...askedAside(dialect, model, planted).map((call) => owner(`aside ${call.path}`, call, [])),
      owner("wrong method", { ...plain, method: "PUT" }, []),
      owner("too large", withBody(plain, { padding: planted.prompt.repeat(10_000) })),
      { label: `wrong key ${dialect}`, call: withHeaders(plain, as(`${keys.owner}x`)), may: [] },
      { label: `other host ${dialect}`, call: withHeaders(plain, { ...as(keys.owner), host: "example.com" }), may: [] },
      { label: `poor ${dialect}`, call: withHeaders(plain, as(keys.poor)), may: [] },
      {
        label: `not its model ${dialect}`,
        call: withHeaders(richCall(dialect, "brought/m", { ...planted, stream: false }), as(keys.limited)),
        may: [],
      },
    ];
  });
}

/** What depends on what went before. */
async function oneAfterTheOther(scene: Scene, say: (one: Labelled) => Promise<Told>): Promise<void> {
  const { planted, keys } = scene;
  for (const dialect of DIALECTS) {
    const call = richCall(dialect, `${PROVIDERS[dialect]}/m`, { ...planted, stream: false });
    const once = withHeaders(call, { ...as(keys.owner), "idempotency-key": `order-${dialect}` });
    const other = {
      ...once,
      ...ask(dialect, `${PROVIDERS[dialect]}/m`, { text: planted.prompt, stream: false }),
      headers: once.headers ?? {},
    };
    await say({ label: `once ${dialect}`, call: once, may: words });
    await say({ label: `once more ${dialect}`, call: once, may: words });
    await say({ label: `something else ${dialect}`, call: other, may: [] });
    for (const label of ["within its limit", "beyond its limit"])
      await say({ label: `${label} ${dialect}`, call: withHeaders(call, as(keys.limited)), may: words });
  }
  await readAll(scene, say);
}

/** What is told of it afterwards. */
async function readAll({ keys }: Scene, say: (one: Labelled) => Promise<Told>): Promise<void> {
  const get = (path: string, may: Labelled["may"] = []) =>
    say({ label: `GET ${path}`, call: { method: "GET", path, headers: as(keys.owner) }, may });
  const paths = [
    ...["/v1/usage", "/v1/usage?group_by=session,model,key", "/v1/usage.csv", "/v1/usage.csv?rows=attempts"],
    ...["/v1/usage/requests?limit=200", "/v1/usage/requests?limit=200&state=failed", "/v1/credits", "/v1/activity"],
    ...["/v1/audit?limit=200", "/v1/keys", "/v1/auth/key", "/v1/routers"],
  ];
  for (const path of paths) await get(path);
  const { text } = await get("/v1/usage/requests?limit=30");
  for (const id of text.match(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g) ?? []) {
    await get(`/v1/generation/${id}`);
    await get(`/v1/usage/requests/${id}`);
    // An administrator reads the words here, where the key's owners want them kept.
    await get(`/v1/usage/requests/${id}/bodies`, words);
  }
}

/** What is wrong with a configuration is told without what stands in it; the right one is put back. */
async function reload({ configFile, output }: Installation, right: object, { credentials }: Scene): Promise<void> {
  for (const text of [...wrongConfigs(right, credentials.configured), JSON.stringify(right)]) {
    const before = output().length;
    writeFileSync(configFile, text);
    await vi.waitFor(() => expect(output().slice(before)).toMatch(/was (not )?reloaded/), { timeout: 10_000 });
  }
}
