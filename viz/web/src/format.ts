/** How numbers are written: for tools with Python's spelling of the ones that are not finite, for reading with signs. */

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "nan"
  return value > 0 ? "inf" : "-inf"
}

/** The shortest decimal that reads back as the same float32, for tools and for copying. */
export function exact(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (Object.is(value, -0)) return "-0"
  for (let digits = 1; digits < 9; digits++) {
    const nearest = Number(value.toPrecision(digits))
    // Above a power of two float32 has wider gaps than below it, so a neighbour may do where the nearest does not.
    const unit = 10 ** (Math.floor(Math.log10(Math.abs(nearest))) - digits + 1)
    for (const candidate of [nearest, nearest + unit, nearest - unit]) {
      const written = Number(candidate.toPrecision(digits))
      if (Math.fround(written) === Math.fround(value)) return String(written)
    }
  }
  // Nine digits always do.
  return String(Number(value.toPrecision(9)))
}

/** What `exact` or Python wrote, with the signs for reading: 1.5e-05 is 1.5e−5, 2e+27 is 2e27. */
export function signed(text: string): string {
  const power = (_: string, sign: string, digits: string) => `e${sign === "-" ? "-" : ""}${digits}`
  return text.replace(/e([+-]?)0*(\d+)$/, power).replaceAll("-", "−").replace("inf", "∞")
}

/** The number of such a text, or itself: JSON cannot spell infinities. */
export function parsed(value: number | string): number {
  return Number(String(value).replace("inf", "Infinity"))
}

/** Few digits, for reading. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return signed(notFinite(value))
  const whole = Number.isInteger(value) && Math.abs(value) < 1e6
  return signed(String(whole ? value : Number(value.toPrecision(digits))))
}
