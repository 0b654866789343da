import { expect, test } from "vitest";
import { parseCommand, UsageError } from "../arguments.ts";
import { keysOptions } from "./keys-options.ts";

const actionOf = (line: string) => keysOptions(line.split(" ")).action;

test("a key is made as the API is asked for one", () => {
  expect(
    actionOf(
      "create --name ci --team team_1 --role admin --models a,b --providers openai, --budget 5/month --budget 0.5/day " +
        '--rpm 60 --tpm 9000 --concurrency 4 --allow-cidrs 10.0.0.0/8,::1 --expires 36h --metadata {"tier":"gold"}',
    ),
  ).toEqual({
    name: "create",
    body: {
      name: "ci",
      team: "team_1",
      role: "admin",
      models: ["a", "b"],
      providers: ["openai"],
      allow_cidrs: ["10.0.0.0/8", "::1"],
      limits: [
        { unit: "requests", per: "minute", limit: 60 },
        { unit: "tokens", per: "minute", limit: 9000 },
      ],
      concurrency: 4,
      budgets: [
        { per: "key", window: "month", limit: 5 },
        { per: "key", window: "day", limit: 0.5 },
      ],
      expires_in_days: 1.5,
      metadata: { tier: "gold" },
    },
  });
  expect(actionOf("create --name n --budget 3")).toMatchObject({ body: { budgets: [{ window: "total", limit: 3 }] } });
});

test.each([
  ["show abc", { name: "show", id: "abc" }],
  ["show sb_0123456789ab", { name: "show", id: "0123456789ab" }],
  ["delete abc", { name: "delete", id: "abc" }],
  ["disable abc", { name: "update", id: "abc", body: { disabled: true } }],
  ["enable abc", { name: "update", id: "abc", body: { disabled: false } }],
  ["update abc --cache off", { name: "update", id: "abc", body: { cache: { enabled: false } } }],
  [
    "update abc --name n --rpm 5 --cache normalised/90m",
    {
      name: "update",
      id: "abc",
      body: {
        name: "n",
        limits: [{ unit: "requests", per: "minute", limit: 5 }],
        cache: { enabled: true, match: "normalised", ttl_seconds: 5400 },
      },
    },
  ],
  ["create --name n --cache exact", { name: "create", body: { name: "n", cache: { enabled: true, match: "exact" } } }],
  ["rotate abc", { name: "rotate", id: "abc", body: {} }],
  ["rotate abc --overlap 90m", { name: "rotate", id: "abc", body: { overlap_hours: 1.5 } }],
  ["list --limit 5 --after x", { name: "list", query: new URLSearchParams("limit=5&after=x") }],
])("%s is understood", (line, action) => {
  expect(actionOf(line)).toEqual(action);
});

test("the data folder and the form of the answer are said beside it", () => {
  expect(parseCommand(["keys", "list", "--json", "--data", "d", "--config", "c"])).toEqual({
    name: "keys",
    options: { json: true, data: "d", config: "c", action: { name: "list", query: new URLSearchParams() } },
  });
  expect(parseCommand(["keys", "create", "--help"])).toEqual({ name: "help" });
});

test.each([
  ["", 'There is no command "keys"'],
  ["fly", 'There is no command "keys fly"'],
  ["create", "Say what to call it"],
  ["create --name a extra", 'What is "extra"?'],
  ["create --name a --role", "Option '--role <value>' argument missing"],
  ["create --name a --secret x", "Unknown option '--secret'"],
  ["create --name a --rpm many", '--rpm takes a whole number, not "many"'],
  ["create --name a --budget free", '--budget takes US dollars and how often, such as 5/month, not "free"'],
  ["create --name a --budget 1/day/2", "--budget takes"],
  [
    "create --name a --expires soon",
    '--expires takes a number of minutes, hours, days or weeks, such as 24h or 30d, not "soon"',
  ],
  ["create --name a --metadata [1]", "--metadata takes a JSON object"],
  ["create --name a --metadata {", "--metadata takes a JSON object"],
  ["show", "Say which key: signalbox keys show ID"],
  ["disable a b", 'What is "b"?'],
  ["create --name a --cache maybe", "--cache takes off, or one of exact, normalised, semantic and how long"],
  ["create --name a --cache off/1h", "--cache takes off"],
  ["create --name a --cache exact/1h/2h", "--cache takes off"],
  ["create --name a --cache exact/soon", "--cache takes a number of minutes"],
  ["update a", "Say what to change, such as --cache off."],
  ["update --cache off", "Say which key: signalbox keys update ID"],
  ["rotate a --overlap 24", "--overlap takes"],
])("keys %s is refused", (line, message) => {
  const options = () => keysOptions(line.split(" "));
  expect(options).toThrow(UsageError);
  expect(options).toThrow(message);
});
