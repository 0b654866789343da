import type { Detector, Finding } from "./finding.ts";

const BEGINNING = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ A-Za-z0-9])/g;

/** Lengths by country: https://www.swift.com/standards/data-standards/iban-international-bank-account-number */
const LENGTHS = new Map(
  Object.entries({
    15: "NO",
    16: "BE",
    18: "DK FO FI GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
  }).flatMap(([length, countries]) => countries.split(" ").map((country) => [country, Number(length)] as const)),
);

export const iban: Detector = {
  kind: "iban",
  patterns: [BEGINNING],
  find(text) {
    const found: Finding[] = [];
    for (const { index, 0: head } of text.matchAll(BEGINNING)) {
      const length = LENGTHS.get(head.slice(0, 2).toUpperCase());
      const end = length === undefined ? undefined : endOf(text, index, length);
      if (end !== undefined && mod97(text.slice(index, end))) found.push({ kind: "iban", start: index, end });
    }
    return found;
  },
};

/** Behind so many letters and digits, between which single spaces may stand; undefined where there are fewer, or more. */
function endOf(text: string, start: number, length: number): number | undefined {
  let at = start;
  let read = 0;
  for (; read < length; at++) {
    const character = text[at] ?? "";
    if (/[A-Za-z0-9]/.test(character)) read++;
    else if (character !== " " || text[at - 1] === " ") return undefined;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? "") ? undefined : at;
}

/** ISO 7064 mod 97-10, as ISO 13616 has it. */
export function mod97(account: string): boolean {
  const plain = account.replaceAll(" ", "").toUpperCase();
  const moved = plain.slice(4) + plain.slice(0, 4);
  let rest = 0;
  for (const character of moved) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
