import { hash } from "node:crypto";
import type { Marks } from "./guards/marks.ts";

/** All that two requests must have in common before their texts are compared. */
export interface Scope {
  /** Of the request but its last text, of its tenant and of its way to a model: the response cache's own. */
  readonly rest: string;
  /** `accept-language` of the client, if it says one. */
  readonly locale: string;
  /** Who makes the vectors: those of two are never compared. */
  readonly embedder: string;
}

/** The guards' marks are part of it, so that a text which some guard tells apart is never even a candidate. */
export function bucketOf({ rest, locale, embedder }: Scope, marks: Marks): string {
  const { numbers, negation, poles, entities, question, dates, form, persons, links, signs, language } = marks;
  const told = [numbers, negation, poles, entities, question, dates, form, persons, links, signs, language];
  return hash("sha256", JSON.stringify(["semantic", rest, locale, embedder, told]), "base64url");
}
