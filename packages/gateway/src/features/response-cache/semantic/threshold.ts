import type { Knowledge } from "./guards/matter.ts";

/** What was seen when the model was asked although an entry could have answered: how similar its question was, and who was right. */
export interface Observation {
  readonly similarity: number;
  readonly right: boolean;
}

/** What is believed of a similarity before anything was observed: a logistic curve of the error, half at `middle`. */
export interface Prior {
  readonly middle: number;
  readonly width: number;
}

/**
 * Strict on purpose: with an error budget of 1 % an entry nobody has observed answers from a similarity of 0.94 for n-grams, which
 * count only what the guards have let through, and of 0.97 for embeddings.
 */
export const priors: Readonly<Record<Knowledge, Prior>> = {
  letters: { middle: 0.8, width: 0.03 },
  meaning: { middle: 0.9, width: 0.015 },
};

/** How many observations the belief before them weighs as much as. */
const WEIGHT = 2;
/** How fast an observation says less of a higher similarity. */
const REACH = 0.01;

/**
 * The expected share of wrong answers at this similarity: a Beta posterior's mean. All observations of the tenant make the prior of each
 * entry, and the entry's own are laid over it. Error only falls with similarity: a wrong answer counts fully against every lower
 * similarity, where a right one says nothing; either says the less of a higher one the higher it is.
 *
 * The idea of a threshold for each entry, learned online under an error budget, is vCache's (https://arxiv.org/abs/2502.03771). It
 * bounds the error among all requests and explores at random to keep it; here the budget is one of the answers that are served, so
 * that nothing is served where the expectation is above it.
 */
export function expectedError(
  similarity: number,
  prior: Prior,
  { own, pool }: { readonly own: readonly Observation[]; readonly pool: readonly Observation[] },
): number {
  const before = 1 / (1 + Math.exp((similarity - prior.middle) / prior.width));
  return posterior(similarity, posterior(similarity, before, pool), own);
}

function posterior(similarity: number, before: number, observations: readonly Observation[]): number {
  let right = 0;
  let wrong = 0;
  for (const { similarity: at, right: wasRight } of observations) {
    const weight = Math.min(1, Math.exp((at - similarity) / REACH));
    if (!wasRight) wrong += weight;
    else if (at <= similarity) right += weight;
  }
  return (WEIGHT * before + wrong) / (WEIGHT + right + wrong);
}

/** Of one entry, and of all entries of a tenant: the oldest are forgotten first. */
export const OWN_LIMIT = 200;
export const POOL_LIMIT = 1000;

export function remembered(
  observations: readonly Observation[],
  another: Observation,
  limit: number,
): readonly Observation[] {
  return [...observations.slice(Math.max(0, observations.length - limit + 1)), another];
}
