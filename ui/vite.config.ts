import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const sources = join(import.meta.dirname, "src");
/** The tests that replace modules by mocks. */
const mocking = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && readFileSync(join(sources, file), "utf8").includes("vi.mock("))
  .map((file) => `src/${file.replaceAll("\\", "/")}`);

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The join page has its own build, join/build.mjs.
  optimizeDeps: { entries: ["index.html"] },
  // Tauri opens the dev server at this address; on another port the window would stay blank.
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  preview: { host: "127.0.0.1" },
  build: {
    target: "es2022",
    // Nothing is inlined, because the content security policy allows files of the app only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Tests need the build of Svelte for the browser, not the one for servers.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { TZ: "Europe/Berlin" },
    maxWorkers: "100%",
    // Creating a document and loading the components takes longer than most tests, so test files share them. Files that mock
    // modules run in isolation.
    projects: [
      {
        extends: true,
        test: { name: "shared", include: ["src/**/*.test.ts", "join/**/*.test.js"], exclude: mocking, isolate: false },
      },
      { extends: true, test: { name: "mocking", include: mocking } },
    ],
  },
});
