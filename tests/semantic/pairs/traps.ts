import type { Trap, TrapKind } from "./pair.ts";

type Swaps = readonly (readonly [string, string])[];

const trap = (kind: TrapKind, domain: string, [swaps, ...frames]: readonly [Swaps, ...string[]]): Trap => ({
  kind,
  domain,
  frames,
  swaps,
});

export const traps: readonly Trap[] = [
  trap("numbers", "finance", [
    [
      ["100", "250"],
      ["1,000", "1,500"],
      ["10k", "100k"],
      ["two hundred", "three hundred"],
      ["1.5 million", "15 million"],
    ],
    "How do I transfer {} USD to a friend abroad?",
    "What is the fee for withdrawing {} dollars from the machine?",
  ]),
  trap("numbers", "support", [
    [
      ["2", "3"],
      ["twelve", "twenty"],
      ["30", "90"],
      ["7", "14"],
    ],
    "Can I return an item after {} days?",
    "What does the warranty cover after {} months?",
  ]),
  trap("numbers", "cooking", [
    [
      ["two", "four"],
      ["6", "8"],
      ["half a", "a quarter"],
      ["3", "30"],
    ],
    "How much flour do I need for {} dozen pancakes?",
    "How long do I boil {} litre of stock?",
  ]),
  trap("numbers", "programming", [
    [
      ["8", "16"],
      ["3.9", "3.12"],
      ["404", "403"],
      ["80", "443"],
    ],
    "What is new in version {} of the framework?",
    "What does it mean when the server answers {} to a request?",
  ]),
  trap("numbers", "finance", [
    [
      ["5 %", "15 %"],
      ["3 percent", "4 percent"],
      ["5-10 %", "5-20 %"],
      ["-5 %", "5 %"],
    ],
    "What is the result of an interest rate of {} over time?",
  ]),
  trap("numbers", "deutsch", [
    [
      ["zwei", "drei"],
      ["1.000", "10.000"],
      ["1,5", "15"],
    ],
    "Wie viel kostet es, {} Kilometer mit dem Taxi zu fahren?",
  ]),
  trap("units", "travel", [
    [
      ["5 km", "5 mi"],
      ["20 minutes", "20 hours"],
      ["3 days", "3 weeks"],
      ["500 m", "500 ft"],
    ],
    "How much does a taxi cost for {} in the city?",
    "What can I see within {} of the old town?",
  ]),
  trap("units", "cooking", [
    [
      ["200 g", "200 oz"],
      ["2 cups", "2 tablespoons"],
      ["180 °C", "180 °F"],
      ["1 l", "1 gallon"],
    ],
    "What happens if I use {} in the recipe for the sauce?",
  ]),
  trap("units", "devices", [
    [
      ["64 GB", "64 MB"],
      ["2 TB", "2 GB"],
      ["10 watts", "10 kilowatts"],
      ["100 EUR", "100 USD"],
    ],
    "Is {} enough for a small media server at home?",
  ]),
  trap("units", "geography", [
    [
      ["kilometers", "miles"],
      ["square meters", "acres"],
      ["Celsius", "Fahrenheit"],
      ["feet", "meters"],
    ],
    "What is the value for this region in {} on average?",
  ]),
  trap("negation", "support", [
    [
      ["is", "is not"],
      ["was", "wasn't"],
    ],
    "What should I do if my parcel {} at the pickup point?",
    "Why {} my account listed in the portal?",
  ]),
  trap("negation", "travel", [
    [
      ["with", "without"],
      ["if I have", "if I don't have"],
      ["including", "excluding"],
      ["even with", "except with"],
    ],
    "Can I board the flight {} a printed ticket?",
    "What does the tour cost {} a guide?",
  ]),
  trap("negation", "cooking", [
    [
      ["with", "without"],
      ["that contain", "that do not contain"],
      ["with some", "with no"],
      ["where you use", "where you never use"],
    ],
    "Which desserts can I make {} sugar in them?",
    "What are good soups {} cream for a dinner?",
  ]),
  trap("negation", "programming", [
    [
      ["does", "doesn't"],
      ["can", "can't"],
      ["should", "should not"],
      ["would", "would never"],
    ],
    "Explain when a thread {} block the main loop.",
  ]),
  trap("negation", "deutsch", [
    [
      ["mit", "ohne"],
      ["auch mit", "nicht mit"],
    ],
    "Kann ich {} Ausweis in der Bibliothek Bücher ausleihen?",
  ]),
  trap("negation", "français", [
    [
      ["avec", "sans"],
      ["toujours avec", "jamais avec"],
    ],
    "Est-ce que je peux voyager {} mon passeport dans le train ?",
  ]),
  trap("negation", "español", [
    [
      ["con", "sin"],
      ["siempre con", "nunca con"],
    ],
    "¿Puedo viajar {} mi pasaporte en el tren de la costa?",
  ]),
  trap("antonyms", "devices", [
    [
      ["turn on", "turn off"],
      ["enable", "disable"],
      ["activate", "deactivate"],
      ["show", "hide"],
      ["mute", "unmute"],
      ["lock", "unlock"],
    ],
    "How do I {} dark mode on my phone?",
    "How can I {} notifications of the messenger?",
  ]),
  trap("antonyms", "devices", [
    [
      ["increase", "decrease"],
      ["raise", "lower"],
      ["maximum", "minimum"],
      ["upload", "download"],
      ["install", "uninstall"],
    ],
    "How do I {} the volume level of the speaker?",
  ]),
  trap("antonyms", "finance", [
    [
      ["buy", "sell"],
      ["bought", "sold"],
      ["lend", "borrow"],
      ["deposit", "withdraw"],
    ],
    "When should I have {} shares of the company?",
  ]),
  trap("antonyms", "travel", [
    [
      ["before", "after"],
      ["arrival", "departure"],
      ["earliest", "latest"],
      ["cheapest", "most expensive"],
      ["inbound", "outbound"],
    ],
    "Which meals are served {} the flight to the island?",
  ]),
  trap("antonyms", "hr", [
    [
      ["hire", "fire"],
      ["promote", "demote"],
      ["accept", "reject"],
      ["approve", "decline"],
      ["full", "partial"],
    ],
    "How do I {} a candidate in the system properly?",
  ]),
  trap("antonyms", "programming", [
    [
      ["encrypt", "decrypt"],
      ["import", "export"],
      ["synchronous", "asynchronous"],
      ["public", "private"],
      ["first", "last"],
      ["ascending", "descending"],
    ],
    "How do I write the {} method for the records of a table?",
  ]),
  trap("antonyms", "cooking", [
    [
      ["hot", "cold"],
      ["raw", "cooked"],
      ["thick", "thin"],
      ["safe", "dangerous"],
    ],
    "Is it {} when I serve the soup with oysters?",
  ]),
  trap("antonyms", "deutsch", [
    [
      ["einschalten", "ausschalten"],
      ["erhöhen", "senken"],
      ["öffnen", "schließen"],
    ],
    "Wie kann ich die Heizung in der Wohnung {}?",
  ]),
  trap("entities", "geography", [
    [
      ["France", "Spain"],
      ["Berlin", "Munich"],
      ["paris", "rome"],
      ["Xanten", "Goslar"],
      ["New York", "New Orleans"],
    ],
    "What is the population of {} and its suburbs?",
    "Which rivers flow near {} in summer?",
  ]),
  trap("entities", "devices", [
    [
      ["iPhone", "iPad"],
      ["iPhone 14", "iPhone 15"],
      ["Windows", "macOS"],
      ["Chrome", "Firefox"],
      ["Alexa", "Siri"],
    ],
    "How do I take a screenshot on {} and save it?",
  ]),
  trap("entities", "programming", [
    [
      ["Python", "Ruby"],
      ["postgres", "mysql"],
      ["React 18", "React 19"],
      ["numpy", "pandas"],
      ["C++", "C#"],
      ["getUser", "getUsers"],
    ],
    "How do I read a file with {} and parse the rows?",
  ]),
  trap("entities", "support", [
    [
      ["anna@example.com", "anne@example.com"],
      ["https://example.com/a", "https://example.com/b"],
      ["/etc/hosts", "/etc/hostname"],
      ["#1234", "#1243"],
      ["AB-1234", "AB-1235"],
      ['"gold"', '"silver"'],
    ],
    "Why do I see an issue with {} in my account?",
  ]),
  trap("entities", "science", [
    [
      ["Einstein", "Newton"],
      ["Marie Curie", "Lise Meitner"],
      ["Mars", "Venus"],
    ],
    "What is the most important thing to know about {} in school?",
  ]),
  trap("entities", "language", [
    [
      ["French", "German"],
      ["Spanish", "Portuguese"],
      ["japanese", "korean"],
    ],
    "How do I say good morning in {} to a friend?",
  ]),
  trap("dates", "travel", [
    [
      ["Monday", "Tuesday"],
      ["May 3", "May 4"],
      ["in March", "in June"],
      ["today", "tomorrow"],
      ["this week", "next week"],
      ["2026-05-03", "2026-03-05"],
      ["at 5 am", "at 5 pm"],
    ],
    "Which trains go to the coast {} with bicycles?",
    "Is the museum by the harbour open {} for groups?",
  ]),
  trap("dates", "finance", [
    [
      ["2023", "2024"],
      ["in 1999", "in 1989"],
      ["yesterday", "last year"],
      ["first quarter", "second quarter"],
    ],
    "How did the company earn its money {} in total?",
  ]),
  trap("dates", "hr", [
    [
      ["Christmas", "Easter"],
      ["this month", "last month"],
      ["01.02.2026", "02.01.2026"],
      ["the weekend", "the week"],
    ],
    "How are the shifts of {} paid in our company?",
  ]),
  trap("dates", "deutsch", [
    [
      ["heute", "morgen"],
      ["am Montag", "am Freitag"],
      ["im März", "im Mai"],
    ],
    "Wann hat die Bibliothek {} für die Leser geöffnet?",
  ]),
  trap("order", "travel", [
    [
      ["from Paris to Berlin", "from Berlin to Paris"],
      ["to Rome from Milan", "to Milan from Rome"],
      ["from the airport to the hotel", "from the hotel to the airport"],
    ],
    "How long does it take to travel {} by train?",
    "What is the cheapest way to get {} at night?",
  ]),
  trap("order", "finance", [
    [
      ["euros to dollars", "dollars to euros"],
      ["gold cheaper than silver", "silver cheaper than gold"],
      ["stocks riskier than bonds", "bonds riskier than stocks"],
      ["cash into shares", "shares into cash"],
    ],
    "When are {} and how can I tell that?",
  ]),
  trap("order", "programming", [
    [
      ["a list to a tuple", "a tuple to a list"],
      ["JSON to YAML", "YAML to JSON"],
      ["main into develop", "develop into main"],
      ["strings from numbers", "numbers from strings"],
    ],
    "How do I convert {} in a script?",
  ]),
  trap("order", "hr", [
    [
      ["manager approve an employee", "employee approve a manager"],
      ["tenant sue a landlord", "landlord sue a tenant"],
      ["student grade a teacher", "teacher grade a student"],
      ["buyer owe the agent", "agent owe the buyer"],
    ],
    "Can a {} under the rules?",
  ]),
  trap("order", "cooking", [
    [
      ["milk but not eggs", "eggs but not milk"],
      ["salt before oil", "oil before salt"],
      ["rice with beans", "beans with rice"],
    ],
    "Which dishes have {} in the recipe?",
  ]),
  trap("question words", "science", [
    [
      ["Who", "When"],
      ["Where", "Why"],
      ["How", "Why"],
      ["When", "Where"],
    ],
    "{} was the theory of continental drift rejected?",
    "{} is the vaccine for the disease produced?",
  ]),
  trap("question words", "finance", [
    [
      ["How", "How much"],
      ["How many", "Why"],
      ["When", "How often"],
      ["Who", "How"],
      ["Can", "How can"],
    ],
    "{} do people pay taxes in the city?",
    "{} I get a refund of my deposit?",
  ]),
  trap("question words", "support", [
    [
      ["Can I", "Should I"],
      ["How do I", "Why do I"],
      ["Must I", "May I"],
      ["Where do I", "When do I"],
    ],
    "{} sign the form for the delivery?",
  ]),
  trap("code", "programming", [
    [
      ["`a == b`", "`a != b`"],
      ["x = 1;", "x = 2;"],
      ['{"id": 1}', '{"id": 2}'],
      ["foo(1)", "foo(2)"],
      ["<b>", "<i>"],
      ["a && b", "a || b"],
      ["0x1f", "0x2f"],
    ],
    "What does this do in my code: {} ?",
    "Why do I get an error for {} here?",
  ]),
  trap("person and form", "support", [
    [
      ["my", "your"],
      ["his", "her"],
      ["my wife's", "my son's"],
      ["our", "their"],
    ],
    "What is {} name on the contract?",
  ]),
  trap("person and form", "science", [
    [
      ["in one sentence", "in detail"],
      ["as a table", "as a list"],
      ["for a child", "for an expert"],
      ["in two paragraphs", "in five paragraphs"],
    ],
    "Explain to me how magnets work {} please.",
  ]),
];
