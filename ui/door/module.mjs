// The door as one module.

import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds the module, and writes it as door.js where a folder is given.
 *
 * @param {string} [outDir]
 * @returns {Promise<string>} its text
 */
export async function doorModule(outDir) {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      target: "es2022",
      ...(outDir === undefined ? { write: false } : { outDir, emptyOutDir: true }),
      minify: false,
      lib: { entry: here("src/door.ts"), formats: ["es"], fileName: () => "door.js" },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  const [chunk] = "output" in bundle ? bundle.output : [];
  if (!chunk) throw new Error("the door was not built");
  return chunk.code;
}
