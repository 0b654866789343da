import type { JsonObject } from "@signalbox/protocol";
import { plainKey } from "../../config/client-key.ts";
import { type By, createKeyService, type KeyService, type ShownOnce } from "../../server/admin/accounts/key-service.ts";
import { labelOf, shownKey } from "../../server/admin/accounts/key-view.ts";
import { readPaging } from "../../server/admin/accounts/paging.ts";
import { StatusError } from "../../server/admin/status.ts";
import type { AccountStore, StoredKey } from "../../store/accounts/accounts.ts";
import { columns, printable } from "../columns.ts";
import { CommandError } from "../terminal.ts";
import type { KeysAction } from "./keys-options.ts";

export interface KeysHouse {
  readonly accounts: AccountStore;
  /** Takes away what is kept of a key's requests. */
  readonly forget: (keyId: string) => Promise<void>;
  readonly now: () => Date;
}

/** Who has the data folder or the database has the installation; the audit log calls them so. */
const commandLine: By = {
  key: plainKey({ id: "cli", name: "command line", hash: "", role: "owner" }),
  actor: { id: "cli", name: "command line" },
};

/** What to print. Throws CommandError in the API's own words, and StoreError. */
export async function runKeysAction(
  action: KeysAction,
  { accounts, forget, now }: KeysHouse,
  json: boolean,
): Promise<string> {
  // A gateway that runs beside looks for changes itself.
  const service = createKeyService({ accounts, forget, now, directory: { refresh: async () => undefined } });
  try {
    return await act(action, service, json ? asJson(now) : asText(now));
  } catch (error) {
    if (error instanceof StatusError) throw new CommandError(error.message);
    throw error;
  }
}

/** How what was done is told. */
interface Teller {
  readonly once: (made: ShownOnce) => string;
  readonly one: (key: StoredKey) => string;
  readonly list: (keys: readonly StoredKey[], more: boolean) => string;
  readonly deleted: (key: StoredKey) => string;
}

async function act(action: KeysAction, service: KeyService, tell: Teller): Promise<string> {
  switch (action.name) {
    case "create":
      return tell.once(await service.create(action.body, commandLine));
    case "list": {
      const { items, more } = await service.list(readPaging(action.query), commandLine);
      return tell.list(items, more);
    }
    case "show":
      return tell.one(await service.get(action.id, commandLine));
    case "update":
      return tell.one(await service.update(action.id, { body: action.body }, commandLine));
    case "rotate":
      return tell.once(await service.rotate(action.id, action.body, commandLine));
    case "delete": {
      const key = await service.get(action.id, commandLine);
      await service.remove(action.id, commandLine);
      return tell.deleted(key);
    }
  }
}

function asJson(now: () => Date): Teller {
  const print = (value: JsonObject) => JSON.stringify(value, undefined, 2);
  const data = (key: StoredKey) => shownKey(key, now());
  return {
    once: ({ secret, key }) => print({ key: secret, data: data(key) }),
    one: (key) => print({ data: data(key) }),
    list: (keys, more) => print({ data: keys.map(data), has_more: more, last_id: keys.at(-1)?.id ?? null }),
    deleted: () => print({ deleted: true }),
  };
}

function asText(now: () => Date): Teller {
  const lines = (key: StoredKey) => described(key, now()).join("\n");
  return {
    once: ({ secret, key }) => `${secret}\n\nKeep it: it is shown only now.\n\n${lines(key)}`,
    one: lines,
    list: (keys, more) => {
      if (keys.length === 0) return 'There are no keys here. "signalbox keys create --name NAME" makes one.';
      const table = columns([heads, ...keys.map((key) => cells(key, now()))]);
      const rest = more ? [`There are more: signalbox keys list --after ${keys.at(-1)?.id}`] : [];
      return [...table, ...rest].join("\n");
    },
    deleted: ({ id, name }) => `The key ${printable(name)} (${id}) no longer works.`,
  };
}

const heads = ["ID", "NAME", "KEY", "ROLE", "TEAM", "STATE", "EXPIRES", "LAST USED"];

function cells(key: StoredKey, now: Date): readonly string[] {
  const { id, name, role, team, org, expiresAt, lastUsedAt } = key;
  return [
    id,
    printable(name),
    labelOf(key),
    role ?? "-",
    team ?? org ?? "-",
    stateOf(key, now),
    expiresAt === undefined ? "never" : minute(expiresAt),
    lastUsedAt === undefined ? "never" : minute(lastUsedAt),
  ];
}

function stateOf({ disabled, expiresAt }: StoredKey, now: Date): string {
  if (disabled) return "disabled";
  return expiresAt !== undefined && expiresAt <= now ? "expired" : "works";
}

const minute = (time: Date): string => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** One line for each field that says something, in the words of the API. */
function described(key: StoredKey, now: Date): readonly string[] {
  const { etag: _etag, can_reveal: _reveal, ...shown } = shownKey(key, now);
  const said = Object.entries(shown).filter(([, value]) => value !== null && !isEmptyObject(value));
  const lines = said.map(([name, value]) => [
    name,
    printable(typeof value === "string" ? value : JSON.stringify(value)),
  ]);
  return columns([...lines, ["state", stateOf(key, now)]]);
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;
