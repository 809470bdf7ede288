// What the HTML files and the words must have in common.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WATCH_LABELS } from "./watch-words.js";
import { LABELS } from "./words.js";

const folder = import.meta.dirname;
const read = (name) => readFileSync(join(folder, name), "utf8");
const parsed = (name) => new DOMParser().parseFromString(read(name), "text/html");

describe.each([
  ["index.html", "join.js", LABELS, 50],
  ["watch.html", "watch.js", WATCH_LABELS, 20],
])("%s", (name, script, labels, most) => {
  const page = parsed(name);

  it("shows only words that exist", () => {
    const shown = [...page.querySelectorAll("[data-word]")].map((element) => element.getAttribute("data-word"));
    expect(shown.filter((word) => !labels[word])).toEqual([]);
  });

  it("has every part that its script asks for", () => {
    const ids = [...read(script).matchAll(/part\("([a-z-]+)"\)/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(most);
    expect(ids.filter((id) => !page.getElementById(id))).toEqual([]);
  });
});

describe("the pages", () => {
  it.each(["index.html", "watch.html", "404.html"])(
    "%s runs no inline script and no handler in an attribute",
    (name) => {
      const document = parsed(name);
      expect([...document.scripts].every((script) => script.src && !script.textContent.trim())).toBe(true);
      const attributes = [...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames());
      expect(attributes.filter((attribute) => attribute.startsWith("on") || attribute === "style")).toEqual([]);
      const policy = document.querySelector("[http-equiv=Content-Security-Policy]").getAttribute("content");
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'/);
      expect(policy).not.toMatch(/script-src[^;]*'unsafe-inline'/);
    },
  );

  it("is built with every file that a script imports", () => {
    const built = read("build.mjs") + read("../door/build.mjs");
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".js") && !name.endsWith(".test.js"));
    expect(scripts.filter((name) => !built.includes(`"${name}"`))).toEqual([]);
  });
});
