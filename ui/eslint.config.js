import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import svelteConfig from "./svelte.config.js";

const noTauri = {
  group: ["@tauri-apps/*"],
  message: "Only src/host talks to Tauri; use the host object.",
};
const noStores = {
  group: ["svelte/store"],
  message:
    "State is runes. (That is why no rule looks for the uses of stores: it asks for the type of every name.)",
};
const featureDoors = {
  regex: "^\\$features/[^/]+/.+",
  message: "A feature is entered through its index.ts.",
};
const noFeatures = {
  regex: "^(\\$features|\\$app|\\$store)(/|$)|/features/",
  message: "Shared code knows no feature.",
};
const neighbours = {
  regex:
    "^\\.\\./(\\.\\./)*(features/)?(images|inspector|signatures|home|drop|keys|library|remotes|tasks|transfers|settings|palette|firstrun|shortcuts)(/|$)",
  message: "Reach another feature through $features/<name>.",
};

export default ts.config(
  { ignores: ["dist/", "dist-browser/", "node_modules/", "src/bindings/"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs["flat/recommended"],
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: [".svelte"],
      },
    },
    rules: {
      "no-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text only." },
        { property: "outerHTML", message: "Text only." },
        { property: "insertAdjacentHTML", message: "Text only." },
      ],
      "no-restricted-imports": ["error", { patterns: [noTauri, noStores, featureDoors] }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": "off",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/button-has-type": "off",
      "prefer-const": "off",
      "svelte/prefer-const": "error",
      "svelte/no-navigation-without-resolve": "off",
      "svelte/require-store-reactive-access": "off",
      // Values that come through Svelte's generated component types are seen as `any` by this rule family.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["src/host/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [noStores, featureDoors] }],
      // The host throws the program's errors as they are, and answers at once where the window would wait.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["src/shared/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [noTauri, noStores, noFeatures] }] },
  },
  {
    files: ["src/features/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [noTauri, noStores, featureDoors, neighbours] }],
    },
  },
  {
    files: ["*.config.js", "*.config.ts", "tests/**"],
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: {
        projectService: false,
        project: "./tsconfig.node.json",
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-deprecated": "off",
    },
  },
);
