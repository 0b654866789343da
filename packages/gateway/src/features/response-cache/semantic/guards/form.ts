import { wordSet } from "../words/list.ts";
import type { Mark } from "./source.ts";

const forms =
  wordSet(`table list bullet bullets bulleted numbered haiku poem essay email letter summary paragraph paragraphs sentence
  sentences word words line lines page pages short brief briefly concise concisely detailed detail details long in-depth step-by-step
  beginner beginners child children kid kids expert experts layman formal formally informal casual funny serious example examples
  simple simply technical diagram chart outline tweet slogan song story rhyme json csv yaml xml html markdown code script function regex query
  tabelle liste kurz ausführlich beispiel tableau liste court exemple tabla lista corto ejemplo`);

/** In which form the answer is wanted. */
export const formMark: Mark = ({ tokens }) =>
  tokens
    .map(({ word }) => word)
    .filter((word) => forms.has(word))
    .map((word) => word.replace(/(?:ly|s)$/u, ""))
    .sort()
    .join(",");
