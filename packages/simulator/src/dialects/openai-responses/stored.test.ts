import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../index.ts";
import { at, post } from "../../testing/client.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const ask = async (body: object) =>
  (await post({ url: `${simulator.url}/v1/responses`, body: { model: "m", ...body } })).json;

async function call(method: string, path: string) {
  const answer = await fetch(`${simulator.url}/v1/responses/${path}`, { method });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}

describe("stored responses", () => {
  it("are read, listed, gone on from and deleted", async () => {
    const first = await ask({ input: "[[say one]]" });
    expect((await call("GET", String(first["id"]))).json).toEqual(first);
    const second = await ask({ input: "two", previous_response_id: first["id"] });
    const items = await call("GET", `${String(second["id"])}/input_items?order=asc&limit=2`);
    expect(items.json).toMatchObject({
      object: "list",
      has_more: true,
      data: [{ role: "user" }, { role: "assistant" }],
    });
    expect((await call("DELETE", String(first["id"]))).json).toMatchObject({ deleted: true });
    const gone = await call("GET", String(first["id"]));
    expect([gone.status, at(gone.json, "error", "type")]).toEqual([404, "invalid_request_error"]);
  });

  it("are not kept with store: false", async () => {
    const answer = await ask({ input: "hi there", store: false });
    expect((await call("GET", String(answer["id"]))).status).toBe(404);
  });

  it("run in the background until somebody asks, and are cancelled before that only", async () => {
    const done = await ask({ input: "[[say done]]", background: true });
    expect(done).toMatchObject({ status: "queued", output: [] });
    expect((await call("GET", String(done["id"]))).json).toMatchObject({ status: "completed", background: true });
    expect((await call("POST", `${String(done["id"])}/cancel`)).json).toMatchObject({ status: "completed" });
    const cancelled = await ask({ input: "[[say never]]", background: true });
    expect((await call("POST", `${String(cancelled["id"])}/cancel`)).json).toMatchObject({ status: "cancelled" });
    const refused = await ask({ input: "x", background: true, store: false });
    expect(at(refused, "error", "param")).toBe("store");
  });

  it("that are not in the background cannot be cancelled", async () => {
    const answer = await ask({ input: "plain" });
    expect((await call("POST", `${String(answer["id"])}/cancel`)).status).toBe(400);
  });
});
