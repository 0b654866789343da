import { type Detector, findAll } from "./finding.ts";

/** What is never given out is none: https://www.ssa.gov/employer/randomization.html */
const WRITTEN = /(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])/g;
const NAMED =
  /\b(?:ssn|social security(?: (?:number|no\.?))?)[^\w\n]{1,5}(?:is[ :]{1,3})?(?<value>(?!000|666|9\d\d)\d{3}(?!00)\d{2}(?!0000)\d{4})(?!\w)/gi;

/** US social security numbers. */
export const ssn: Detector = {
  kind: "ssn",
  patterns: [WRITTEN, NAMED],
  find: (text) => [...findAll(text, WRITTEN), ...findAll(text, NAMED)].map((place) => ({ kind: "ssn", ...place })),
};
