// How text is searched in the page: what looks or sounds alike to the person who types is taken for the same. The core does the
// same in `domain/search.rs`, and the tests of both read `tests/search-cases.json`.

/**
 * A mark that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowel signs and the Arabic
 * stretching stroke. The marks of other scripts tell letters apart and stay.
 */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;

/** Letters with a stroke, which Unicode does not take apart, as they are typed without it. */
const BASE: Record<string, string> = { ø: "o", ł: "l", đ: "d", ħ: "h", ı: "i" };

/** The text in the form in which it is searched: without the differences of width, case and accents. */
export function searchable(text: string): string {
  // Letter by letter, as the core does: lower-casing whole words knows a final sigma, which a search must not.
  const folded = [...text.normalize("NFKC").toUpperCase()].map((letter) => letter.toLowerCase()).join("");
  return folded
    .normalize("NFD")
    .replace(ACCENTS, "")
    .replace(/[øłđħı]/g, (letter) => BASE[letter] ?? letter)
    .normalize("NFC");
}

/** The words of a search; a text is found when `searchable` of it contains every one of them. None: everything is found. */
export function searchWords(search: string): string[] {
  const plain = searchable(search);
  const words = plain.split(/[^\p{Alphabetic}\p{N}\p{M}]+/u).filter(Boolean);
  // Signs alone, such as an emoji, are looked for as they are.
  return words.length > 0 ? words : plain.split(/\s+/u).filter(Boolean);
}

/** Whether the search finds one of these texts or all of them together. */
export function found(search: string, ...texts: readonly string[]): boolean {
  const text = texts.map(searchable).join("\n");
  return searchWords(search).every((word) => text.includes(word));
}
