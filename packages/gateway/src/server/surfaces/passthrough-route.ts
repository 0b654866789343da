import type { IncomingMessage } from "node:http";
import type { ClientKey } from "../../config/settings.ts";
import { passThrough } from "../../pipeline/bare/pass-through.ts";
import type { Surface } from "../../pipeline/exchange.ts";
import type { Call } from "../route.ts";
import type { DataRoute } from "../routes.ts";
import { dialectOfCaller, queryOf } from "./shape.ts";

/** What clients put into a query to be let in; `queryOf` has taken Gemini's. */
const CREDENTIALS = ["access_token", "api_key", "api-key", "subscription-key"];

/** Any method but those of browsers and proxies. */
export const PASSTHROUGH_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** `/passthrough/{provider}/{path}`: the provider's own API under the operator's account. */
export const PASSTHROUGH_ROUTE: DataRoute = {
  path: "/passthrough/:provider/*",
  permission: "passthrough",
  surface: surfaceOf,
  run: passThrough,
};

/** Whose API it is says the provider, which is looked up by who runs the request; until then no policy of surfaces can be asked. */
export function withoutSurface({ run, refuse }: Call<[ClientKey]>): Call<[ClientKey]> {
  return { run, refuse };
}

/** As far as it is known before the provider is: it matters for those who are not let in. */
function surfaceOf(request: IncomingMessage): Surface {
  const query = new URLSearchParams(queryOf(request));
  for (const name of CREDENTIALS) query.delete(name);
  return { dialect: dialectOfCaller(request), operation: "passthrough", framing: "sse", query: query.toString() };
}
