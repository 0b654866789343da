import type { IncomingHttpHeaders } from "node:http";
import { isObject, type JsonObject } from "@signalbox/protocol";
import { type RouterShape, renderRouter } from "../../config/router-document.ts";
import type { RouterChange } from "../../config/routers/merge.ts";
import { toCamel } from "../../config/routers/record.ts";
import type { AdminAnswer, AdminHandler } from "./answer.ts";
import type { ApiRoute } from "./api.ts";
import { createOperations } from "./operations.ts";
import type { AdminRouter, RouterAdmin } from "./router-admin.ts";
import {
  createRouterService,
  type PageQuery,
  type Precondition,
  type RouterAudit,
  type RouterService,
  type ServicePage,
} from "./router-service.ts";
import { badRequest, notFound } from "./status.ts";

export interface RouterApiOptions {
  readonly admin: RouterAdmin;
  readonly audit: RouterAudit;
}

/** The router API: the vendor's at `/router/v1/routers`, the OpenAPI document's at `/v1/routers`. */
export function routerRoutes({ admin, audit }: RouterApiOptions): readonly ApiRoute[] {
  const service = createRouterService(admin, audit);
  return [...vendorRoutes(service), ...rulesRoutes(service)];
}

/** https://docs.inworld.ai/api-reference/routerAPI/routerservice/create-router and its neighbours. */
function vendorRoutes(service: RouterService): readonly ApiRoute[] {
  const operations = createOperations();
  const done = (verb: "Create" | "Update", found: AdminRouter): AdminAnswer => {
    const response = { "@type": "type.googleapis.com/signalbox.router.v1.Router", ...shown(found, "vendor") };
    return {
      status: 200,
      body: operations.finished(verb, `routers/${found.router.name}`, response),
      headers: etagOf(found),
    };
  };
  const list = "/router/v1/routers";
  const one = `${list}/:id`;
  const poll: AdminHandler = async ({ id }) => {
    const operation = operations.get(id);
    if (operation !== undefined) return { status: 200, body: operation };
    throw notFound("There is no such operation. Operations are done when they are answered with, and soon forgotten.");
  };
  return [
    {
      method: "POST",
      path: list,
      permission: "routers:write",
      handler: async ({ body, query, actor }) =>
        done("Create", await service.create(await body(), { actor, id: parameter(query, "routerId") })),
    },
    {
      method: "GET",
      path: list,
      permission: "routers:read",
      handler: async ({ query }) => answerList(await service.list(pageQuery(query, 50)), "vendor"),
    },
    {
      method: "GET",
      path: one,
      permission: "routers:read",
      handler: async ({ id }) => answerOne(await service.get(nameOf(id)), "vendor"),
    },
    {
      method: "PATCH",
      path: one,
      permission: "routers:write",
      handler: async ({ id, body, query, headers, actor }) => {
        const change = changeOf(await body(), query);
        return done(
          "Update",
          await service.update(nameOf(id), change, { actor, only: precondition(headers, change.body) }),
        );
      },
    },
    {
      method: "DELETE",
      path: one,
      permission: "routers:write",
      handler: async ({ id, headers, actor }) => {
        await service.remove(nameOf(id), { actor, only: precondition(headers) });
        return { status: 200, body: operations.finished("Delete", `routers/${nameOf(id)}`, {}) };
      },
    },
    { method: "GET", path: "/router/v1/operations/:id", permission: "routers:read", handler: poll },
    // Where the vendor's own plugin for coding agents polls.
    { method: "GET", path: "/lro/v1alpha/operations/:id", permission: "routers:read", handler: poll },
  ];
}

/** The OpenAPI document: plain objects, and nothing to poll. */
function rulesRoutes(service: RouterService): readonly ApiRoute[] {
  const list = "/v1/routers";
  const one = `${list}/:id`;
  return [
    {
      method: "POST",
      path: list,
      permission: "routers:write",
      handler: async ({ body, query, actor }) =>
        answerOne(await service.create(await body(), { actor, id: parameter(query, "routerId") }), "rules"),
    },
    {
      method: "GET",
      path: list,
      permission: "routers:read",
      // The document knows no pages: who follows it asks once.
      handler: async ({ query }) => answerList(await service.list(pageQuery(query, largestPage)), "rules"),
    },
    {
      method: "GET",
      path: one,
      permission: "routers:read",
      handler: async ({ id }) => answerOne(await service.get(nameOf(id)), "rules"),
    },
    {
      method: "PATCH",
      path: one,
      permission: "routers:write",
      handler: async ({ id, body, query, headers, actor }) => {
        const change = changeOf(await body(), query);
        return answerOne(
          await service.update(nameOf(id), change, { actor, only: precondition(headers, change.body) }),
          "rules",
        );
      },
    },
    {
      method: "DELETE",
      path: one,
      permission: "routers:write",
      handler: async ({ id, headers, actor }) => {
        await service.remove(nameOf(id), { actor, only: precondition(headers) });
        return { status: 204 };
      },
    },
  ];
}

const nameOf = (id: string): string => id.replace(/^routers\//, "");

function shown({ router, stored }: AdminRouter, shape: RouterShape): JsonObject {
  const document = renderRouter(router, shape);
  if (stored === undefined) return { ...document, readOnly: true };
  return {
    ...document,
    createTime: stored.createdAt.toISOString(),
    updateTime: stored.updatedAt.toISOString(),
    etag: `"${stored.revision}"`,
  };
}

const etagOf = ({ stored }: AdminRouter): Readonly<Record<string, string>> =>
  stored === undefined ? {} : { etag: `"${stored.revision}"` };

const answerOne = (found: AdminRouter, shape: RouterShape): AdminAnswer => ({
  status: 200,
  body: shown(found, shape),
  headers: etagOf(found),
});

function answerList({ routers, nextPageToken }: ServicePage, shape: RouterShape): AdminAnswer {
  const body = { routers: routers.map((router) => shown(router, shape)) };
  return { status: 200, body: nextPageToken === undefined ? body : { ...body, nextPageToken } };
}

/** A parameter in either spelling; undefined when it is empty. */
function parameter(query: URLSearchParams, camel: string): string | undefined {
  const found = [...query].find(([name, value]) => toCamel(name) === camel && value !== "");
  return found?.[1];
}

const largestPage = 1000;

/** As in Google's APIs, 0 is the default and what is too large is the largest. https://google.aip.dev/158 */
function pageQuery(query: URLSearchParams, standard: number): PageQuery {
  const written = parameter(query, "pageSize") ?? "0";
  if (!/^\d{1,9}$/.test(written)) throw badRequest([{ path: ["page_size"], message: "must be a whole number" }]);
  const size = Number(written) === 0 ? standard : Math.min(Number(written), largestPage);
  return { size, token: parameter(query, "pageToken") };
}

/** The body is the router, or `{ router, updateMask }`; the mask may stand in the query. */
function changeOf(body: JsonObject, query: URLSearchParams): RouterChange {
  const { router, ...rest } = body;
  const wrapped = isObject(router);
  const inner = wrapped ? Object.entries(rest).filter(([key]) => toCamel(key) === "updateMask") : [];
  const strange = wrapped ? Object.keys(rest).filter((key) => toCamel(key) !== "updateMask") : [];
  if (strange.length > 0) throw badRequest(strange.map((key) => ({ path: [key], message: "unknown field" })));
  const mask = parameter(query, "updateMask") ?? inner.map(([, value]) => String(value)).at(0);
  const document = wrapped ? router : body;
  return mask === undefined ? { body: document } : { body: document, mask: mask.split(",").map((path) => path.trim()) };
}

/** `If-Match`, or the `etag` of the body, as in https://google.aip.dev/154. What is no tag of ours matches nothing. */
function precondition(headers: IncomingHttpHeaders, body: JsonObject = {}): Precondition {
  const header = headers["if-match"];
  if (header !== undefined && header.trim() !== "*") return { revision: revisionOf(header), status: 412 };
  const { etag } = body;
  return { revision: typeof etag === "string" && etag !== "" ? revisionOf(etag) : undefined, status: 409 };
}

function revisionOf(tag: string): number {
  const digits = /^"?(\d{1,15})"?$/.exec(tag.trim())?.[1];
  return digits === undefined ? -1 : Number(digits);
}
