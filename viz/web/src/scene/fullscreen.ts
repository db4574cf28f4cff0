/** The whole screen for an element, or the page back. */
export async function fullscreen(element: HTMLElement | null): Promise<void> {
  if (!document.fullscreenEnabled) return
  const root = element?.getRootNode()
  if (root instanceof ShadowRoot ? root.fullscreenElement : document.fullscreenElement) await document.exitFullscreen()
  else await element?.requestFullscreen()
}
