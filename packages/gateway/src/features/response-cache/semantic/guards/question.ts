import { wordMap } from "../words/list.ts";
import { found, type Mark } from "./source.ts";

/** What is asked for. What stands first in a text in one of the lists decides; of a phrase, the longest. */
const asked = wordMap(`
who: who whom whose which_person wer wem wen wessen qui quién quiénes
when: when what_time what_date which_date what_day which_day what_year which_year wann quand cuándo
where: where what_place which_place what_location wo wohin woher où dónde adónde
why: why how_come what_is_the_reason what_causes what_caused what_is_causing for_what_reason reason reasons cause causes warum wieso weshalb pourquoi
howmany: how_many how_much what_number_of what_is_the_number_of number_of amount_of wie_viel wie_viele wieviel wieviele combien cuánto cuánta cuántos cuántas
howlong: how_long how_much_time what_duration wie_lange
howoften: how_often how_frequently how_many_times wie_oft
howfar: how_far what_distance what_is_the_distance wie_weit
howold: how_old what_age wie_alt
howbig: how_big how_large how_tall how_high what_is_the_height
howheavy: how_heavy what_weight
howfast: how_fast how_quickly what_speed
how: how what_is_the_way what_is_the_best_way what_is_the_easiest_way best_way way_to ways_to steps_to what_are_the_steps what_steps what_do_i_need_to_do what_should_i_do_to what_must_i_do_to instructions procedure process_for wie comment cómo
`);
const LONGEST_ASKED = 6;

const moods = wordMap(`
may: can may could able possible allowed kann können darf dürfen peut peux puedo puede
must: should must shall need needs ought required mandatory necessary have_to has_to soll sollte muss müssen dois doit devrais debo debe
will: will would going_to wird werden
is: is are am was were do does did has have had ist sind hat est es son
`);

const wrappers =
  /^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|thanks)[ ,!.]+)*(?:(?:can|could|would|will) (?:you|someone|anyone|somebody)(?: please| kindly)? |please |i (?:would|want|need|'d) (?:like )?to (?:know|understand|find out|learn) |do you know |i am wondering |i was wondering |any idea )/iu;

/** Who, what, when, where, why, how or how many is asked, or whether something is so, may be or must be. */
export const questionMark: Mark = ({ tokens }) => {
  const all = tokens.map(({ word }) => word);
  const strong = [...new Set(found(all, asked, LONGEST_ASKED))];
  if (strong.length > 0) return strong.join(",");
  const text = all.join(" ").replace(wrappers, "");
  const words = text.split(" ");
  if (words.some((word) => /^(?:explain|describe|erkläre|expliquer|explica)$/u.test(word))) return "explain";
  const mood = moods.get(words.slice(0, 2).join(" ")) ?? moods.get(words[0] ?? "");
  return mood === undefined ? `what${deep(words)}` : `yesno:${mood}${others(words[1])}`;
};

/** "Should I help my friend?", "should my friend help me?": another one than the asker is asked about. */
function others(subject: string | undefined): string {
  return /^(?:my|our|they|he|she|we)$/u.test(subject ?? "") ? `:${subject}` : "";
}

/** "Which is the tallest?", "list three": a word of choice or of plenty asks for another kind of answer. */
function deep(words: readonly string[]): string {
  const orders =
    /^(?:list|compare|write|translate|summarize|summarise|recommend|suggest|calculate|convert|compute|solve|draw|generate|rewrite|name)$/u;
  const order = words.find((word) => orders.test(word));
  return order === undefined ? "" : `:${order.replace("summarise", "summarize")}`;
}
