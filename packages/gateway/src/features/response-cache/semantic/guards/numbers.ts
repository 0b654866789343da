import type { Language } from "../words/function-words.ts";
import { cardinals, ordinals, pronounBeforeOne, scales } from "../words/numerals.ts";
import { onlyBehindNumbers, type Unit, units } from "../words/units.ts";
import type { Mark } from "./source.ts";

const PIECES =
  /(?<currency>[$€£¥₹])?\s?(?<![\p{L}\d])(?<sign>(?<=^|\s)-)?(?<digits>\d(?:[\d.,]*\d)?)(?<scale>k|bn|m(?=\s|$|[?.,!]))?(?<tail>\s?(?:°\s?[cf]\b|%|km\/h|[$€£¥₹°]))?|\p{L}[\p{L}\p{M}²-]*|(?<operator>[+*×÷^=<>]|(?<=\d\s?)[/-](?=\s?\d))/giu;

/**
 * Every quantity of a text in its order, in units that can be compared: "1,000 m" and "one kilometre" are one, "5 km" and "5 mi" are
 * not. Units that stand alone ("in miles") count, too.
 */
export const numbersMark: Mark = ({ text, language }) => {
  const marks: string[] = [];
  let pending: Pending | undefined;
  const flush = (unit?: Unit): void => {
    if (pending !== undefined) marks.push(write(pending, unit));
    pending = undefined;
  };
  let before = "";
  for (const { 0: all, groups = {} } of text.matchAll(PIECES)) {
    const word = all.trim().toLowerCase();
    if (groups["digits"] !== undefined) {
      flush();
      pending = { value: read(groups, language), unit: units.get(groups["currency"] ?? "") };
      const tail = (groups["tail"] ?? "").replaceAll(" ", "").toLowerCase();
      if (tail !== "") flush(units.get(tail));
    } else if (groups["operator"] !== undefined) {
      // A range is written with a dash or with words.
      if (word !== "-") marks.push(word);
      flush();
    } else {
      pending = ofWord({ word, before, pending, flush, marks });
    }
    before = word;
  }
  flush();
  return marks.join(",");
};

interface Pending {
  readonly value: number;
  readonly unit?: Unit | undefined;
  readonly ordinal?: true;
  /** It was written as a word: "five hundred". */
  readonly spelled?: true;
}

interface Step {
  readonly word: string;
  readonly before: string;
  readonly pending: Pending | undefined;
  readonly flush: (unit?: Unit) => void;
  readonly marks: string[];
}

function ofWord({ word, before, pending, flush, marks }: Step): Pending | undefined {
  const scale = scales.get(word);
  if (scale !== undefined) {
    return { ...pending, value: (pending?.value ?? 1) * scale, spelled: true };
  }
  const value = numeral(word, before);
  if (value !== undefined) {
    if (pending?.spelled === true && value < pending.value) return { ...pending, value: pending.value + value };
    flush();
    return { value, spelled: true };
  }
  // "five hundred and two", "half a cup", "3 whole eggs"
  if (pending !== undefined && /^(?:and|a|an|of|th|st|nd|rd)$/u.test(word)) return pending;
  const ordinal = ordinals.get(word);
  const unit = units.get(word);
  if (pending !== undefined) {
    flush(unit);
    return undefined;
  }
  if (ordinal !== undefined) marks.push(`${ordinal}.`);
  else if (unit !== undefined && !onlyBehindNumbers.has(word)) marks.push(`in ${unit.dimension} ${unit.factor}`);
  return undefined;
}

function numeral(word: string, before: string): number | undefined {
  if (word === "one" && pronounBeforeOne.has(before)) return undefined;
  const whole = cardinals.get(word);
  if (whole !== undefined) return whole;
  const [tens = "", ones = ""] = word.split("-");
  const [ten, one] = [cardinals.get(tens), cardinals.get(ones)];
  return ten === undefined || one === undefined || ten < 20 || one > 9 ? undefined : ten + one;
}

function read(groups: Readonly<Record<string, string | undefined>>, language: Language): number {
  const { digits = "", sign, scale = "" } = groups;
  const factor = { k: 1e3, m: 1e6, bn: 1e9 }[scale.toLowerCase()] ?? 1;
  return Number(plain(digits, language)) * factor * (sign === undefined ? 1 : -1);
}

/** Which of comma and point groups digits: what stands last, or before other than three digits, does not, nor does the language's own. */
function plain(digits: string, language: Language): string {
  const grouping = language === "en" ? "," : ".";
  const decimal = language === "en" ? "." : ",";
  const ungrouped = new RegExp(`^\\d{1,3}(?:[${grouping}]\\d{3})+(?:[${decimal}]\\d+)?$`, "u").test(digits)
    ? digits.replaceAll(grouping, "")
    : digits;
  return ungrouped.replace(",", ".");
}

function write({ value, unit: own }: Pending, behind: Unit | undefined): string {
  const unit = own ?? behind;
  const scaled = Number((value * (unit?.factor ?? 1)).toPrecision(12));
  return unit === undefined ? `${scaled}` : `${scaled} ${unit.dimension}`;
}
