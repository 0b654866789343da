import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { GatewayError } from "@signalbox/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Form, type FormEdits, PART_LIMITS } from "./form.ts";
import { readForm } from "./read-form.ts";

const MEGABYTE = 1024 * 1024;
let server: Server;
let folder: string;
let url: string;
/** What becomes of the next request. */
let handle: (request: IncomingMessage) => Promise<unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-forms-"));
  server = createServer((request, response) => {
    void handle(request).then((value) => {
      response.end(JSON.stringify(value ?? null));
      request.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly body: Buffer | string | Readable;
  readonly type?: string;
  readonly length?: number;
}

/** Sends bytes, and tells how `read` sees them on the other side. */
async function arriving<T>(sent: Sent, read: (form: Form, request: IncomingMessage) => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  handle = async (request) => {
    try {
      const form = readForm(request, {
        limits: { ...PART_LIMITS, totalBytes: 4 * MEGABYTE },
        folder,
        single: ["model"],
        onFailure: () => undefined,
      });
      resolve(await read(form, request).finally(() => form.discard()));
    } catch (error) {
      reject(error);
    }
  };
  const outgoing = httpRequest(url, {
    method: "POST",
    headers: {
      "content-type": sent.type ?? "multipart/form-data; boundary=b",
      ...(sent.length === undefined ? {} : { "content-length": sent.length }),
    },
  });
  outgoing.on("error", () => undefined);
  outgoing.on("response", (response) => response.resume());
  if (sent.body instanceof Readable) sent.body.pipe(outgoing);
  else outgoing.end(sent.body);
  return promise.finally(() => outgoing.destroy());
}

const failure = (sent: Sent) =>
  arriving(sent, (form) => form.done).then(
    () => "no failure",
    (error: unknown) => (error instanceof GatewayError ? `${error.code}: ${error.message}` : error),
  );

interface Piece {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly value: string | Buffer;
}

function written(pieces: readonly Piece[], boundary = "b"): Buffer {
  const parts = pieces.flatMap(({ name, filename, type, value }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n`,
    type === undefined ? "" : `content-type: ${type}\r\n`,
    "\r\n",
    value,
    "\r\n",
  ]);
  return Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)));
}

/** What is in a form, told by another reader than ours: Node's own. */
async function understood(contentType: string, body: Buffer) {
  const data = await new Response(body, { headers: { "content-type": contentType } }).formData();
  return Promise.all(
    [...data].map(async ([name, value]) =>
      typeof value === "string"
        ? { name, value }
        : { name, filename: value.name, type: value.type, digest: digest(Buffer.from(await value.arrayBuffer())) },
    ),
  );
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const encoded = (sent: Sent, edits: FormEdits, when: "at once" | "when it is whole") =>
  arriving(sent, async (form) => {
    if (when === "when it is whole") await form.done;
    const { contentType, length, body } = form.encode(edits);
    const [first, second] = await Promise.all([buffer(body()), buffer(body())]);
    expect(second).toEqual(first);
    expect(length).toBe(when === "at once" ? undefined : first.length);
    return understood(contentType, first);
  });

const sound = randomBytes(300_000);
const form: readonly Piece[] = [
  { name: "file", filename: 'say "hi"\u00e4\\x.wav'.replaceAll('"', "%22"), type: "audio/wav; codecs=1", value: sound },
  { name: "empty", value: "" },
  { name: "model", value: "sim-model" },
  { name: "tags[]", value: "one" },
  { name: "tags[]", value: "two\r\n--" },
];

describe("a form that is written anew", () => {
  for (const when of ["at once", "when it is whole"] as const) {
    test(`is the same in all but the model, ${when}`, async () => {
      expect(await encoded({ body: written(form) }, { replace: { model: "upstream" } }, when)).toEqual([
        { name: "file", filename: 'say "hi"\u00e4\\x.wav', type: "audio/wav; codecs=1", digest: digest(sound) },
        { name: "empty", value: "" },
        { name: "model", value: "upstream" },
        { name: "tags[]", value: "one" },
        { name: "tags[]", value: "two\r\n--" },
      ]);
    });

    test(`calls fields as the upstream does, and leaves out what it does not take, ${when}`, async () => {
      const body = written([
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ]);
      const edits = { replace: { model: "upstream" }, fields: { a: "alpha", b: null } };
      expect(await encoded({ body }, edits, when)).toEqual([
        { name: "alpha", value: "1" },
        { name: "model", value: "upstream" },
      ]);
    });
  }

  test("is what was sent, whatever that was and wherever it was cut into pieces", async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((text) => !/["\\\r\n\0]|%0|%2/.test(text.trim()) && text.trim() === text && text !== "model");
    const pieces = fc.array(
      fc.record({ name, value: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)) }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 4000 }), async (list, size) => {
        const files = list.map((piece) => ({ ...piece, filename: "f", type: "a/b" }));
        const body = written(files, "a-boundary-that-nobody-guesses");
        const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, at) =>
          body.subarray(at * size, (at + 1) * size),
        );
        const sent = {
          body: Readable.from(chunks),
          type: 'multipart/form-data; boundary="a-boundary-that-nobody-guesses"',
        };
        expect(await encoded(sent, { replace: {} }, "at once")).toEqual(
          files.map((file) => ({ name: file.name, filename: "f", type: "a/b", digest: digest(file.value) })),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("while the client still sends", () => {
  test("a field is known as soon as it is whole, and what stands before the rest goes on at once", async () => {
    const gate = Promise.withResolvers<void>();
    const body = Readable.from(
      (async function* () {
        yield '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nsim\r\n--b\r\n';
        yield 'content-disposition: form-data; name="file"; filename="x"\r\n\r\nthe first bytes';
        await gate.promise;
        yield " and the last\r\n--b--\r\n";
      })(),
    );
    const text = await arriving({ body }, async (form) => {
      expect(await form.field("model")).toBe("sim");
      const chunks: Buffer[] = [];
      for await (const chunk of form.encode({ replace: { model: "other" } }).body()) {
        chunks.push(Buffer.from(chunk));
        if (Buffer.concat(chunks).includes("the first bytes")) gate.resolve();
      }
      expect(form.isComplete()).toBe(true);
      return Buffer.concat(chunks).toString();
    });
    expect(text).toContain("\r\n\r\nother\r\n");
    expect(text).toContain("the first bytes and the last\r\n");
  });

  test("a field that never comes is undefined at the end", async () => {
    expect(
      await arriving({ body: written([{ name: "x", value: "1" }]) }, (form) => form.field("model")),
    ).toBeUndefined();
  });

  test("a form that is cut ends all that wait for it", async () => {
    const body = new Readable({ read: () => undefined });
    body.push('--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\nabc');
    const endings = await arriving({ body }, async (form, request) => {
      await form.part(0);
      const reading = buffer(form.encode({ replace: {} }).body());
      request.destroy();
      return Promise.allSettled([form.field("model"), form.part(1), reading, form.done]);
    });
    const reasons = endings.map((ending) => (ending.status === "rejected" ? ending.reason?.code : "fulfilled"));
    expect(reasons).toEqual(["client_closed", "client_closed", "client_closed", "client_closed"]);
  });
});

describe("is refused", () => {
  const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n';
  const cases: readonly (readonly [string, Sent, RegExp])[] = [
    ["JSON", { body: "{}", type: "application/json" }, /^unsupported_media_type/],
    ["no boundary", { body: `${part}--b--`, type: "multipart/form-data" }, /^invalid_request.*boundary/],
    ["two boundaries", { body: "", type: "multipart/form-data; boundary=a; boundary=b" }, /^invalid_request.*boundary/],
    [
      "a boundary of a kilobyte",
      { body: "", type: `multipart/form-data; boundary=${"a".repeat(1000)}` },
      /^invalid_request.*boundary/,
    ],
    [
      "a boundary that never comes",
      { body: part, type: "multipart/form-data; boundary=other" },
      /^invalid_request: The form is broken/,
    ],
    ["no end", { body: part }, /^invalid_request: The form is broken/],
    ["nothing at all", { body: "" }, /^invalid_request: The form is broken/],
    ["a part without a head", { body: `--b\r\n${part}--b--\r\n` }, /^invalid_request.*head/],
    [
      "a part without a name",
      { body: "--b\r\ncontent-disposition: form-data\r\n\r\n1\r\n--b--\r\n" },
      /no usable name/,
    ],
    [
      "a part that is no form's",
      { body: "--b\r\ncontent-disposition: attachment; name=a\r\n\r\n1\r\n--b--\r\n" },
      /not 'form-data'/,
    ],
    [
      "a name said twice",
      { body: '--b\r\ncontent-disposition: form-data; name="a"; name="model"\r\n\r\n1\r\n--b--\r\n' },
      /cannot be read/,
    ],
    [
      "two dispositions",
      {
        body: '--b\r\ncontent-disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="model"\r\n\r\n1\r\n--b--\r\n',
      },
      /more than one 'content-disposition'/,
    ],
    [
      "an encoding within",
      {
        body: '--b\r\ncontent-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64\r\n\r\nMQ==\r\n--b--\r\n',
      },
      /content-transfer-encoding/,
    ],
    [
      "two models",
      {
        body: written([
          { name: "model", value: "a" },
          { name: "model", value: "b" },
        ]),
      },
      /'model' more than once/,
    ],
    [
      "ten thousand parts",
      { body: written(Array.from({ length: 10_000 }, () => ({ name: "a", value: "1" }))) },
      /more than 200 parts/,
    ],
    [
      "a hundred files",
      { body: written(Array.from({ length: 100 }, () => ({ name: "a", filename: "f", value: "1" }))) },
      /more than 32 files/,
    ],
    [
      "a head of a thousand lines",
      { body: `--b\r\ncontent-disposition: form-data; name="a"\r\n${"x: y\r\n".repeat(1000)}\r\n1\r\n--b--\r\n` },
      /head of a part of the form is too long/,
    ],
    [
      "a name of a megabyte",
      { body: `--b\r\ncontent-disposition: form-data; name="${"a".repeat(MEGABYTE)}"\r\n\r\n1\r\n--b--\r\n` },
      /^invalid_request/,
    ],
    ["a head without an end", { body: `--b\r\nx: ${"a".repeat(MEGABYTE)}` }, /head of a part of the form is too long/],
    ["more than there may be, as its head says", { body: "", length: 5 * MEGABYTE }, /^request_too_large/],
    [
      "more than there may be",
      {
        body: Readable.from(
          (function* () {
            yield part.slice(0, -2);
            for (;;) yield Buffer.alloc(65_536);
          })(),
        ),
      },
      /^request_too_large/,
    ],
  ];
  for (const [name, sent, expected] of cases) {
    test(name, async () => {
      expect(await failure(sent)).toMatch(expected);
    });
  }

  test("a model that is a file, or longer than any name", async () => {
    const ask = (piece: Piece) =>
      arriving({ body: written([piece]) }, (form) => form.field("model")).catch((error: Error) => error.message);
    expect(await ask({ name: "model", filename: "x", value: "a" })).toMatch(/must be a field/);
    expect(await ask({ name: "model", value: "a".repeat(300_000) })).toMatch(/too long/);
    expect(await ask({ name: "model", value: Buffer.from([0xff]) })).toMatch(/UTF-8/);
  });
});
