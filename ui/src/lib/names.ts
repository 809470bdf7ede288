/** A part of a sentence: words of ours, or a name that somebody chose. */
export type Part = { text: string; name: boolean };

/** Splits a sentence at the names in it, which stand in “quotation marks”. */
export function partsOf(sentence: string): Part[] {
  return sentence
    .split(/(?<=“)([^“”]*)(?=”)/u)
    .map((text, index) => ({ text, name: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}
