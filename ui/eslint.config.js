// What svelte-check and prettier do not find. Formatting is prettier's, types are svelte-check's.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import { defineConfig, globalIgnores } from "eslint/config";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** Files of a layer may not import from the layers that are built on them. Tests may. */
const layer = (files, ...forbidden) => ({
  files: [files],
  ignores: ["**/*.test.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: forbidden.map((regex) => ({ regex, message: "This layer must not depend on that one." })) },
    ],
  },
});
const TAURI = "^@tauri-apps/";
const OTHER_THAN_CLIENT = "/ipc/(?!client$)";

export default defineConfig(
  globalIgnores(["dist", "node_modules", "door/dist", "src/ipc/bindings.ts"]),
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: "error",
      // The accents of `lib/search.ts` are written as ranges of code points.
      "no-misleading-character-class": ["error", { allowEscape: true }],
      // Dates are never changed, and collections in `$state.raw` are replaced as a whole.
      "svelte/prefer-svelte-reactivity": "off",
      // A string in braces keeps its blanks where prettier would break the line.
      "svelte/no-useless-mustaches": "off",
      "no-console": ["error", { allow: ["error", "warn"] }],
      // A name that begins with an underscore says that the value is not needed.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  // The layers, from the bottom: lib and ipc, components, state, views, shell.
  layer("src/lib/**", TAURI, "^\\.\\./"),
  layer("src/components/**", TAURI, OTHER_THAN_CLIENT, "/(state|views|shell)/", "/views$"),
  // A toast is drawn by a component, and `View` is a type of the list of views.
  layer("src/state/**", TAURI, OTHER_THAN_CLIENT, "/components/(?!ToastText)", "/views/", "/shell/"),
  layer("src/views/**", TAURI, OTHER_THAN_CLIENT, "/shell/", "/views$"),
  layer("src/shell/**", TAURI, OTHER_THAN_CLIENT),
  {
    files: ["*.config.*", "join/build.mjs", "door/*.mjs", "door/test/**"],
    languageOptions: { globals: globals.node },
  },
);
