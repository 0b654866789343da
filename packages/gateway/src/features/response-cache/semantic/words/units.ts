/** `dimension: factor name name` on each line. Money has no factor to another. */
const table = `
length: 0.001 mm millimeter millimetre millimeters millimetres
length: 0.01 cm centimeter centimetre centimeters centimetres
length: 1 m meter metre meters metres
length: 1000 km kilometer kilometre kilometers kilometres kilómetros kilomètres kms
length: 0.0254 inch inches
length: 0.3048 ft foot feet
length: 0.9144 yd yard yards
length: 1609.344 mi mile miles
mass: 0.001 mg milligram milligrams
mass: 1 g gram grams gramme gramm
mass: 1000 kg kilo kilos kilogram kilograms
mass: 28.349523125 oz ounce ounces
mass: 453.59237 lb lbs pound-mass
mass: 1000000 ton tonne tons tonnes
volume: 0.001 ml milliliter millilitre milliliters millilitres
volume: 0.01 cl centiliter
volume: 1 l liter litre liters litres
volume: 3.785411784 gal gallon gallons
volume: 0.2365882365 cup cups
volume: 0.0147867648 tbsp tablespoon tablespoons
volume: 0.0049289216 tsp teaspoon teaspoons
volume: 0.473176473 pint pints
time: 0.001 ms millisecond milliseconds
time: 1 sec secs second-unit seconds sekunden segundos secondes
time: 60 min mins minute minutes minuten minutos
time: 3600 hr hrs hour hours stunde stunden heure heures hora horas
time: 86400 day days tag tage tagen jour jours día días
time: 604800 week weeks woche wochen semaine semaines semana semanas
months: 1 month months monat monate monaten mois mes meses
months: 12 year years yr yrs jahr jahre jahren an ans année années año años
months: 120 decade decades
months: 1200 century centuries
bytes: 1 byte bytes
bytes: 1000 kb kilobyte kilobytes
bytes: 1000000 mb megabyte megabytes
bytes: 1000000000 gb gigabyte gigabytes
bytes: 1000000000000 tb terabyte terabytes
bytes: 1048576 mib
bytes: 1073741824 gib
bits: 1 bit bits
bits: 1000000 mbps
bits: 1000000000 gbps
celsius: 1 °c celsius centigrade
fahrenheit: 1 °f fahrenheit
kelvin: 1 kelvin
degrees: 1 degree degrees °
share: 1 % percent pct prozent
speed: 1 mph
speed-metric: 1 km/h kmh kph
power: 1 watt watts
power: 1000 kw kilowatt kilowatts
energy: 1 kwh
energy-kcal: 1 calorie calories kcal
frequency: 1 hz hertz
frequency: 1000000000 ghz
area: 1 m² sqm
area: 4046.8564224 acre acres
area: 10000 hectare hectares
USD: 1 $ usd dollar dollars bucks
EUR: 1 € eur euro euros
GBP: 1 £ gbp pound pounds quid
JPY: 1 ¥ jpy yen
CHF: 1 chf franken
INR: 1 ₹ inr rupee rupees
CNY: 1 cny yuan renminbi
CAD: 1 cad
AUD: 1 aud
cents: 1 cent cents
`;

export interface Unit {
  readonly dimension: string;
  readonly factor: number;
}

/** By what people write. */
export const units: ReadonlyMap<string, Unit> = new Map(
  table
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [dimension = "", factor = "1", ...written] = line.split(/:?\s+/);
      return written.map((name): [string, Unit] => [name, { dimension, factor: Number(factor) }]);
    }),
);

/** These also mean something else, and are units only behind a number. */
export const onlyBehindNumbers: ReadonlySet<string> = new Set(
  "m g l min mi an mes day days tag tage hr cup cups ton tons mins second-unit °".split(" "),
);
