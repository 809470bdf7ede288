/** A part of a sentence: text of the app, or a name that a person chose. */
export type Part = { text: string; name: boolean };

/** Splits a sentence into its text and the names in “quotation marks”. */
export function partsOf(sentence: string): Part[] {
  return sentence
    .split(/(?<=“)([^“”]*)(?=”)/u)
    .map((text, index) => ({ text, name: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}
