import type { CanonicalRequest } from "@signalbox/protocol";
import { type Compressed, type Era, prepareCompression } from "../compress-conversation.ts";
import { extractive } from "../extractive.ts";

export function compressAt(request: CanonicalRequest, aggressiveness: number): Compressed {
  return compressBy(request, [{ from: 0, aggressiveness }]);
}

export function compressBy(request: CanonicalRequest, eras: readonly Era[]): Compressed {
  const { jobs, finish } = prepareCompression(request, { eras });
  return finish(jobs.map((job) => extractive.compress(job.texts, job.aggressiveness)));
}
