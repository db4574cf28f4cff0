/** The scene of an input that grew or shrank, fetched while the one before is still shown. */
import type { Source } from "../walkthrough/data"
import type { Manifest } from "../walkthrough/types"
import { Network } from "./network"
import type { Stream } from "./stream"
import type { Face } from "./types"

/** Blocks in view whose numbers are waited for. */
const MOST = 64

/** `seen`: names of the blocks that are looked at, the most important first. */
export async function following(
  manifest: Manifest,
  source: Source,
  stream: Stream,
  seen: readonly string[],
  stop: AbortSignal,
): Promise<{ network: Network; faces: Face[] }> {
  const network = new Network(manifest, await source.scene(undefined, stop))
  const known = new Map(network.withNumbers.map((block) => [block.name, block]))
  const wanted = [...new Set(seen)].flatMap((name) => known.get(name) ?? []).slice(0, MOST)
  return { network, faces: await stream.some(wanted, network.withNumbers, (names, most, stop) => source.faces(names, most, stop)) }
}
