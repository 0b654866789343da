import { wordSet } from "./list.ts";

/**
 * Words with which sentences begin and that are written large there for no other reason. Any other large letter at the beginning is
 * taken for a name.
 */
export const sentenceOpeners =
  wordSet(`add adjust advise allow apply arrange ask assign avoid bake begin block boil book bring build buy
  calculate call cancel change charge check choose clean clear close combine compare compute configure confirm connect convert
  cook copy could count create cut debug decrease define delete deploy describe design detach determine difference disable
  disconnect discuss display download drive drop edit email enable encrypt end enter estimate evaluate exchange explain export
  extend extract fetch file fill filter find finish fix follow format free freeze fry generate give grill grow handle heat hide
  ideas identify import improve increase insert install instructions invest join keep launch learn leave lend length list
  lock log loop lower main make manage mark measure meaning merge minimum maximum mount move mute name number open order organise
  organize outline pack parse pause pay plan play post prepare prevent price print process produce pronounce protect provide
  purpose raise read rebuild receive recipe recommend recover reduce refund register release remove rename renew repair replace
  report request reset resize restart restore return reverse rotate round run safe save schedule search see select sell send
  separate set setup share show sign sort speed split start stop store submit subtract suggest sum summarise summarize switch sync
  take teach test tip tips track train transfer translate travel turn uninstall unlock unmute update upgrade upload use verify
  view visit walk warm wash watch whats what's whos where's how's who's write yes wondering looking need want wants trying
  anyone given assuming suppose after before during under between despite since until unless although though once every each all
  both many much most some several few more less other another such same own only even still yet already always never sometimes
  often usually finally first second third next last also now today okay ok well sure right great sorry excuse quick quickly
  simple new old best better good bad long short big small high low early late hot cold dry wet fast slow full empty
  capital currency population cost costs weather symptoms benefits advantages disadvantages side effects types kinds examples
  synonym antonym people users customers employees students my our your his her their its the a an`);
