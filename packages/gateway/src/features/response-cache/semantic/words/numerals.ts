/** Number words of the four languages whose words the guards know. Articles ("ein", "une", "un") are none. */
const written = `0 zero null cero zéro|1 one eins uno once-only|2 two zwei deux dos twice double both pair couple|3 three drei trois tres thrice triple|
4 four vier quatre cuatro quadruple|5 five fünf cinq cinco|6 six sechs seis|7 seven sieben sept siete|8 eight acht huit ocho|
9 nine neun neuf nueve|10 ten zehn dix diez|11 eleven elf onze|12 twelve zwölf douze doce dozen|13 thirteen dreizehn treize trece|
14 fourteen vierzehn quatorze catorce|15 fifteen fünfzehn quinze quince|16 sixteen sechzehn seize|17 seventeen siebzehn|
18 eighteen achtzehn|19 nineteen neunzehn|20 twenty zwanzig vingt veinte|30 thirty dreißig trente treinta|
40 forty vierzig quarante cuarenta|50 fifty fünfzig cinquante cincuenta|60 sixty sechzig soixante sesenta|
70 seventy siebzig setenta|80 eighty achtzig ochenta|90 ninety neunzig noventa|0.5 half halves halb demi medio|0.25 quarter|
0.75 three-quarters`;

const scaled = `100 hundred hundert cent-fr cien ciento|1000 thousand tausend mille mil|1000000 million millions millionen
millones|1000000000 billion billions milliarde milliarden|1000000000000 trillion`;

const ordered = `1 first 1st erste erster ersten premier première primero primera|2 second 2nd zweite zweiten deuxième segundo segunda|
3 third 3rd dritte dritten troisième tercero tercera|4 fourth 4th vierte|5 fifth 5th fünfte|6 sixth 6th|7 seventh 7th|8 eighth 8th|
9 ninth 9th|10 tenth 10th|11 eleventh|12 twelfth|18 eighteenth|19 nineteenth|20 twentieth|21 twenty-first`;

function table(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split("|").flatMap((row) => {
      const [value = "0", ...names] = row.trim().split(/\s+/);
      return names.map((name): [string, number] => [name, Number(value)]);
    }),
  );
}

export const cardinals = table(written);
export const scales = table(scaled);
export const ordinals = table(ordered);

/** "one" behind these is no number. */
export const pronounBeforeOne: ReadonlySet<string> = new Set(
  "which this that the no any every each another some good new right wrong same should does can must may could would how".split(
    " ",
  ),
);
