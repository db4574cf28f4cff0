/** Whether the browser can draw in space. Asked on a canvas of its own, which is given back at once. */
export function hasWebGL(): boolean {
  const context = document.createElement("canvas").getContext("webgl2")
  context?.getExtension("WEBGL_lose_context")?.loseContext()
  return context !== null
}
