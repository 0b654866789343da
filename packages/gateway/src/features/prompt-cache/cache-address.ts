/** Where explicit caches are made for a model, and how the model is called there. */
export interface CacheAddress {
  /** Below the endpoint's base URL. */
  readonly path: string;
  readonly model: string;
}

/**
 * From the path of an endpoint's calls: `/v1beta/models/{model}:generateContent` at AI Studio,
 * `/v1/projects/P/locations/L/publishers/google/models/{model}:generateContent` at Vertex. Undefined: there are none (Vertex in
 * express mode has no project to keep them in).
 * https://ai.google.dev/api/caching, https://docs.cloud.google.com/vertex-ai/generative-ai/docs/context-cache/context-cache-create
 */
export function cacheAddress(generatePath: string, model: string): CacheAddress | undefined {
  const [, vertex] =
    /^(.*\/projects\/[^/]+\/locations\/[^/]+)\/publishers\/google\/models\/\{model\}:/.exec(generatePath) ?? [];
  if (vertex !== undefined) {
    const parent = vertex.slice(vertex.indexOf("/projects/") + 1);
    return { path: `${vertex}/cachedContents`, model: `${parent}/publishers/google/models/${model}` };
  }
  const [, studio] = /^(.*)\/models\/\{model\}:/.exec(generatePath) ?? [];
  if (studio === undefined || studio.includes("/publishers/")) return undefined;
  return { path: `${studio}/cachedContents`, model: `models/${model}` };
}
