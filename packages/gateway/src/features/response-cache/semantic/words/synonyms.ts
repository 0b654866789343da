import { wordMap } from "./list.ts";

/**
 * Words that say the same in a question of whatever matter, by their stems. Words that only sometimes do are left out: who is asked
 * less often here than could be is not told what is wrong.
 */
export const synonyms = wordMap(`
switch: turn_on turn_off switch_on switch_off turned_on turned_off turning_on turning_off enable disable activate deactivate
purchase: buy purchase
begin: start begin commence
end: end finish
delete: delete remov erase eras remove
fix: fix repair mend
choose: choose select pick choos
show: show display
receive: receive receiv obtain
modify: change chang modify alter
make: make mak create creat
photo: photo picture photograph pic
phone: phone smartphone cellphone
movie: movie film
car: car automobile
vacation: vacation holiday
flat: flat apartment
salary: salary wage pay_rate
invoice: invoice bill
doctor: doctor physician
big: big large
quick: quick fast rapid
expensive: expensive pricey costly
cheap: cheap inexpensive
sign in: login log_in sign_in signin log_into sign_into logon
sign out: logout log_out sign_out signout
sign up: signup sign_up register registr
kind: kind type sort
job: job occupation
travel: travel journey
internet: internet web
contact: contact reach get_in_touch
refund: refund money_back
shipping: shipping delivery ship
ill: ill sick
error: error failure
frequently: frequent often
mean: mean signify meaning definition define defin
cost: cost price fee
tall: tall height
distance: distance far
`);
