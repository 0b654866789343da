import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type JsonObject } from "@signalbox/protocol";
import type { KeyGroup, Role } from "../../../../config/access.ts";
import type { ClientKey } from "../../../../config/settings.ts";
import type { SpendOwner } from "../../../../store/ledger/ledger-rows.ts";
import { openStore, type Store } from "../../../../store/open.ts";
import { openaiErrorBody } from "../../openai-error.ts";
import { type Answered, type ApiServer, serveApi } from "../../testing/api-server.ts";
import { accountRoutes } from "../account-routes.ts";

type CallAs = (line: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answered>;

/** Two organisations: one with two teams, one with one. */
export interface House {
  readonly store: Store;
  readonly ids: { readonly [name in "orgA" | "orgB" | "teamA1" | "teamA2" | "teamB1"]: string };
  readonly api: ApiServer;
  /** As a key of that role, of the whole installation or of one of these. */
  readonly as: (role: Role | "none", of?: keyof House["ids"] | "group") => CallAs;
  /** The time that the API and the store see. */
  readonly clock: { now: Date };
  /** How often the directory of keys was told of a change. */
  readonly refreshes: () => number;
  /** Keys of whose requests nothing is kept any more. */
  readonly forgotten: readonly string[];
  /** Nano-dollars, by owner and time. */
  spent: (owner: SpendOwner, since: number) => number;
  readonly close: () => Promise<void>;
}

/** A group that the callers `group` are bound to, which is none of the store's. */
export const callersGroup: KeyGroup = { id: "group_0000000000000000", name: "bound", channels: [] };

export async function buildHouse(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-accounts-"));
  const clock = { now: new Date("2026-11-21T12:00:00Z") };
  const store = await openStore({ folder, now: () => clock.now });
  const ids = await populate(store);
  let refreshed = 0;
  const forgotten: string[] = [];
  const house = { spent: (_owner: SpendOwner, _since: number) => 0 };
  const routes = accountRoutes({
    accounts: store.accounts,
    directory: {
      refresh: async () => {
        refreshed += 1;
      },
    },
    forget: async (keyId) => {
      forgotten.push(keyId);
    },
    spending: { spentNano: async (owner, since) => house.spent(owner, since) },
    hasProvider: (id) => id === "openai" || id === "anthropic",
    now: () => clock.now,
  });
  const api = await serveApi({ routes, errorBody: openaiErrorBody, callers: callersOf(ids) });
  return Object.assign(house, {
    store,
    ids,
    api,
    clock,
    refreshes: () => refreshed,
    forgotten,
    as: (role: Role | "none", of: keyof House["ids"] | "group" | "" = ""): CallAs => {
      const authorization = `Bearer ${secretOf(role, of)}`;
      return (line, body, headers) => api.call(line, body, { authorization, ...headers });
    },
    close: async () => {
      await api.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
}

async function populate({ accounts }: Store): Promise<House["ids"]> {
  const actor = { id: "test", name: "test" };
  const orgA = (await accounts.organisations.create({ name: "A" }, actor)).id;
  const orgB = (await accounts.organisations.create({ name: "B" }, actor)).id;
  const team = async (name: string, org: string) => (await accounts.teams.create({ name, org }, actor)).id;
  return { orgA, orgB, teamA1: await team("A1", orgA), teamA2: await team("A2", orgA), teamB1: await team("B1", orgB) };
}

const secretOf = (role: Role | "none", of: string): string => `a-caller-with-the-role-${role}-of-${of}`;

function callersOf(ids: House["ids"]): Readonly<Record<string, Partial<ClientKey>>> {
  const places: Readonly<Record<string, Partial<ClientKey>>> = {
    "": {},
    orgA: { org: ids.orgA },
    orgB: { org: ids.orgB },
    teamA1: { org: ids.orgA, team: ids.teamA1 },
    teamB1: { org: ids.orgB, team: ids.teamB1 },
    group: { group: callersGroup },
  };
  const roles: readonly (Role | "none")[] = ["none", "viewer", "editor", "admin", "owner"];
  return Object.fromEntries(
    Object.entries(places).flatMap(([of, place]) =>
      roles.map((role) => [secretOf(role, of), { ...place, ...(role === "none" ? {} : { role }) }]),
    ),
  );
}

export function dataOf({ body }: Answered): JsonObject {
  const { data } = body;
  return isObject(data) ? data : {};
}

/** The ids of a list. */
export function idsOf({ body }: Answered): readonly unknown[] {
  const { data } = body;
  return Array.isArray(data) ? data.map((item) => (isObject(item) ? item["id"] : undefined)) : [];
}
