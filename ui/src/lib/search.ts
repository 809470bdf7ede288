// Searching in the page ignores case, width and accents. The core does the same in `domain/search.rs`; the tests of both read
// `tests/search-cases.json`.

/**
 * The marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowel signs and the Arabic
 * stretching stroke. In other scripts marks distinguish letters, so they are kept.
 */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;

/** Letters with a stroke and the plain letters people type for them: Unicode does not decompose these. */
const BASE: Record<string, string> = { ø: "o", ł: "l", đ: "d", ħ: "h", ı: "i" };

/** The text without differences of width, case and accents. */
export function searchable(text: string): string {
  // Letter by letter, as the core does: lower-casing a whole Greek word gives its last sigma another form.
  const folded = [...text.normalize("NFKC").toUpperCase()].map((letter) => letter.toLowerCase()).join("");
  return folded
    .normalize("NFD")
    .replace(ACCENTS, "")
    .replace(/[øłđħı]/g, (letter) => BASE[letter] ?? letter)
    .normalize("NFC");
}

/** The words of a search. A text is found when its `searchable` form contains all of them; without words everything is found. */
export function searchWords(search: string): string[] {
  const plain = searchable(search);
  const words = plain.split(/[^\p{Alphabetic}\p{N}\p{M}]+/u).filter(Boolean);
  // A search for signs alone, such as an emoji, is split at blanks only.
  return words.length > 0 ? words : plain.split(/\s+/u).filter(Boolean);
}

/** Whether every word of the search is in one of these texts. */
export function found(search: string, ...texts: readonly string[]): boolean {
  const text = texts.map(searchable).join("\n");
  return searchWords(search).every((word) => text.includes(word));
}
