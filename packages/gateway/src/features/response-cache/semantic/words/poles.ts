import { wordMap } from "./list.ts";

/**
 * Pairs of opposites: `axis+` and `axis-`. Two texts must hold the same ones the same number of times, in whatever words. Words that
 * often mean nothing of the kind ("right", "like") stand here all the same: what is lost is a hit, and never an answer.
 */
export const poles = wordMap(`
none: give_me gives_me set_up look_up back_up backed_up clean_up pick_up come_up end_up give_up make_up wake_up get_back give_back best_way best_ways easiest_way right_way how_long how_far how_old how_big how_tall how_often how_high how_deep how_fast how_large how_wide how_heavy all_right at_all follow_up right_away as_well_as get_rid_of
switch+: turn_on switch_on turned_on switched_on enable enables enabled enabling activate activates activated activating activation
switch-: turn_off switch_off turned_off switched_off disable disables disabled disabling deactivate deactivates deactivated deactivating deactivation
switch-: off
amount+: increase increases increased increasing raise raises raised raising grow growing rise rises rising maximize maximise boost gain gaining upscale
amount-: decrease decreases decreased decreasing reduce reduces reduced reducing lower lowers lowered lowering shrink fall falls falling minimize minimise drop drops cut cutting lose losing
order+: before prior preceding previous earlier ahead_of
order-: after following subsequent later afterwards
trade+: buy buys buying bought purchase purchases purchasing purchased
trade-: sell sells selling sold
limit+: maximum max most largest biggest highest greatest longest tallest heaviest deepest at_most no_more_than up_to ceiling upper
limit-: minimum min least smallest lowest shortest lightest shallowest at_least no_less_than no_fewer_than floor
compare+: more greater higher bigger larger longer taller heavier above over exceeding
compare-: less fewer smaller shorter lighter below under
speed+: fast faster fastest quicker quickest accelerate speed_up
speed-: slow slower slowest slow_down decelerate
price+: expensive dear pricey costlier
price-: cheap cheaper cheapest inexpensive
quality+: good better best advantage advantages pro pros benefit benefits upside strengths
quality-: bad worse worst disadvantage disadvantages con cons drawback drawbacks downside downsides weaknesses risk risks
heat+: hot hotter warm warmer heat heating heated
heat-: cold colder cool cooler cooling cooled chill freeze freezing frozen
open+: open opens opened opening reopen
open-: close closes closed closing shut
lock+: lock locks locked locking
lock-: unlock unlocks unlocked unlocking
start+: start starts started starting begin begins beginning launch resume
start-: stop stops stopped stopping end ends ending finish pause quit halt
presence+: add adds added adding insert include includes included including attach
presence-: remove removes removed removing delete deletes deleted deleting erase exclude excludes excluding omit detach subtract
install+: install installs installed installing
install-: uninstall uninstalls uninstalled uninstalling
allow+: allow allows allowed allowing permit permitted legal unblock grant
allow-: forbid forbidden prohibit prohibited ban banned block blocks blocked blocking illegal deny revoke
accept+: accept accepts accepted accepting approve approved approval agree
accept-: reject rejects rejected rejecting decline declined refuse disagree
connect+: connect connects connected connecting pair pairing link join joining
connect-: disconnect disconnects disconnected disconnecting unpair unlink leave leaving
way+: upload uploads uploading uploaded import imports importing imported send sends sending sent push deposit deposits depositing encode encrypt encrypting encryption compress zip serialize
way-: download downloads downloading downloaded export exports exporting exported receive receives receiving received pull withdraw withdraws withdrawing withdrawal decode decrypt decrypting decryption decompress unzip deserialize
visible+: show shows showing display displays visible unhide
visible-: hide hides hiding hidden invisible
sound+: unmute
sound-: mute mutes muted muting silence
subscribe+: subscribe subscribes subscribed subscribing sign_up enroll enrol register registered registering follow
subscribe-: unsubscribe cancel cancels canceled cancelled cancelling cancellation unfollow opt_out
sign+: log_in login sign_in signin log_into
sign-: log_out logout sign_out signout
upgrade+: upgrade upgrades upgraded upgrading promote promotion
upgrade-: downgrade downgrades downgraded downgrading demote demotion rollback roll_back
lend+: lend lending lender
lend-: borrow borrowing borrower
hire+: hire hiring hired employ
hire-: fire firing fired dismiss terminate layoff
inside+: inside indoor indoors internal inbound incoming arrive arrival arrivals enter entry entrance
inside-: outside outdoor outdoors external outbound outgoing depart departure departures exit exiting
side+: left
side-: right
vertical+: up top upward upstairs ascending
vertical-: down bottom downward downstairs descending
compass n: north northern
compass s: south southern
compass e: east eastern
compass w: west western
sex f: female woman women girl wife mother daughter sister she her feminine
sex m: male men man boy husband father son brother he his him masculine
early+: early
early-: late
true+: true correct valid success successful succeed pass passed
true-: false incorrect invalid wrong failure fail failed fails error
safe+: safe safely secure
safe-: unsafe dangerous harmful insecure poisonous toxic
easy+: easy simple
easy-: difficult hard complicated complex
public+: public
public-: private
sync+: synchronous sync
sync-: asynchronous async
static+: static
static-: dynamic
mutable+: mutable
mutable-: immutable
first+: first oldest
first-: last latest newest final
adult+: adult adults
adult-: child children kid kids toddler baby infant
gross+: gross
gross-: net
debit+: debit
debit-: credit
fixed+: fixed
fixed-: variable floating
single+: single one-way
single-: multiple round-trip
full+: full entire whole
full-: partial half empty part
manual+: manual manually
manual-: automatic automatically auto
local+: local locally domestic
local-: remote remotely international global abroad
raw+: raw uncooked
raw-: cooked
wet+: wet
wet-: dry
win+: win winner won
win-: loser lost
all+: all every each always everyone everything
all-: some sometimes
only: only solely exclusively
temporary+: temporary temporarily
temporary-: permanent permanently
long+: long long-term
long-: short short-term
parallel+: parallel concurrent
parallel-: sequential serial
client+: client frontend
client-: server backend
read+: read readable
read-: write writable
save+: save saving
save-: spend spending
teach+: teach
teach-: learn
give+: give
give-: take
thick+: thick
thick-: thin
wide+: wide
wide-: narrow
day+: day daytime
day-: night nighttime
new+: new
new-: old second-hand
face+: front
face-: back rear
rich+: rich
rich-: poor
strong+: strong
strong-: weak
switch+: einschalten anschalten aktivieren einzuschalten activer activar encender allumer habilitar
switch-: ausschalten abschalten deaktivieren auszuschalten désactiver desactivar apagar éteindre deshabilitar
amount+: erhöhen augmenter aumentar steigern
amount-: senken verringern reduzieren diminuer réduire disminuir reducir
order+: vor avant antes
order-: nach après después
trade+: kaufen acheter comprar
trade-: verkaufen vendre vender
limit+: maximal maximum máximo höchste
limit-: minimal minimum mínimo niedrigste
open+: öffnen ouvrir abrir
open-: schließen fermer cerrar
presence+: hinzufügen ajouter añadir agregar
presence-: entfernen löschen supprimer eliminar borrar quitar
compare+: mehr plus más über
compare-: weniger moins menos unter
`);
