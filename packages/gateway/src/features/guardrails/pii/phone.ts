import { type Detector, digitsOf, findAll } from "./finding.ts";

/** E.164 with whatever people write between the digits. */
const INTERNATIONAL = /(?<![\w+.]|\d )(?:\+|00(?=[1-9]\d{0,2}[ ./(-]))(?:[ .()/-]{0,2}\d){8,15}(?![\w]|[.,]\d)/g;
/** North America: neither the area's code nor the exchange's begins with 0 or 1. */
const AMERICAN = /(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\w]|[.-]\d)/g;
/** France and its neighbours in pairs; Britain, Germany and others with an area's code. */
const PAIRS = /(?<![\w.+-]|\d )0[1-9](?:([ .-])\d{2})(?:\1\d{2}){3}(?![\w]|[.-]\d)/g;
const WITH_AREA = /(?<![\w.+/-]|\d )(?:\(0\d{2,4}\) ?|0\d{2,4}[ /-])\d{3,4}(?:[ -]?\d{2,4}){1,2}(?![\w]|[./-]\d)/g;
const NAMED =
  /\b(?:phone|telephone|tel|mobile|cell|fax|whatsapp)(?:[ _-]?(?:number|no|nr))?["']?[.:= ]{1,3}["']?(?<value>\d{9,12})(?!\w)/gi;

export const phone: Detector = {
  kind: "phone",
  patterns: [INTERNATIONAL, AMERICAN, PAIRS, WITH_AREA, NAMED],
  find: (text) =>
    [
      ...findAll(text, INTERNATIONAL, isInternational),
      ...findAll(text, AMERICAN),
      ...findAll(text, PAIRS),
      ...findAll(text, WITH_AREA, (value) => has(value, 9, 12)),
      ...findAll(text, NAMED),
    ].map((place) => ({ kind: "phone", ...place })),
};

const has = (value: string, least: number, most: number): boolean => {
  const { length } = digitsOf(value);
  return length >= least && length <= most;
};

/** `+1` is followed by exactly ten digits; no country's code begins with 0. */
function isInternational(value: string): boolean {
  const digits = digitsOf(value).replace(/^00/, "");
  if (digits.startsWith("0") || digits.length < 8 || digits.length > 15) return false;
  return digits.startsWith("1") ? /^1[2-9]\d{9}$/.test(digits) : true;
}
