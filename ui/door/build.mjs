// Builds the door in ui/dist/door: the Worker as one module, the tables of its database, and what it adds to the files of the join page
// (ui/dist/join) for watching.

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { doorModule } from "./module.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const ui = dirname(here);
const out = join(ui, "dist", "door");
const pages = join(out, "pages");
const assets = join(pages, "assets");

/** The files beside the page that only watching needs. */
const ASSETS = ["watch-link.js", "watch-words.js", "watch.css", "watch.js"];

await doorModule(out);
await cp(join(here, "schema.sql"), join(out, "schema.sql"));
await mkdir(assets, { recursive: true });
await cp(join(ui, "join", "watch.html"), join(pages, "watch.html"));
for (const file of ASSETS) await cp(join(ui, "join", file), join(assets, file));

const hls = join(ui, "node_modules", "hls.js");
const { version } = JSON.parse(await readFile(join(hls, "package.json"), "utf8"));
const licence = await readFile(join(hls, "LICENSE"), "utf8");
await cp(join(hls, "dist", "hls.min.mjs"), join(assets, "hls.js"));
const heading = `hls.js is hls.js ${version} from npm, under the licence below.`;
await writeFile(join(assets, "LICENSE-hls.txt"), `${heading}\n\n${licence}`);
