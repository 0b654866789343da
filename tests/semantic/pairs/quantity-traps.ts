import { type Trap, trap } from "./pair.ts";

export const quantityTraps: readonly Trap[] = [
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
];
