import Fastify from "fastify";
import { expect, test } from "vitest";
import { recordRoutes } from "./register.ts";

test.each([undefined, {}, { permission: "everything" }])(
  "a route with %j as its row cannot be registered",
  (config) => {
    const app = Fastify();
    const routes = recordRoutes(app);
    const route = {
      method: "GET",
      url: "/secret",
      handler: () => undefined,
      ...(config === undefined ? {} : { config }),
    };
    expect(() => app.route(route)).toThrow("The route GET /secret names no permission.");
    expect(routes).toEqual([]);
  },
);

test("a route that says what it asks is in the list, with each of its methods", () => {
  const app = Fastify({ exposeHeadRoutes: false });
  const routes = recordRoutes(app);
  app.route({ method: ["GET", "POST"], url: "/a", config: { permission: "keys:read" }, handler: () => undefined });
  app.route({ method: "GET", url: "/b", config: { permission: "public" }, handler: () => undefined });
  expect(routes).toEqual([
    { method: "GET", path: "/a", permission: "keys:read" },
    { method: "POST", path: "/a", permission: "keys:read" },
    { method: "GET", path: "/b", permission: "public" },
  ]);
});
