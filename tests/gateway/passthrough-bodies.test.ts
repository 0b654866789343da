import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BareRig, begin, listen, SECRET, SMALL, startBareRig } from "./passthrough-support.ts";
import { startRig } from "./support.ts";

let bare: BareRig;
beforeAll(async () => {
  bare = await startBareRig();
});
afterAll(() => bare.close());
beforeEach(() => bare.reset());

const pass: BareRig["pass"] = (line, call) => bare.pass(line, call);

describe("bodies", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE"])(
    "of %s go on byte by byte, and the answer's come back",
    async (method) => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      bare.vendor.answer = (_request, response, body) => {
        response.writeHead(201, { "content-type": "application/octet-stream" });
        response.end(body);
      };
      const answer = await pass(`${method} /openish/v1/things`, {
        raw: bytes,
        headers: { "content-type": "multipart/form-data; boundary=x", "content-length": String(bytes.length) },
      });
      expect(answer.status).toBe(201);
      expect(bare.vendor.seen[0]?.body.equals(bytes)).toBe(true);
      expect(bare.vendor.seen[0]?.headers["content-type"]).toBe("multipart/form-data; boundary=x");
    },
  );

  test("that are announced to be too large ask nobody", async () => {
    const answer = await pass("POST /openish/v1/files", { raw: Buffer.alloc(SMALL + 100_000) });
    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining("larger than")]);
    expect(bare.vendor.seen).toEqual([]);
  });

  test("that turn out to be too large are cut off", async () => {
    const answer = await sendChunked("/passthrough/openish/v1/files", SMALL + 200_000);
    expect(answer).toBe(413);
    expect(bare.vendor.seen).toEqual([]);
  });

  test("of unknown length arrive whole", async () => {
    expect(await sendChunked("/passthrough/openish/v1/files", 200_000)).toBe(200);
    expect(bare.vendor.seen[0]?.body.length).toBe(200_000);
  });

  test("go on while they come", async () => {
    const arrived = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const early = await listen((request, response) => {
      request.once("data", () => arrived.resolve());
      request.on("end", () => response.end("whole"));
    });
    const other = await startRig({
      moreProviders: () => ({
        slow: { auth: "none", models: ["m"], endpoints: { "openai-chat": { baseUrl: `${early.url}/v1` } } },
      }),
    });
    const outgoing = begin(other.gateway.url, "/passthrough/slow/v1/files");
    outgoing.on("response", (incoming) => {
      incoming.resume();
      answered.resolve();
    });
    outgoing.write("the first half, ");
    await arrived.promise;
    outgoing.end("and the second");
    await answered.promise;
    await other.close();
    early.close();
  });
});

function sendChunked(path: string, size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = begin(bare.rig.gateway.url, path);
    outgoing.on("response", (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on("error", reject);
    for (let sent = 0; sent < size; sent += 10_000) outgoing.write(Buffer.alloc(10_000));
    outgoing.end();
  });
}

describe("answers", () => {
  test("are relayed event by event, before there is an end", async () => {
    const go = Promise.withResolvers<void>();
    bare.vendor.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: one\n\n");
      void go.promise.then(() => response.end("data: two\n\n"));
    };
    const outgoing = begin(bare.rig.gateway.url, "/passthrough/openish/v1/realtime");
    outgoing.end("{}");
    const [incoming]: IncomingMessage[] = await once(outgoing, "response");
    const [first] = await once(incoming ?? outgoing, "data");
    expect(String(first)).toBe("data: one\n\n");
    go.resolve();
    const [second] = await once(incoming ?? outgoing, "data");
    expect(String(second)).toBe("data: two\n\n");
  });

  test("that are refusals keep the provider's bytes and status, but for the operator's secret", async () => {
    const body = `{"error":{"message":"No such file, ${SECRET}","type":"invalid_request_error"},"odd":[1 ,2]}`;
    bare.vendor.answer = (_request, response) => {
      response.writeHead(404, { "content-type": "application/json", "set-cookie": "a=b" });
      response.end(body);
    };
    const answer = await pass("GET /openish/v1/files/none");
    expect([answer.status, answer.text]).toEqual([404, body.replace(SECRET, "[redacted]")]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(JSON.stringify(bare.rig.log)).not.toContain(SECRET);
    expect((await bare.rows(1))[0]).toMatchObject({ state: "failed", status: 404, unpriced: false });
  });

  test("a refusal of the operator's credential is a failure of the upstream, and none of its words are told", async () => {
    bare.vendor.answer = (_request, response) => {
      response.writeHead(401, { "content-type": "application/json" });
      response.end('{"error":{"message":"Incorrect API key provided: the-oper**ial.","code":"invalid_api_key"}}');
    };
    const answer = await pass("GET /openish/v1/files/none");
    expect(answer.status).toBe(502);
    expect(answer.text).not.toContain("the-oper");
    expect(answer.headers["www-authenticate"]).toBeUndefined();
  });

  test("that lead elsewhere are not followed", async () => {
    bare.vendor.answer = (_request, response) => {
      response.writeHead(307, { location: `${bare.vendor.url}/v1/other` });
      response.end();
    };
    const answer = await pass("GET /openish/v1/files");
    expect([answer.status, bare.vendor.seen.length]).toEqual([502, 1]);
    expect(answer.headers.location).toBeUndefined();
  });

  test("without a body, and such as are not modified, come as they are", async () => {
    for (const status of [204, 304]) {
      bare.vendor.answer = (_request, response) => response.writeHead(status, { etag: '"1"' }).end();
      const answer = await pass("GET /openish/v1/files/1");
      expect([answer.status, answer.text, answer.cut]).toEqual([status, "", false]);
    }
  });

  test("that break off break off", async () => {
    bare.vendor.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": "100" });
      response.write("half");
      setImmediate(() => response.destroy());
    };
    const answer = await pass("GET /openish/v1/files/1/content");
    expect(answer.cut).toBe(true);
  });

  test("are given up with their client", async () => {
    const closed = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    bare.vendor.answer = (_request, response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.write("half");
      begun.resolve();
    };
    const outgoing = begin(bare.rig.gateway.url, "/passthrough/openish/v1/files/1/content");
    outgoing.on("error", () => undefined);
    outgoing.end();
    await begun.promise;
    outgoing.destroy();
    await closed.promise;
  });

  test("that do not come are one failure, and no second try", async () => {
    const answer = await pass("POST /dead/v1/files", { raw: "x" });
    expect(answer.status).toBe(502);
    expect(answer.headers["x-signalbox-attempts"]).toBe("1");
  });
});
