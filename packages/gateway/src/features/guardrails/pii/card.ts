import { type Detector, digitsOf, findAll } from "./finding.ts";

const NUMBER = /(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w]|[.-]\d)/g;

/** Who issues which numbers, and how long they are (ISO/IEC 7812): https://en.wikipedia.org/wiki/Payment_card_number */
const ISSUERS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 19]],
  [/^(?:30[0-5]|3[689])/, [14, 16, 19]],
  [/^62/, [16, 17, 18, 19]],
];

export const card: Detector = {
  kind: "card",
  patterns: [NUMBER],
  find: (text) => findAll(text, NUMBER, isCard).map((place) => ({ kind: "card", ...place })),
};

function isCard(value: string): boolean {
  const digits = digitsOf(value);
  return ISSUERS.some(([first, lengths]) => first.test(digits) && lengths.includes(digits.length)) && luhn(digits);
}

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const counted = at % 2 === 0 ? digit : digit * 2;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}
