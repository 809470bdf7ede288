/** The languages in which Stream makes captions, by their tags. */
export const CAPTION_LANGUAGES: Record<string, string> = {
  cs: "Czech",
  nl: "Dutch",
  en: "English",
  fr: "French",
  de: "German",
  it: "Italian",
  ja: "Japanese",
  ko: "Korean",
  pl: "Polish",
  pt: "Portuguese",
  ru: "Russian",
  es: "Spanish",
};

/** The name of a language, or its tag where there is none. */
export function languageName(tag: string): string {
  const known = CAPTION_LANGUAGES[tag];
  if (known) return known;
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
