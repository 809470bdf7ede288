import axe from "axe-core";

/** What a screen reader user would stumble over, in words; an empty list is a pass. */
export async function barriers(root: Element = document.body): Promise<string[]> {
  const report = await axe.run(root, {
    // jsdom computes no colours and no page; contrast is looked at in a browser.
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return report.violations.map(
    (found) => `${found.id}: ${found.help} (${found.nodes.map((node) => node.html).join(" | ")})`,
  );
}
