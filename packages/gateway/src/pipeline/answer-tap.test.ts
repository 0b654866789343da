import { createServer, type RequestListener, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type AnswerTap, tapAnswer } from "./answer-tap.ts";

/** One request to a server that answers so; what the client read. */
async function answered(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return await new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port }, (response) => resolve(text(response)))
        .on("error", reject)
        .end();
    });
  } finally {
    server.close();
  }
}

test("reads along, of texts and bytes alike, and changes nothing", async () => {
  let tap: AnswerTap | undefined;
  const read = await answered((_request, response) => {
    tap = tapAnswer(response, { limit: 100 });
    response.write("ü1 ");
    response.write(Buffer.from("2 "));
    expect(tap.isEnded()).toBe(false);
    response.end("3");
  });
  expect(read).toBe("ü1 2 3");
  expect(tap?.bytes().toString()).toBe(read);
  expect(tap?.size()).toBe(7);
  expect(tap?.isEnded()).toBe(true);
});

test("keeps the beginning, and counts all", async () => {
  let tap: AnswerTap | undefined;
  await answered((_request, response) => {
    tap = tapAnswer(response, { limit: 10 });
    for (let at = 0; at < 5; at++) response.write(`${at}${at}${at}`);
    response.end();
  });
  expect(tap?.bytes().toString()).toBe("0001112223");
  expect(tap?.size()).toBe(15);
});

test("the end waits for what is to be done before it, and nothing comes behind it", async () => {
  const order: string[] = [];
  const read = await answered((_request, response) => {
    response.on("finish", () => order.push("sent"));
    tapAnswer(response, {
      limit: 100,
      beforeEnd: async (tap) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(tap.bytes().toString());
      },
    });
    response.write("a");
    response.end("b");
    response.end("c");
    response.write("d");
  });
  expect(read).toBe("ab");
  expect(order).toEqual(["ab", "sent"]);
});

test("several may read along", async () => {
  const taps: AnswerTap[] = [];
  await answered((_request, response) => {
    taps.push(tapAnswer(response, { limit: 2 }), tapAnswer(response, { limit: 100, beforeEnd: async () => {} }));
    response.end("abc");
  });
  expect(taps.map((tap) => tap.bytes().toString())).toEqual(["ab", "abc"]);
});

test("the writer is told of back-pressure as without it", async () => {
  await answered((_request, response) => {
    tapAnswer(response, { limit: 10 });
    expect(response.write("a")).toBe(true);
    expect(response.write(Buffer.alloc(4 * 1024 * 1024))).toBe(false);
    response.once("drain", () => response.end());
  });
});
