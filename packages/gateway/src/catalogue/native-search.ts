import { type SearchPlace, takesNativeSearch } from "@signalbox/protocol";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { modelFacts } from "./catalogue.ts";

type Searching = Pick<ResolvedProvider, "id" | "models" | "endpoints">;

/** Whether a model at one of its provider's endpoints searches the web when a request asks it to. Unknown models may. */
export function searchesAt(place: SearchPlace, provider: Pick<Searching, "id" | "models">, model: string): boolean {
  return takesNativeSearch(place, { model, facts: modelFacts(provider, model) });
}

/** The same of any of its endpoints; undefined: nobody has said of this model. */
export function searchesTheWeb(provider: Searching, model: string): boolean | undefined {
  const serving = Object.values(provider.endpoints)
    .filter((endpoint) => endpoint !== undefined)
    .filter(({ only }) => only?.test(model) !== false);
  const takes = serving.filter((endpoint) => searchesAt(endpoint, provider, model));
  if (takes.length === 0) return false;
  const isSaid =
    takes.some(({ dialect }) => dialect === "openai-chat") || modelFacts(provider, model).webSearch === true;
  return isSaid ? true : undefined;
}
