import { functionWords, type Language } from "../words/function-words.ts";
import { wordSet } from "../words/list.ts";
import type { Mark } from "./source.ts";

/**
 * Function words that one phrasing of a question has and another has not: articles, the asker, politeness, and what only opens a
 * question. The others carry no matter either, and the answer hangs on them all the same: "with" and "during", "is" and "was".
 */
const free: Readonly<Record<Language, ReadonlySet<string>>> = {
  en: wordSet(`a an the that i m me my mine myself you your yours am is are be being do does doing done have has having can could would
    please kindly hello hi hey thanks thank dear anyone someone somebody one's let lets get got getting go going need needs needed
    know knowing tell tells explain exactly possible possibly help helping way ways best steps step process procedure properly
    correctly good thing things stuff question wondering wonder curious looking trying try easy able of in on at for to it
    its there so just also really actually basically simply like what which who whom whose when where why how`),
  de: wordSet(`der die das den dem des ein eine einen einem einer eines ich mich mir mein meine meinen meinem meiner du dich dir dein
    deine sie man ist bin sind sein kann können könnte möchte würde will wollen werden wird bitte hallo danke gerne mal denn es so
    dass habe zu zum zur in im am für von und wie was wer wo wann warum`),
  fr: wordSet(`le la les l un une des du de d je j me m mon ma mes tu te ton ta tes il on vous votre vos ce c ça est suis ai a as avez
    peux peut pouvez puis veux voudrais faire fais fait et que qu qui quoi quand où comment pourquoi quel quelle quels quelles à au
    aux en pour merci bonjour`),
  es: wordSet(`el la los las lo un una unos unas de del al yo me mi mis tú tu tus usted es soy está estoy he ha puedo puede puedes
    quiero quisiera hacer hago hace y que qué quién cuándo dónde cómo para en a hola gracias favor cuál`),
};

/** Behind these one letter is a name, and no article or pronoun. */
const lettered =
  wordSet(`vitamin hepatitis influenza type grade group class plan option category section part level series model
  size note key gate terminal platform zone appendix figure exhibit chapter schedule block form team version phase stage question`);
/** An article does not stand before these. */
const noNoun =
  wordSet(`is are was were be am in on at of for with and or to from by the an has have had do does did can could may
  might must should will would if when while than as about into but not vs versus`);

/** Which of those words a text holds, and how often; where "from" points if there is a "to"; and letters that are names. */
export const linksMark: Mark = ({ tokens, language }) => {
  const words = tokens.map(({ word }) => word);
  const hidden = functionWords[language];
  const linked = words.filter((word) => hidden.has(word) && !free[language].has(word)).sort();
  const behind = (at: number): string => words.slice(at + 1).find((word) => !hidden.has(word)) ?? "";
  const isWay = words.includes("from") && words.includes("to");
  const origins = isWay ? words.flatMap((word, at) => (word === "from" ? [`from ${behind(at)}`] : [])).sort() : [];
  const letters = language === "en" ? words.filter((_, at) => isLetter(words, at)) : [];
  return JSON.stringify([linked, origins, letters]);
};

function isLetter(words: readonly string[], at: number): boolean {
  const word = words[at];
  if (word !== "a" && word !== "i") return false;
  if (lettered.has(words[at - 1] ?? "")) return true;
  const next = words[at + 1];
  return word === "a" && (next === undefined || noNoun.has(next));
}
