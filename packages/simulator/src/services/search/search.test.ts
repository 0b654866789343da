import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../server.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const ask = async (path: string, headers: Record<string, string> = {}, body?: unknown) => {
  const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(simulator.url + path, {
    headers: { "content-type": "application/json", ...headers },
    ...posted,
  });
  return { status: answer.status, body: await answer.json() };
};

describe("the search engines", () => {
  it("find the same for the same query", async () => {
    const path = "/brave/res/v1/web/search?q=two%20words&count=2";
    const [one, other] = [
      await ask(path, { "x-subscription-token": "k" }),
      await ask(path, { "x-subscription-token": "k" }),
    ];
    expect(one).toEqual(other);
    expect(one).toMatchObject({
      status: 200,
      body: { type: "search", web: { results: [{ url: "https://pages.example.org/two-words/1" }, {}] } },
    });
  });

  it.each([
    ["/searxng/search?q=x", {}, undefined, 403],
    ["/searxng/search?format=json", {}, undefined, 400],
    ["/brave/res/v1/web/search?q=x", {}, undefined, 422],
    ["/brave/res/v1/web/search?q=x&count=21", { "x-subscription-token": "k" }, undefined, 422],
    ["/brave/res/v1/web/search?q=x&max=3", { "x-subscription-token": "k" }, undefined, 422],
    ["/tavily/search", {}, { query: "x" }, 401],
    ["/tavily/search", { authorization: "Bearer k" }, { query: "x".repeat(401) }, 400],
    ["/exa/search", {}, { query: "x" }, 401],
    ["/exa/search", { "x-api-key": "k" }, { query: "x", numResults: 0 }, 400],
  ] as const)("refuse %s as their vendors do", async (...[path, headers, body, status]) => {
    expect((await ask(path, headers, body)).status).toBe(status);
  });
});
