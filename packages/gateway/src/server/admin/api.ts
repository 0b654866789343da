import type { Permission } from "../permissions.ts";
import type { Route } from "../route.ts";
import { type AdminHandler, type AnswerOptions, openCall, openPublicCall } from "./answer.ts";
import { StatusError } from "./status.ts";

/** A row of an API: what is asked, what it takes, and who answers. */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:id` where an id stands; mounted under every prefix. */
  readonly path: string;
  readonly permission: Permission;
  readonly handler: AdminHandler;
}

const methods: readonly ApiRoute["method"][] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The rows as routes of the server; every other method at their paths is told which ones there are. */
export function apiRoutes(rows: readonly ApiRoute[], options: Omit<AnswerOptions, "path">): readonly Route[] {
  const paths = [...new Set(rows.map(({ path }) => path))];
  return [
    ...rows.map(
      ({ method, path, permission, handler }): Route => ({
        method: [method],
        path,
        permission,
        open: (arrival) => openCall(arrival, handler, { ...options, path }),
      }),
    ),
    ...paths.flatMap((path) => otherMethods(path, rows, options)),
  ];
}

function otherMethods(path: string, rows: readonly ApiRoute[], options: Omit<AnswerOptions, "path">): readonly Route[] {
  const allowed = rows.filter((row) => row.path === path).map(({ method }) => method);
  const others = methods.filter((method) => !allowed.includes(method));
  if (others.length === 0) return [];
  const allow = allowed.join(", ");
  const error = new StatusError(
    { status: 405, code: "unimplemented" },
    `Only these methods are allowed here: ${allow}.`,
  );
  const answer = { status: error.status, body: options.errorBody(error), headers: { allow } };
  return [
    {
      method: others,
      path,
      permission: "public",
      open: (arrival) => openPublicCall(arrival, answer, { ...options, path }),
    },
  ];
}
