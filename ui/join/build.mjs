// Builds the join page in ui/dist/join: the page, RealtimeKit's two bundles, and their licence. The app publishes that folder, serves it to
// the host's browser, and any https host can serve it.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const ui = dirname(here);
const out = join(ui, "dist", "join");
const assets = join(out, "assets");
const packages = join(ui, "node_modules", "@cloudflare");

/** The files that lie beside the page, and those in its folder `assets`. */
const PAGES = ["404.html"];
const ASSETS = [
  "address.js",
  "ask-door.js",
  "devices.js",
  "door-words.js",
  "door.js",
  "join.css",
  "join.js",
  "lost.js",
  "mark.svg",
  "old.js",
  "room.js",
  "token.js",
  "waiting.js",
  "words.js",
];

const version = async (folder) => JSON.parse(await readFile(join(folder, "package.json"), "utf8")).version;

/** Copies a bundle without the reference to its source map, which is not shipped. */
async function bundle(name, as) {
  const text = await readFile(join(packages, name, "dist", "browser.js"), "utf8");
  await writeFile(join(assets, as), text.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n"));
}

await rm(out, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
// The version tells which Hajime the page belongs to, wherever it was put.
const page = await readFile(join(here, "index.html"), "utf8");
const mark = `<meta name="hajime-join-page" content="${await version(ui)}" />`;
await writeFile(join(out, "index.html"), page.replace('<meta charset="utf-8" />', `$&\n    ${mark}`));
for (const file of PAGES) await cp(join(here, file), join(out, file));
for (const file of ASSETS) await cp(join(here, file), join(assets, file));
await bundle("realtimekit", "realtimekit.js");
await bundle("realtimekit-ui", "realtimekit-ui.js");

// The package realtimekit-ui has no licence file; its repository, cloudflare/realtimekit-ui, has the same licence.
const licence = await readFile(join(packages, "realtimekit", "LICENSE.txt"), "utf8");
const heading = `realtimekit.js is @cloudflare/realtimekit ${await version(join(packages, "realtimekit"))} and
realtimekit-ui.js is @cloudflare/realtimekit-ui ${await version(join(packages, "realtimekit-ui"))}, both by Cloudflare, Inc.,
from npm, under the licence below.
`;
await writeFile(join(assets, "LICENSE-realtimekit.txt"), `${heading}\n${licence}`);
