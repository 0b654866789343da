import { isObject, type JsonObject } from "@signalbox/protocol";
import type { PathStep } from "../../config/issues.ts";
import type { Router } from "../../config/router.ts";
import { type ParsedRouter, parseRouter } from "../../config/router-document.ts";
import { mergeRouter, type RouterChange } from "../../config/routers/merge.ts";
import { toCamel } from "../../config/routers/record.ts";
import type { Actor, AuditEntry } from "../../store/accounts/accounts.ts";
import { readPageToken, writePageToken } from "../../store/page-token.ts";
import type { AdminRouter, RouterAdmin } from "./router-admin.ts";
import { badRequest, notFound, StatusError } from "./status.ts";

export interface PageQuery {
  readonly size: number;
  readonly token: string | undefined;
}

export interface ServicePage {
  readonly routers: readonly AdminRouter[];
  readonly nextPageToken?: string;
}

/** The revision that a change is made for, and how its sender said so. */
export interface Precondition {
  readonly revision: number | undefined;
  readonly status: 409 | 412;
}

export interface Creation {
  readonly actor: Actor;
  /** The name, where the request says it beside the body. */
  readonly id?: string | undefined;
}

export interface Alteration {
  readonly actor: Actor;
  readonly only?: Precondition;
}

/** What the router API does, whatever the shape that it is asked in. Everything throws StatusError. */
export interface RouterService {
  list(page: PageQuery): Promise<ServicePage>;
  get(name: string): Promise<AdminRouter>;
  create(body: JsonObject, by: Creation): Promise<AdminRouter>;
  update(name: string, change: RouterChange, by: Alteration): Promise<AdminRouter>;
  remove(name: string, by: Alteration): Promise<void>;
}

/** Notes a change that was made. Never rejects: a change that cannot be told of is one all the same. */
export type RouterAudit = (entry: Pick<AuditEntry, "action" | "subject" | "detail">, actor: Actor) => Promise<void>;

export function createRouterService(admin: RouterAdmin, audit: RouterAudit): RouterService {
  const inTurn = oneAtATime();
  const note = (action: string, name: string, detail: JsonObject = {}) => ({
    action: `router.${action}`,
    subject: `routers/${name}`,
    detail,
  });
  return {
    list: (page) => listRouters(admin, page),
    get: (name) => find(admin, name),
    create: (body, { id, actor }) =>
      inTurn(async () => {
        const created = await createRouter(admin, body, id);
        await audit(note("create", created.router.name), actor);
        return created;
      }),
    update: (name, change, { only, actor }) =>
      inTurn(async () => {
        const updated = await updateRouter(admin, { name, change, only });
        // The names of the fields alone: a router's templates are prompts.
        await audit(note("update", name, { fields: change.mask ?? Object.keys(change.body) }), actor);
        return updated;
      }),
    remove: (name, { only, actor }) =>
      inTurn(async () => {
        await removeRouter(admin, name, only);
        await audit(note("delete", name), actor);
      }),
  };
}

/** A check and the change that it allows must not be pulled apart by another change. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function listRouters(admin: RouterAdmin, { size, token }: PageQuery): Promise<ServicePage> {
  const after = token === undefined ? {} : { after: readPageToken(token) };
  const { routers, more } = await admin.list({ limit: size, ...after });
  const last = routers.at(-1);
  return more && last !== undefined ? { routers, nextPageToken: writePageToken(last.router.name) } : { routers };
}

async function find(admin: RouterAdmin, name: string): Promise<AdminRouter> {
  const found = await admin.get(name);
  if (found === undefined) throw notFound(`There is no router '${name.slice(0, 100)}'.`);
  return found;
}

/** One that can be changed. */
async function findStored(admin: RouterAdmin, name: string) {
  const { router, stored } = await find(admin, name);
  if (stored !== undefined) return { router, stored };
  throw new StatusError(
    { status: 403, code: "permissionDenied" },
    `The router '${router.name}' is written in the configuration file: change it there.`,
  );
}

async function createRouter(admin: RouterAdmin, body: JsonObject, id: string | undefined): Promise<AdminRouter> {
  const { document, within, idOf } = unwrap(body, id);
  const named = document["name"] === undefined && idOf !== undefined ? { ...document, name: idOf } : document;
  const router = await accept(admin, parseRouter(named), within);
  if (idOf !== undefined && router.name !== idOf.replace(/^routers\//, "")) {
    throw badRequest([{ path: ["router_id"], message: "is not the router's name" }]);
  }
  const created = await admin.create(router);
  if (created !== "exists") return created;
  throw new StatusError({ status: 409, code: "alreadyExists" }, `There is a router '${router.name}' already.`);
}

interface Unwrapped {
  readonly document: JsonObject;
  /** Where in the body the router stands. */
  readonly within: readonly PathStep[];
  readonly idOf: string | undefined;
}

/** The body is the router itself, or `{ router, routerId }`, as Google's way to write down requests would have it. */
function unwrap(body: JsonObject, id: string | undefined): Unwrapped {
  const { router } = body;
  if (!isObject(router)) return { document: body, within: [], idOf: id };
  const others = Object.entries(body).filter(([key]) => key !== "router");
  const unknown = others.filter(([key, value]) => toCamel(key) !== "routerId" || typeof value !== "string");
  if (unknown.length > 0) throw badRequest(unknown.map(([key]) => ({ path: [key], message: "unknown field" })));
  const said = others.map(([, value]) => String(value)).at(-1);
  return { document: router, within: ["router"], idOf: id ?? said };
}

/** The router, if nothing is wrong with it. Says where its author wrote what is. */
async function accept(admin: RouterAdmin, parsed: ParsedRouter, within: readonly PathStep[]): Promise<Router> {
  if (!parsed.ok) throw badRequest(parsed.issues.map(({ path, message }) => ({ path: [...within, ...path], message })));
  const issues = await admin.check(parsed.router);
  if (issues.length === 0) return parsed.router;
  throw badRequest(issues.map(({ path, message }) => ({ path: [...within, ...parsed.written(path)], message })));
}

interface Update {
  readonly name: string;
  readonly change: RouterChange;
  readonly only: Precondition | undefined;
}

/** Another replica may be faster now and then, but not for ever. */
const tries = 5;

async function updateRouter(admin: RouterAdmin, { name, change, only }: Update): Promise<AdminRouter> {
  for (let left = tries; left > 0; left -= 1) {
    const { router, stored } = await findStored(admin, name);
    expectRevision(stored.revision, only);
    const next = await accept(admin, mergeRouter(router, change), []);
    const updated = await admin.update(next, stored.revision);
    if (updated === "not-found") throw notFound(`There is no router '${name}'.`);
    if (updated !== "changed") return updated;
  }
  throw new StatusError(
    { status: 409, code: "aborted" },
    `The router '${name}' is being changed by others: try again.`,
  );
}

function expectRevision(revision: number, only: Precondition | undefined): void {
  if (only?.revision === undefined || only.revision === revision) return;
  throw new StatusError(
    { status: only.status, code: "aborted" },
    "The router was changed since: read it again, and change what you read.",
  );
}

async function removeRouter(admin: RouterAdmin, name: string, only: Precondition | undefined): Promise<void> {
  const { router, stored } = await findStored(admin, name);
  expectRevision(stored.revision, only);
  const users = await admin.usersOf(router.name);
  if (users.length > 0) throw inUse(router.name, users);
  if ((await admin.remove(router.name)) === "not-found") throw notFound(`There is no router '${name}'.`);
}

function inUse(name: string, users: readonly string[]): StatusError {
  const shown = users.slice(0, 10);
  const rest = users.length > shown.length ? ` and ${users.length - shown.length} more` : "";
  const list = shown.map((user) => `'${user}'`).join(", ");
  return new StatusError(
    { status: 409, code: "failedPrecondition" },
    `The router '${name}' is used by ${list}${rest}: change that first.`,
    [
      {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        violations: shown.map((user) => ({
          type: "USED_BY",
          subject: `routers/${user}`,
          description: `A variant of it names '${name}'.`,
        })),
      },
    ],
  );
}
