import { describe, expect, it } from "vitest"
import { pieceAt, tokensAlong } from "../src/walkthrough/picture/tokens"
import { patchStyle } from "../src/walkthrough/patches"
import type { Manifest, Patches } from "../src/walkthrough/types"
import networks from "./stages.json"

const patches: Patches = { rows: 2, columns: 3, first: 1, names: [], shape: [4, 2], picture: "data:image/png;base64,AA==" }
const manifest = { ...networks.pictures, labels: ["cat", "dog"] } as unknown as Manifest

describe("patches of a picture", () => {
  it("shows each through a window of its own, and nothing for [CLS]", () => {
    expect(patchStyle(patches, 0)).toBeNull()
    expect(patchStyle(patches, 7)).toBeNull()
    expect(patchStyle(patches, 1)).toMatchObject({ backgroundPosition: "0% 0%", backgroundSize: "300% 200%", aspectRatio: "4 / 2" })
    expect(patchStyle(patches, 6)).toMatchObject({ backgroundPosition: "100% 100%" })
    expect(patchStyle({ ...patches, rows: 1, columns: 1 }, 1)).toMatchObject({ backgroundPosition: "0 0" })
  })

  it("calls rows of patches and labels by their names", () => {
    const none = () => undefined
    expect(pieceAt(manifest, tokensAlong(manifest, "patches", "patch"), 0, none)).toBe("r0 c0")
    expect(pieceAt(manifest, tokensAlong(manifest, "embed", "position"), 0, none)).toBe("[CLS]")
    expect(pieceAt(manifest, tokensAlong(manifest, "logits", "label"), 1, none)).toBe("dog")
    expect(tokensAlong({ ...manifest, labels: undefined } as unknown as Manifest, "logits", "label")).toBeNull()
  })
})
