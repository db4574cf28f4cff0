/** A small trace as Python describes it, for the tests: two blocks of two heads, four tokens. */
import type { Manifest, StageInfo, StagePage, Step } from "../src/walkthrough/types"
import { WORDS } from "../src/walkthrough/ui"

export const TRACE = "trace0"

function stage(name: string, axes: string[], shape: number[], more: Partial<StageInfo> = {}): StageInfo {
  const layer = /blocks\.(\d+)\./.exec(name)?.[1]
  return {
    name,
    title: `Title of ${name}`,
    axes,
    shape,
    kind: "signed",
    formula: 0,
    reads: [],
    weights: [],
    op: "dot",
    ...(layer === undefined ? {} : { layer: Number(layer) }),
    side: "",
    place: layer === undefined ? "embedding" : "attention",
    chapter: 0,
    ...more,
  }
}

function block(i: number): StageInfo[] {
  return [
    stage(`blocks.${i}.attn.q`, ["position", "head", "d_head"], [4, 2, 3]),
    stage(`blocks.${i}.attn.k`, ["position", "kv_head", "d_head"], [4, 1, 3]),
    stage(`blocks.${i}.attn.pattern`, ["head", "query", "key"], [2, 4, 4], { reads: [`blocks.${i}.attn.q`] }),
    stage(`blocks.${i}.resid_post`, ["position", "d_model"], [4, 6], { place: "stream" }),
  ]
}

/** Chapters are given as [key, layer, number of steps]. */
export function manifest(pieces = ["A", "B", "A", "C"]): Manifest {
  const stages = [
    stage("tokens", ["position"], [4], { op: "input" }),
    stage("embed", ["position", "d_model"], [4, 6], { weights: ["W_E"] }),
    ...block(0),
    ...block(1),
    stage("probs", ["position", "d_vocab"], [4, 3], { kind: "probability" }),
  ]
  const runs: [string, number | undefined, number][] = [
    ["tokens", undefined, 1],
    ["embedding", undefined, 1],
    ["qkv", 0, 2],
    ["softmax", 0, 1],
    ["residual", 0, 1],
    ["qkv", 1, 2],
    ["softmax", 1, 1],
    ["residual", 1, 1],
    ["probs", undefined, 1],
    ["predict", undefined, 1],
    ["loss", undefined, 1],
  ]
  let first = 0
  const chapters = runs.map(([key, layer, count]) => {
    first += count
    const place = layer === undefined ? {} : { layer }
    return { key, title: `Chapter ${key}`, side: "" as const, ...place, first: first - count, last: first - 1 }
  })
  const last = stages.length - 1
  const steps = [
    ...stages.map((_, i) => ({ stage: i, show: "stage" })),
    { stage: last, show: "predict" },
    { stage: last, show: "loss" },
  ].map((step, i) => ({ ...step, chapter: chapters.findIndex((one) => i <= one.last) })) as Step[]
  return {
    version: 1,
    trace: TRACE,
    language: "en",
    languages: [{ code: "en", name: "English" }],
    model: { key: "sort", title: "sort", subtitle: "", architecture: "decoder", weights: "" },
    sides: [{ name: "", title: "Tokens", tokens: "tokens", pieces, ids: pieces.map((_, i) => i), special: [], n_layers: 2 }],
    stages: stages.map((one, i) => ({ ...one, chapter: steps[i]!.chapter })),
    steps,
    chapters,
    texts: { softmax: { title: "Softmax", intro: [[{ t: "Intro." }]], once: [[{ t: "Once." }]], honest: [] } },
    formulas: ["x^2"],
    places: { embedding: "input and embedding", attention: "attention", stream: "residual stream" },
    weights: { W_E: { axes: ["d_vocab", "d_model"], shape: [3, 6], kind: "signed", title: "Embedding" } },
    axes: { head: { name: "head", title: "head", colour: "#b5651d" } },
    ui: Object.fromEntries(WORDS.map((word) => [word, word])),
    vocabulary: ["A", "B", "C"],
    start: {},
  }
}

export function page(name: string, more: Partial<StagePage> = {}): StagePage {
  return {
    name,
    place: "Somewhere",
    words: [[{ t: `Words about ${name}. ` }]],
    facts: [],
    formula: "x^2",
    code: [],
    pseudo: null,
    guess: null,
    choice: manifest().stages.find((one) => one.name === name)!.shape.map(() => 0),
    ...more,
  }
}
