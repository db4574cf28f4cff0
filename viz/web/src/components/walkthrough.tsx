/** The walkthrough: every stage of a forward pass, step by step. */
import { component } from "../component"
import { decodeParts } from "../decode"
import { serverAddress } from "../server"
import type { ComponentArguments } from "../streamlit"
import type { Side } from "../walkthrough/compare"
import { Source } from "../walkthrough/data"
import { Mounted } from "../walkthrough/mounted"
import type { Compared } from "../walkthrough/compared"
import type { Manifest, StagePage } from "../walkthrough/types"

class Instance {
  private readonly mounted = new Mounted()
  readonly host = this.mounted.host
  private data: unknown

  update({ data, setTriggerValue }: ComponentArguments): void {
    // They are other functions on each run of the script.
    const teller = (word: string) => (setTriggerValue ? (message: unknown) => setTriggerValue(word, message) : null)
    this.mounted.hear(teller("write"), teller("compare"))
    if (data === this.data) return
    this.data = data
    try {
      const { manifest, source, told } = read(data)
      this.mounted.show(manifest, source, told)
    } catch (error) {
      this.mounted.fail(error instanceof Error ? error.message : String(error))
    }
  }

  dispose(): void {
    this.mounted.dispose()
  }
}

function read(data: unknown): Side & { told: Compared | undefined } {
  if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
  const { header, tensors } = decodeParts(data)
  const manifest = header.manifest as Manifest | undefined
  if (!manifest?.steps.length) throw new Error("the message has no steps")
  const source = new Source(serverAddress(), manifest)
  source.seed(tensors, (header.pages as Record<string, StagePage> | undefined) ?? {})
  return { manifest, source, told: header.compared as Compared | undefined }
}

export default component(() => new Instance())
