/** A plugin for Vite: writes down whose software went into a bundle, with the words of each licence. */
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Plugin } from "vite"

export function licences(fileName: string): Plugin {
  return {
    name: "licences",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((made) => (made.type === "chunk" ? Object.keys(made.modules) : []))
      const folders = [...new Set(modules.flatMap((id) => packageOf(id) ?? []))].sort()
      this.emitFile({ type: "asset", fileName, source: folders.map(words).join("\n\n") + "\n" })
    },
  }
}

/** The folder of the package that a module is from; null for our own. */
function packageOf(id: string): string | null {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? null
}

function described(folder: string): { name?: string; version?: string; license?: string } {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
}

function words(folder: string): string {
  const { name, version, license } = described(folder)
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.\w+)?$/i.test(one))
  if (!license || !file) throw new Error(`${name} says no licence`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}`
}
