import { wordSet } from "../words/list.ts";
import type { Mark, Source } from "./source.ts";

const monthNames = new Map<string, number>();
for (const [index, names] of [
  "jan january januar janvier enero",
  "feb february februar février febrero",
  "mar march märz mars marzo",
  "apr april avril abril",
  "mai mayo",
  "jun june juni juin junio",
  "jul july juli juillet julio",
  "aug august août agosto",
  "sep sept september septembre septiembre",
  "oct october oktober octobre octubre okt",
  "nov november novembre noviembre",
  "dec december dezember décembre diciembre dez",
].entries()) {
  for (const name of names.split(" ")) monthNames.set(name, index + 1);
}

const days =
  wordSet(`monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays
  sundays weekend weekends weekday weekdays montag dienstag mittwoch donnerstag freitag samstag sonntag wochenende lundi mardi mercredi
  jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo morning noon afternoon evening night midnight
  spring summer autumn winter dawn dusk quarter semester daily weekly monthly yearly annual annually hourly nightly century bc ad am pm`);

/** What these point to is another day tomorrow: a text that holds one is never taken for another. */
const moving =
  wordSet(`today tomorrow yesterday tonight now currently current latest recent recently newest live nowadays ago upcoming
  this-week heute morgen gestern jetzt aktuell aktuelle neueste derzeit aujourd'hui aujourd demain hier maintenant actuel actuelle
  actuellement récent hoy mañana ayer ahora actual actualmente reciente`);

const near =
  /\b(?:this|next|last|past|coming|previous|nächste[nrs]?|letzte[nrs]?|diese[nrs]?|prochaine?|dernier|dernière|próxim[oa]|pasad[oa])\s+(?:\p{L}+\s+)?(?:second|minute|hour|day|night|morning|afternoon|evening|weekend|week|month|quarter|year|spring|summer|autumn|fall|winter|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|woche|monat|jahr|semaine|mois|année|semana|mes|año)s?\b/iu;
const after =
  /\b(?:semaine|mois|année|semana|mes|año|lundi|mardi|lunes|martes)\s+(?:prochaine?|dernier|dernière|próxim[oa]|pasad[oa]|que viene)\b/iu;
const asOf =
  /\b(?:as of|so far|up to date|right now|at the moment|these days|breaking news|stock price|exchange rate|weather|forecast|headlines?|score of|who is winning|im moment|en ce moment|en este momento)\b/iu;

/** Whether what is right to answer changes with the day on which it is asked. */
export function isMoving({ text, tokens }: Source): boolean {
  return tokens.some(({ word }) => moving.has(word)) || near.test(text) || after.test(text) || asOf.test(text);
}

const iso = /\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b/gu;
const other = /\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})\b/gu;
const clock = /\b(\d{1,2})(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|o'clock|uhr)(?!\p{L})|\b(\d{1,2}):(\d{2})\b/giu;

/** Dates, months, days of the week, times of the day: as they were written but for the ways of writing the same one. */
export const datesMark: Mark = ({ text, tokens }) => {
  const named = tokens.flatMap(({ word, raw }, at) => {
    const month = word === "may" ? mayMonth(raw, tokens[at - 1]?.word) : monthNames.get(word);
    if (month !== undefined) return [`month ${month}`];
    return days.has(word) ? [word.replace(/(?<=day|end)s$/u, "")] : [];
  });
  const isoDates = [...text.matchAll(iso)].map(
    ([, year, month, day]) => `date ${year}-${Number(month)}-${Number(day)}`,
  );
  // Day first or month first: nobody can say, so that these are the same only as they are written.
  const others = [...text.matchAll(other)].map(([, first, second, year]) => `date ${first}.${second}.${year}`);
  const times = [...text.matchAll(clock)].map((match) => timeOf(match));
  return [...named, ...isoDates, ...others, ...times].join(",");
};

/** "may" is a month where it is written large or follows what months follow. */
function mayMonth(raw: string, before = ""): number | undefined {
  return raw === "May" || /^(?:in|of|since|until|by|early|late|mid|next|last)$/u.test(before) ? 5 : undefined;
}

function timeOf([, hour, minute = "00", half = "", hour24, minute24 = "00"]:
  | RegExpExecArray
  | RegExpMatchArray): string {
  if (hour24 !== undefined) return `time ${Number(hour24)}:${minute24}`;
  const late = /^p/iu.test(half) ? 12 : 0;
  const base = /^[ap]/iu.test(half) ? Number(hour) % 12 : Number(hour);
  return `time ${base + late}:${minute}`;
}
