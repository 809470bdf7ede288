import axe from "axe-core";

/** The accessibility problems under `root` as sentences; an empty list is a pass. */
export async function barriers(root: Element = document.body): Promise<string[]> {
  const report = await axe.run(root, {
    // A frame without rights answers nobody.
    iframes: false,
    // jsdom computes no colours, and a component is not a whole page.
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return report.violations.map(
    (found) => `${found.id}: ${found.help} (${found.nodes.map((node) => node.html).join(" | ")})`,
  );
}
