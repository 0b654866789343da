import { wordSet } from "./list.ts";

/** What carries no matter of its own: articles, pronouns, auxiliaries, prepositions, and the politeness around a question. */
export const functionWords = {
  en: wordSet(`a an the this that these those i me my mine myself we us our ours you your yours he him his she her hers it its they
    them their theirs am is are was were be been being do does did done doing have has had having can could may might must shall
    should will would of in on at by for from with about into onto to as and or if then so but than there here what which who whom
    whose when where why how please kindly hello hi hey thanks thank dear just also too very really actually basically simply some
    any anyone someone somebody one's m let lets get got getting go going want wants wanted need needs needed like
    know knowing tell tells explain exactly possible possibly help helping way ways best steps step process procedure properly
    correctly good thing things stuff question wondering wonder curious looking trying try quick quickly easily easy able out up
    down off over through via using use used within during while since until not no never without none nor neither cannot isn aren
    don doesn didn won wouldn couldn shouldn can't hasn haven hadn because per each every all both`),
  de: wordSet(`der die das den dem des ein eine einen einem einer eines ich mich mir mein meine meinen meinem meiner du dich dir dein
    deine er sie es wir uns unser ihr ihre ihren ihnen sich bin bist ist sind war waren sein werden wird wurde habe hat haben hatte
    kann können könnte muss müssen soll sollte darf dürfen will wollen würde und oder aber wenn dann als wie was wer wo wann warum
    von mit bei zu zum zur für im in am an auf aus um über nach vor bitte hallo danke auch nur noch schon man nicht kein keine ohne
    möchte gerne mal denn so dass ob`),
  fr: wordSet(`le la les l un une des du de d je j me m mon ma mes tu te ton ta tes il elle on nous notre nos vous votre vos ils elles
    leur leurs ce cet cette ces c ça est suis es sommes êtes sont être était ai as a avons avez ont avoir peux peut pouvez puis
    dois doit veux voudrais faire fais fait et ou mais si que qu qui quoi quand où comment pourquoi quel quelle quels quelles à au
    aux en dans sur pour par avec s y ne n pas sans merci bonjour se sa son ses il y`),
  es: wordSet(`el la los las lo un una unos unas de del al yo me mi mis tú tu tus él ella nosotros nuestro usted su sus ellos se es soy
    eres somos son ser está estoy están era he has ha hemos han haber puedo puede puedes pueden debo debe quiero quisiera hacer hago
    hace y o pero si que qué quién cuándo dónde cómo por para con en a sobre sin no hola gracias favor este esta estos estas ese esa
    cuál cuánto cuánta cuántos cuántas más`),
} as const;

export type Language = keyof typeof functionWords;
