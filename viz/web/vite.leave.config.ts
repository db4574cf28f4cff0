/** The page of a file: all of it, the scene and the fonts too, in one script that loads nothing. */
import { defineConfig } from "vite"
import { licences } from "./licences"

export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  plugins: [licences("licences.txt")],
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: () => true,
    chunkSizeWarningLimit: 3000,
    rollupOptions: {
      input: "src/leave/page.tsx",
      output: { format: "iife", inlineDynamicImports: true, entryFileNames: "page.js" },
    },
  },
})
