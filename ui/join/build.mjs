// Builds the join page in ui/dist/join: the page, RealtimeKit's two bundles, and their licence. The app serves that folder to the
// host's browser, and any https host can serve it to others.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const ui = dirname(here);
const out = join(ui, "dist", "join");
const assets = join(out, "assets");
const packages = join(ui, "node_modules", "@cloudflare");

/** Copies a bundle without the reference to its source map, which is not shipped. */
async function bundle(name, as) {
  const text = await readFile(join(packages, name, "dist", "browser.js"), "utf8");
  await writeFile(join(assets, as), text.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n"));
}

await rm(out, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
await cp(join(here, "index.html"), join(out, "index.html"));
for (const file of ["join.js", "words.js", "join.css", "mark.svg"]) await cp(join(here, file), join(assets, file));
await bundle("realtimekit", "realtimekit.js");
await bundle("realtimekit-ui", "realtimekit-ui.js");

// The package realtimekit-ui has no licence file; its repository, cloudflare/realtimekit-ui, has the same licence.
const version = async (name) => JSON.parse(await readFile(join(packages, name, "package.json"), "utf8")).version;
const licence = await readFile(join(packages, "realtimekit", "LICENSE.txt"), "utf8");
const heading = `realtimekit.js is @cloudflare/realtimekit ${await version("realtimekit")} and
realtimekit-ui.js is @cloudflare/realtimekit-ui ${await version("realtimekit-ui")}, both by Cloudflare, Inc.,
from npm, under the licence below.
`;
await writeFile(join(assets, "LICENSE-realtimekit.txt"), `${heading}\n${licence}`);
