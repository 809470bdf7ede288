import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { found, searchable } from "./search";

type Case = { text: string; search: string; found: boolean };
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "../../../tests/search-cases.json"), "utf8")) as Case[];

it.each(cases)("$search in $text: $found", ({ text, search, found: wanted }) => {
  expect(found(search, text)).toBe(wanted);
});

it("searches several texts, and no word spans two of them", () => {
  expect(found("judo mori", "Judo open mat", "K. Mori")).toBe(true);
  expect(found("matk", "Judo open mat", "K. Mori")).toBe(false);
});

it("searchable does not change a searchable text", () => {
  for (const { text } of cases) expect(searchable(searchable(text))).toBe(searchable(text));
});
