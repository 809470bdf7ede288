import { describe, expect, it } from "vitest";
import { joinPageProblem, wholeNumberProblem } from "./settings-form";

describe("the address of a join page", () => {
  it.each([
    "",
    "  ",
    "https://join.example.org/",
    "https://example.org/dojo?x=1",
    "http://127.0.0.1:8080/",
    "http://localhost/",
    "http://hajime-join.dojo.workers.localhost:8080/",
  ])("accepts %o", (typed) => expect(joinPageProblem(typed)).toBeUndefined());

  it.each(["join.example.org", "http://join.example.org/", "javascript:alert(1)", "file:///etc/passwd", "https://"])(
    "refuses %o and says why",
    (typed) => expect(joinPageProblem(typed)).toMatch(/https:\/\//),
  );
});

describe("a whole number", () => {
  it("is from one to the limit", () => {
    expect(wholeNumberProblem("It", 1, 5)).toBeUndefined();
    expect(wholeNumberProblem("It", 5, 5)).toBeUndefined();
    for (const wrong of [0, 6, 1.5, null, Number.NaN])
      expect(wholeNumberProblem("It", wrong, 5)).toContain("from 1 to 5");
  });
});
