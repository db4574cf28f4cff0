import { defineConfig } from "vitest/config"

// One entry a browser component. Each also has an entry in pyproject.toml, where Streamlit finds it.
const components = {
  board: "src/components/board.tsx",
  glance: "src/components/glance.ts",
  leave: "src/components/leave.ts",
  paint: "src/components/paint.tsx",
  walkthrough: "src/components/walkthrough.tsx",
}

export default defineConfig({
  // Streamlit serves dist/ below an address of its own, so chunks must find each other by relative paths.
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    modulePreload: false,
    // three.js, which is fetched with the scene alone.
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: components,
      preserveEntrySignatures: "strict",
      output: {
        // The hash lets a browser keep a file for ever. Python asks for "<component>-*.js", which must match one file only.
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "shared/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  // Tests read the catalogues of words, which lie beside.
  server: { fs: { allow: [".."] } },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    testTimeout: 60_000, // a busy machine is no fault
  },
})
