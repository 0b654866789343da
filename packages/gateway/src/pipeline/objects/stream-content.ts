import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { onceDrained } from "../client-stream.ts";
import type { Exchange } from "../exchange.ts";
import type { Talk } from "./ask.ts";
import type { ResultMeter } from "./result-lines.ts";

export interface Content {
  readonly answer: UpstreamAnswer;
  readonly talk: Talk;
  /** Absent: nothing is counted. */
  readonly meter: ResultMeter | undefined;
}

const HEADERS = ["content-type", "content-disposition", "last-modified", "etag"];

/**
 * Sends what an upstream keeps, as it comes and as fast as the client reads it; the end is left to the caller. Where it is counted it is
 * read to its end also when the client has left: who has most of it has used all of it.
 */
export async function streamContent(exchange: Exchange, { answer, talk, meter }: Content): Promise<void> {
  const { response, snapshot } = exchange;
  const { watchdog, cancel } = talk;
  const length = answer.headers["content-length"];
  const told = HEADERS.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  watchdog.content();
  response.writeHead(200, {
    ...Object.fromEntries(told),
    ...(length === undefined || meter !== undefined ? {} : { "content-length": length }),
  });
  response.flushHeaders();
  let isFull = false;
  try {
    await answer.body.consume((chunk) => {
      watchdog.bytes();
      watchdog.content();
      meter?.push(chunk);
      if (response.destroyed || response.write(chunk) || isFull) return;
      isFull = true;
      answer.body.pause();
      watchdog.pause();
      onceDrained(response, snapshot.timeouts.stallMs, () => {
        isFull = false;
        watchdog.resume();
        answer.body.resume();
      });
    });
    meter?.end();
  } catch (error) {
    // Half of it looks like all of it: only a broken connection tells the client.
    response.destroy();
    throw cancel.reason() ?? error;
  }
}
