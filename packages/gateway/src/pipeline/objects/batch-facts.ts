import { type JsonObject, numberOf, objectOf, stringOf } from "@signalbox/protocol";
import { surfaceDialects } from "../../config/quirks.ts";
import type { Admission } from "../../store/ledger/ledger-rows.ts";

/** What the ledger was told when a batch was started: another request, maybe in another process, tells it the rest. */
export function admissionFacts(admission: Admission): JsonObject {
  return { admission: { ...admission } };
}

const NAMES = ["team", "org", "session", "agent", "parentAgent"] as const;

export function admissionIn(facts: JsonObject): Admission | undefined {
  const told = objectOf(facts["admission"]);
  const [id, key, at] = [stringOf(told?.["id"]), stringOf(told?.["key"]), numberOf(told?.["at"])];
  const dialect = surfaceDialects.find((known) => known === told?.["dialect"]);
  if (told === undefined || id === undefined || key === undefined || at === undefined || dialect === undefined) {
    return undefined;
  }
  const names = NAMES.flatMap((name) => {
    const value = stringOf(told[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    id,
    at,
    key,
    ...Object.fromEntries(names),
    dialect,
    operation: stringOf(told["operation"]) ?? "batch",
    model: stringOf(told["model"]) ?? "",
    stream: false,
    reservedNano: numberOf(told["reservedNano"]) ?? 0,
  };
}

/** The models of a batch, as its upstream calls them. */
export function modelsIn(facts: JsonObject): readonly string[] {
  const { models } = facts;
  return Array.isArray(models) ? models.filter((model) => typeof model === "string") : [];
}
