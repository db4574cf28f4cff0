/** The walkthrough: every stage of a forward pass, step by step. */
import { component } from "../component"
import { decodeParts } from "../decode"
import { serverAddress } from "../server"
import type { ComponentArguments } from "../streamlit"
import { Source } from "../walkthrough/data"
import { Mounted } from "../walkthrough/mounted"
import type { Manifest, StagePage } from "../walkthrough/types"

class Instance {
  private readonly mounted = new Mounted()
  readonly host = this.mounted.host
  private data: unknown

  update({ data, setTriggerValue }: ComponentArguments): void {
    // It is another function on each run of the script.
    this.mounted.hear(setTriggerValue ? (message) => setTriggerValue("write", message) : null)
    if (data === this.data) return
    this.data = data
    try {
      const { manifest, source } = read(data)
      this.mounted.show(manifest, source)
    } catch (error) {
      this.mounted.fail(error instanceof Error ? error.message : String(error))
    }
  }

  dispose(): void {
    this.mounted.dispose()
  }
}

function read(data: unknown): { manifest: Manifest; source: Source } {
  if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
  const { header, tensors } = decodeParts(data)
  const manifest = header.manifest as Manifest | undefined
  if (!manifest?.steps.length) throw new Error("the message has no steps")
  const source = new Source(serverAddress(), manifest)
  source.seed(tensors, (header.pages as Record<string, StagePage> | undefined) ?? {})
  return { manifest, source }
}

export default component(() => new Instance())
