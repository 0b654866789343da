import { datesMark } from "./dates.ts";
import { entitiesMark } from "./entities.ts";
import { formMark } from "./form.ts";
import { linksMark } from "./links.ts";
import { negationMark } from "./negation.ts";
import { numbersMark } from "./numbers.ts";
import { personsMark } from "./persons.ts";
import { polesMark } from "./poles.ts";
import { questionMark } from "./question.ts";
import { signsMark } from "./signs.ts";
import type { Mark, Source } from "./source.ts";

/** Every guard that compares one mark of each text. */
export const marks = {
  numbers: numbersMark,
  negation: negationMark,
  poles: polesMark,
  entities: entitiesMark,
  question: questionMark,
  dates: datesMark,
  form: formMark,
  persons: personsMark,
  links: linksMark,
  signs: signsMark,
  language: ({ language }) => language,
} as const satisfies Readonly<Record<string, Mark>>;

export type Marks = Readonly<Record<keyof typeof marks, string>>;

export function marksOf(source: Source): Marks {
  const { numbers, negation, poles, entities, question, dates, form, persons, links, signs, language } = marks;
  return {
    numbers: numbers(source),
    negation: negation(source),
    poles: poles(source),
    entities: entities(source),
    question: question(source),
    dates: dates(source),
    form: form(source),
    persons: persons(source),
    links: links(source),
    signs: signs(source),
    language: language(source),
  };
}
