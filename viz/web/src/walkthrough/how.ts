/** How the next token is chosen, as a person sets it and as a link carries it. Pure: no page, no network. */

/** What was typed: "" where a filter is not used. In the order in which the filters act: `model/generate.py`. */
export interface How {
  repetition_penalty: string
  temperature: string
  top_k: string
  top_p: string
  min_p: string
  seed: string
}

export const GREEDY: How = { repetition_penalty: "", temperature: "0", top_k: "", top_p: "", min_p: "", seed: "0" }

/** What each setting may be: whole numbers where a step is one. */
export const FIELDS = [
  { name: "repetition_penalty", low: 0.01, high: 100, step: "any" },
  { name: "temperature", low: 0, high: 100, step: "any" },
  { name: "top_k", low: 1, high: 999_999_999, step: "1" },
  { name: "top_p", low: 0.001, high: 1, step: "any" },
  { name: "min_p", low: 0, high: 1, step: "any" },
  { name: "seed", low: 0, high: 999_999_999, step: "1" },
] as const satisfies readonly { name: keyof How; low: number; high: number; step: string }[]

type Field = (typeof FIELDS)[number]

/** The first setting that is out of range, or is no number. Filters may be left empty. */
export function outside(how: How): Field | null {
  return FIELDS.find((field) => isWrong(field, how[field.name])) ?? null
}

function isWrong({ name, low, high, step }: Field, typed: string): boolean {
  const text = typed.trim()
  if (!text) return name === "temperature" || name === "seed"
  const value = Number(text)
  return !(value >= low && value <= high) || (step === "1" && !Number.isInteger(value))
}

/** "temperature:0.8,top_k:40": what is set otherwise than usual, and is in range. */
export function written(how: How): string {
  const set = FIELDS.filter((field) => how[field.name].trim() !== GREEDY[field.name] && !isWrong(field, how[field.name]))
  return set.map(({ name }) => `${name}:${Number(how[name])}`).join()
}

/** Reads what `written` wrote. What cannot be is left as it usually is. */
export function read(text: string): How {
  const how = { ...GREEDY }
  for (const part of text.split(",")) {
    const [name, value = ""] = part.split(":")
    const field = FIELDS.find((one) => one.name === name)
    if (field && /^[\d.e+-]+$/.test(value) && !isWrong(field, value)) how[field.name] = value
  }
  return how
}

/** The same settings, in other words or not. */
export function same(one: How, other: How): boolean {
  return FIELDS.every(({ name }) => one[name] === other[name])
}
