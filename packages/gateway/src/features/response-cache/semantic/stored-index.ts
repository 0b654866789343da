import { isObject, type JsonValue, parseJson } from "@signalbox/protocol";
import type { SemanticEntryStore, StoredCandidate } from "../../../store/semantic-cache/semantic-entries.ts";
import type { Order } from "./guards/order.ts";
import type { Candidate, SemanticIndex } from "./semantic-index.ts";
import { type Observation, OWN_LIMIT, remembered } from "./threshold.ts";

/** In PostgreSQL with pgvector, which all replicas share. The store must be ready. */
export function storedIndex(store: SemanticEntryStore): SemanticIndex {
  return {
    holds: store.holds,
    async nearest(bucket, vector, count) {
      const found = await store.nearest(bucket, vector, count);
      return found.flatMap(candidateOf);
    },
    async keep({ id, tenant, bucket, vector, order, expiresAt }) {
      const content = Buffer.from(JSON.stringify(order));
      await store.put({ id, tenant, bucket, vector, content, expiresAt });
    },
    observe: (at, seen) =>
      store.observe(at, (before) => JSON.stringify(remembered(observationsIn(before), seen, OWN_LIMIT))),
    async remove(ids) {
      await store.remove(ids);
    },
    size: async () => ({ entries: await store.count() }),
  };
}

function candidateOf({ id, content, observations, similarity }: StoredCandidate): readonly Candidate[] {
  const order = orderIn(Buffer.from(content).toString());
  return order === undefined ? [] : [{ id, order, similarity, observations: observationsIn(observations) }];
}

/** Undefined: another version has written it. */
function orderIn(text: string): Order | undefined {
  const value = parsed(text);
  if (!isObject(value) || !Array.isArray(value["stems"])) return undefined;
  const stems = value["stems"].filter((stem) => typeof stem === "string");
  return { stems, related: value["related"] !== false };
}

function observationsIn(text: string): readonly Observation[] {
  const value = parsed(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((seen) => {
    if (!isObject(seen)) return [];
    const { similarity, right } = seen;
    return typeof similarity === "number" && typeof right === "boolean" ? [{ similarity, right }] : [];
  });
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
