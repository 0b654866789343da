import { inJsonStrings, isJson } from "./json-text.ts";
import type { Edited, Vault } from "./vault.ts";

/** A text with placeholders. In one that is JSON, values are found as they are meant, and it stays JSON. */
export function hideText(vault: Vault, text: string): Edited {
  return MAY_BE_JSON.test(text) && isJson(text) ? { text: hideJson(vault, text), edits: [] } : vault.hide(text);
}

const MAY_BE_JSON = /^\s*[[{]/;

/** First inside of strings, then with the names of fields, which tell of a value what it does not say itself; and of numbers. */
export function hideJson(vault: Vault, json: string): string {
  const inside = inJsonStrings(json, (text) => vault.hide(text).text);
  const beside = vault.hide(inside).text;
  if (beside === inside) return inside;
  const whole = beside.replaceAll(BARE, '"$<placeholder>"');
  return isJson(whole) ? whole : inside;
}

/** In the place of a number. */
const BARE = /(?<=[:[,]\s{0,16})(?<placeholder><[A-Z]{2,6}_\d{1,7}>)(?=\s{0,16}[,\]}])/g;
