import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "@signalbox/protocol";
import type { StoredKey } from "../../../store/accounts/accounts.ts";
import type { AdminAnswer, AdminCall } from "../answer.ts";
import type { ApiRoute } from "../api.ts";
import { StatusError } from "../status.ts";
import type { AccountParts } from "./account-parts.ts";
import { limitOf } from "./key-fields.ts";
import type { KeyService, ShownOnce } from "./key-service.ts";
import { etagOf, shownKey } from "./key-view.ts";
import { answerPage } from "./owner-routes.ts";
import { readPaging } from "./paging.ts";
import { shownSpending } from "./spending.ts";

const list = "/v1/keys";
const one = `${list}/:id`;

export type KeyRouteParts = Pick<AccountParts, "spending" | "now">;

/** AnyRouter's keys, which are OpenRouter's: https://openrouter.ai/docs/api-reference/api-keys */
export function keyRoutes(service: KeyService, { spending, now }: KeyRouteParts): readonly ApiRoute[] {
  const answerOne = (key: StoredKey): AdminAnswer => ({
    status: 200,
    body: { data: shownKey(key, now()) },
    headers: { etag: etagOf(key) },
  });
  const answerOnce = (status: number, { secret, key }: ShownOnce): AdminAnswer => ({
    status,
    body: { key: secret, data: shownKey(key, now()) },
    headers: { etag: etagOf(key) },
  });
  return [
    {
      method: "POST",
      path: list,
      permission: "keys:write",
      handler: async (call) => answerOnce(201, await service.create(await call.body(), call)),
    },
    {
      method: "GET",
      path: list,
      permission: "keys:read",
      handler: async (call) => {
        const page = await service.list(readPaging(call.query), call);
        return answerPage(page, (key) => shownKey(key, now()));
      },
    },
    {
      method: "GET",
      path: one,
      permission: "keys:read",
      handler: async (call) => {
        const key = await service.get(call.id, call);
        const limit = limitOf(key.policy.budgets);
        const spent = await shownSpending(spending, key.id, { limit, now: now() });
        return { status: 200, body: { data: { ...shownKey(key, now()), ...spent } }, headers: { etag: etagOf(key) } };
      },
    },
    {
      method: "PATCH",
      path: one,
      permission: "keys:write",
      handler: async (call) => {
        const change = { body: await call.body(), ifMatch: call.headers["if-match"] };
        return answerOne(await service.update(call.id, change, call));
      },
    },
    {
      method: "DELETE",
      path: one,
      permission: "keys:write",
      handler: async (call) => {
        await service.remove(call.id, call);
        return { status: 200, body: { deleted: true } };
      },
    },
    {
      method: "POST",
      path: `${one}/rotate`,
      permission: "keys:write",
      handler: async (call) => answerOnce(200, await service.rotate(call.id, await optionalBody(call), call)),
    },
    {
      method: "POST",
      path: `${one}/reveal`,
      permission: "keys:write",
      handler: async (call) => {
        await service.get(call.id, call);
        throw new StatusError(
          { status: 409, code: "failedPrecondition" },
          "A key is shown once, when it is made: only its digest is kept. Rotate it to get another.",
        );
      },
    },
  ];
}

async function optionalBody({ headers, body }: Pick<AdminCall, "headers" | "body">): Promise<JsonObject> {
  return hasBody(headers) ? body() : {};
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
