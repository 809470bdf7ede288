// Builds the door in ui/dist/door: the Worker as one module, and the tables of its database.

import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(dirname(here), "dist", "door");

await build({
  configFile: false,
  logLevel: "warn",
  publicDir: false,
  build: {
    target: "es2022",
    outDir: out,
    emptyOutDir: true,
    minify: false,
    lib: { entry: join(here, "src", "door.ts"), formats: ["es"], fileName: () => "door.js" },
  },
});
await cp(join(here, "schema.sql"), join(out, "schema.sql"));
