import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guardBetween, read } from "./reading.ts";

function between(a: string, b: string): string | undefined {
  const [one, other] = [read(a), read(b)];
  if (typeof one === "string") return one;
  return typeof other === "string" ? other : guardBetween(one, other, "letters");
}

describe("one question in other words passes every guard", () => {
  test.each([
    ["How do I reset my password?", "Could you please tell me how to reset a password"],
    ["How long is 1,000 m of rope in the shop?", "How long is one km of rope in the shop?"],
    ["What does it cost to send 20 dollars to him?", "What does it cost to send $20 to him?"],
    ["Why doesn't my laptop charge at the desk?", "Why does my laptop not charge at the desk?"],
    ["How do I turn the night light on in the hall?", "How do I enable the night light in the hall?"],
    ["How do I fly from Paris to Berlin?", "How do I fly to Berlin from Paris?"],
    ["Wie viel kostet es, 1.000 Kilometer zu fahren?", "Wie viel kostet es, 1000 km zu fahren?"],
    ["What is the cap\u200bital of Po\u0301land?", "What is the capital of Póland?"],
  ])("%s = %s", (a, b) => {
    expect(between(a, b)).toBeUndefined();
    expect(between(b, a)).toBeUndefined();
  });
});

describe("one detail is told by its guard", () => {
  test.each([
    ["How far can I drive with 5 km of fuel?", "How far can I drive with 5 mi of fuel?", "numbers"],
    ["What is the tax on 1.5 million of income?", "What is the tax on 15 million of income?", "numbers"],
    ["What should I do after twenty-one days of rain?", "What should I do after twenty days of rain?", "numbers"],
    ["Can I travel with my passport in the train?", "Can I travel without my passport in the train?", "negation"],
    ["Which dishes have milk but not eggs in them?", "Which dishes have eggs but not milk in them?", "order"],
    ["How do I lock the door of the car?", "How do I unlock the door of the car?", "poles"],
    ["What is the way to Xanten by bus?", "What is the way to Goslar by bus?", "entities"],
    ["How do I open https://a.example/x in the app?", "How do I open https://a.example/y in the app?", "entities"],
    ["How do I get a refund of the deposit?", "Why do I get a refund of the deposit?", "question"],
    ["Is the museum open on Monday for us all?", "Is the museum open on Tuesday for us all?", "entities"],
    ["Is the museum open on monday for us all?", "Is the museum open on tuesday for us all?", "dates"],
    ["What is my name on the contract with you?", "What is his name on the contract with you?", "poles"],
    ["Can a tenant sue the landlord in this case?", "Can the landlord sue a tenant in this case?", "order"],
    ["What does 👍 mean in a work chat?", "What does 👎 mean in a work chat?", "signs"],
    ["What do the 🏴󠁧󠁢󠁥󠁮󠁧󠁿 fans sing at the match?", "What do the 🏴󠁧󠁢󠁳󠁣󠁴󠁿 fans sing at the match?", "signs"],
    ["How long do I boil ٣ eggs for a salad?", "How long do I boil ٥ eggs for a salad?", "signs"],
    ["How do I type the % sign on my laptop?", "How do I type the & sign on my laptop?", "signs"],
    ["What does a ; mean in the Python language?", "What does a : mean in the Python language?", "signs"],
    ["Is the water in the pool too hot to swim?", "Is the water in the pool hot to swim?", "links"],
    ["Is it safe to take the pills with food?", "Is it safe to take the pills during food?", "links"],
    ["Can I drink tea or coffee in the evening?", "Can I drink tea and coffee in the evening?", "links"],
    ["Who is the president of the chess club?", "Who was the president of the chess club?", "links"],
    ["Do I need a visa for the trip to the sea?", "Do I want a visa for the trip to the sea?", "links"],
    ["Where did the pupils from the school go to?", "Where did the pupils to the school go from?", "links"],
    ["Should I get in the car in a storm?", "Should I get out of the car in a storm?", "links"],
    ["How is hepatitis a treated in the clinic?", "How is hepatitis treated in the clinic?", "links"],
    ["What is vitamin d doing in the body of a man?", "What is vitamin doing in the body of a man?", "matter"],
    ["Should I help my friend with the exam?", "Should my friend help me with the exam?", "question"],
    ["How do I rename a branch with the tool?", "How do I rename a folder with the tool?", "matter"],
  ])("%s ≠ %s", (a, b, guard) => {
    expect(between(a, b)).toBe(guard);
    expect(between(b, a)).toBe(guard);
  });
});

describe("a word that is added", () => {
  const CAKE = "birthday cake with chocolate icing, strawberries, vanilla cream and caramel do guests like";
  const readings = [`Which ${CAKE}?`, `Which vegan ${CAKE}?`].map(read);

  test.each(["letters", "meaning"] as const)("to a long text is told from it by %s", (knowledge) => {
    const [plain, vegan] = readings;
    if (typeof plain !== "object" || typeof vegan !== "object") throw new Error("They are not read.");
    expect(guardBetween(plain, vegan, knowledge)).toBe("matter");
  });
});

describe("a text is never compared", () => {
  test.each([
    ["yes, cancel it", "length"],
    ["What is it that `rm -rf` does to my disk?", "code"],
    ['What does {"a": 1} mean in my answer?', "code"],
    ["What does ｛ａ：１｝ mean in my answer?", "code"],
    ["What is the latest version of the tool?", "moving"],
    ["What shall I wear to the party next week?", "moving"],
    ["Как мне сбросить пароль от моей почты?", "language"],
    ["HOW DO I GET TO XANTEN FROM HERE?", "language"],
    ["reset password router kitchen", "language"],
  ])("%s: %s", (text, why) => {
    expect(read(text)).toBe(why);
  });

  test("whatever it holds, in bounded time", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2100 }), (text) => void read(text)));
    for (const unit of ["a-", "1,", "'", '"', "/", "a.", "_", "$", "5 ", "is not "])
      read(unit.repeat(900).slice(0, 2000));
  });
});
