import { wordSet } from "./list.ts";

/** Names that people also write small, `_` for a space. Names that are written large are found without a list. */
export const names = wordSet(`
afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia brazil bulgaria
cambodia cameroon canada chile china colombia croatia cuba cyprus czechia denmark ecuador egypt england estonia ethiopia finland france
germany ghana greece guatemala hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya
korea kuwait laos latvia lebanon libya lithuania luxembourg malaysia malta mexico moldova mongolia morocco myanmar nepal netherlands
nigeria norway oman pakistan panama paraguay peru philippines poland portugal qatar romania russia scotland senegal serbia singapore
slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tanzania thailand tunisia turkey uganda ukraine uruguay uzbekistan
venezuela vietnam wales yemen zambia zimbabwe usa uk uae eu america europe asia africa antarctica
amsterdam athens bangkok barcelona beijing belgrade berlin bern bogota boston brussels bucharest budapest cairo chicago copenhagen delhi
dubai dublin edinburgh florence frankfurt geneva hamburg havana helsinki istanbul jakarta jerusalem kyiv kyoto lagos lima lisbon london
lyon madrid manila marseille melbourne miami milan montreal moscow mumbai munich nairobi naples osaka oslo ottawa paris prague rome
reykjavik seattle seoul seville shanghai singapore sofia stockholm sydney tokyo toronto valencia vancouver venice vienna warsaw
zurich texas california florida alaska hawaii bavaria catalonia tuscany
english french german spanish italian portuguese dutch polish russian chinese mandarin cantonese japanese korean arabic hebrew hindi
turkish swedish norwegian danish finnish greek latin ukrainian czech hungarian vietnamese thai swiss austrian american british european
canadian australian mexican indian brazilian
deutsch französisch spanisch italienisch englisch frankreich deutschland spanien italien schweiz österreich anglais allemand espagnol
allemagne espagne italie suisse alemania francia italia españa inglés francés alemán londres parís roma
python java javascript typescript rust golang ruby php perl kotlin swift scala haskell elixir clojure lua fortran cobol bash powershell
sql mysql postgresql postgres sqlite mongodb redis mariadb oracle cassandra elasticsearch kafka rabbitmq docker kubernetes podman
terraform ansible jenkins git github gitlab bitbucket svn mercurial linux ubuntu debian fedora centos windows macos android ios ipados
iphone ipad macbook imac pixel galaxy chromebook kindle alexa siri xbox playstation nintendo chrome firefox safari edge opera brave
react angular vue svelte django flask fastapi rails laravel spring express node nodejs deno bun npm yarn pnpm pip conda maven gradle
webpack vite numpy pandas tensorflow pytorch excel word powerpoint outlook onedrive teams zoom slack discord skype whatsapp telegram
gmail google bing yahoo facebook instagram twitter tiktok linkedin youtube netflix spotify amazon ebay paypal stripe visa mastercard
amex venmo airbnb uber lyft tesla toyota honda ford bmw audi samsung apple microsoft sony huawei xiaomi lg nokia dell lenovo asus hp
csv json xml yaml toml html css pdf png jpg jpeg gif svg mp3 mp4 wav docx xlsx zip tar markdown latex http https ftp ssh tcp udp
ipv4 ipv6 wifi wi-fi bluetooth usb ethernet hdmi nfc gps 4g 5g lte vpn dns aws azure gcp s3 ec2 lambda
mercury venus earth mars jupiter saturn uranus neptune pluto moon sun everest nile danube rhine sahara atlantic pacific mediterranean
alps himalayas andes
christmas easter thanksgiving halloween ramadan hanukkah diwali passover new_year
bitcoin ethereum dogecoin nasdaq dow ira roth 401k vat gst
einstein newton darwin shakespeare mozart beethoven napoleon caesar lincoln washington picasso
`);
