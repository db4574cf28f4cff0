export default function glance({ parentElement }: { parentElement: HTMLElement | ShadowRoot }): () => void {
  const root = document.createElement("div")
  root.dataset.glassformer = "glance"
  root.dataset.ready = "true"
  parentElement.replaceChildren(root)
  return () => root.remove()
}
