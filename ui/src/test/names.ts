// Finds names that would be displayed wrongly if they were written from right to left.

const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/** The elements under `root` that show a right-to-left name without a direction of its own. */
export function namesWithoutDirection(root: Element = document.body): string[] {
  const found: string[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    // A single letter has no direction.
    if (
      !parent ||
      (node.textContent ?? "").trim().length < 2 ||
      parent.closest("style, script") ||
      !RIGHT_TO_LEFT.test(node.textContent ?? "")
    )
      continue;
    const own = parent.closest("bdi, [dir=auto]");
    // Latin letters in the same element would share one direction with the name.
    if (!own || (own.tagName !== "BDI" && /[a-z]/i.test(own.textContent ?? ""))) found.push(parent.outerHTML);
  }
  for (const field of root.querySelectorAll<HTMLInputElement>("input, textarea")) {
    if (RIGHT_TO_LEFT.test(field.value) && field.dir !== "auto") found.push(field.outerHTML);
  }
  return found;
}

const ARABIC = "مبادئ الكاراتيه";

/** A copy of an answer with every title and every person’s name in Arabic. */
export function inArabic(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(inArabic);
  if (typeof answer !== "object" || answer === null) return answer;
  const isScenario = "description" in answer;
  const isCandidate = "same_room" in answer;
  const isApp = "created_at" in answer;
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => {
      const named =
        ((isCandidate || isApp) && key === "name") ||
        (!isScenario && ["title", "instructor", "recording_title", "app_name"].includes(key));
      return [key, named && typeof value === "string" ? ARABIC : inArabic(value)];
    }),
  );
}
