import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The join page has its own build, join/build.mjs.
  optimizeDeps: { entries: ["index.html", "compact.html"] },
  // Tauri opens the dev server at this address; on another port the window would stay blank.
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  preview: { host: "127.0.0.1" },
  build: {
    target: "es2022",
    // Nothing is inlined, because the content security policy allows files of the app only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The large window and the small one.
    rollupOptions: { input: ["index.html", "compact.html"] },
  },
  // Tests need the build of Svelte for the browser, not the one for servers.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "page",
          include: ["src/**/*.test.ts", "join/**/*.test.js"],
          environment: "jsdom",
          setupFiles: ["./src/test/setup.ts"],
          env: { TZ: "Europe/Berlin" },
          // Every file has modules and a document of its own, so that none depends on what another one left behind.
          isolate: true,
        },
      },
      // The door runs in Cloudflare's own runtime, which miniflare starts.
      {
        test: {
          name: "door",
          include: ["door/**/*.test.ts"],
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
    restoreMocks: true,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: "100%",
  },
});
