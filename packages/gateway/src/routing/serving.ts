import type { SurfaceDialect } from "../config/quirks.ts";
import type { ResolvedEndpoint, ResolvedProvider } from "../providers/resolved.ts";

/** Whether an endpoint is one for this model: some providers have several APIs, each for models of its own. */
export function serves({ only }: Pick<ResolvedEndpoint, "only">, model: string): boolean {
  return only === undefined || only.test(model);
}

/** Whether a model can be asked in the client's own dialect. */
export function speaks(
  { provider, model }: { readonly provider: Pick<ResolvedProvider, "endpoints">; readonly model: string },
  dialect: SurfaceDialect,
): boolean {
  const endpoint = provider.endpoints[dialect];
  return endpoint !== undefined && serves(endpoint, model);
}
