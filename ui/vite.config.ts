import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const sources = join(import.meta.dirname, "src");
const mocking = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && readFileSync(join(sources, file), "utf8").includes("vi.mock("))
  .map((file) => `src/${file.replaceAll("\\", "/")}`);

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The join page under join/ has a build of its own.
  optimizeDeps: { entries: ["index.html"] },
  // Tauri opens the dev server under this address, so another port would be a blank window.
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  preview: { host: "127.0.0.1" },
  build: {
    target: "es2022",
    // Nothing is inlined: the content security policy names 'self' and little else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  // Svelte has a server build; tests want the one that touches a document.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
    env: { TZ: "Europe/Berlin" },
    maxWorkers: "100%",
    // Making a document and loading the widgets takes longer than most tests, so files share them. Those that put
    // something else in the place of a module need a world of their own.
    projects: [
      {
        extends: true,
        test: { name: "shared", include: ["src/**/*.test.ts", "join/**/*.test.js"], exclude: mocking, isolate: false },
      },
      { extends: true, test: { name: "mocking", include: mocking } },
    ],
  },
});
