/** How numbers are written. Python's spelling of the ones that are not finite: inf, -inf, nan. */

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "nan"
  return value > 0 ? "inf" : "-inf"
}

/** The shortest decimal that reads back as the same float32, for tools and for copying. */
export function exact(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (Object.is(value, -0)) return "-0"
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === Math.fround(value)) return String(candidate)
  }
  // Nine digits always do.
  return String(Number(value.toPrecision(9)))
}

/** Few digits, for reading. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return notFinite(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value)
  return String(Number(value.toPrecision(digits)))
}
