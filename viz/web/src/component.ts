/** Mounting a browser component: Streamlit calls its default export again whenever the data changes, same parent. */
import type { Component, ComponentArguments } from "./streamlit"

export interface Instance {
  /** What is put on the page, once. */
  readonly host: HTMLElement
  update(given: ComponentArguments): void
  dispose(): void
}

/** One instance a place on the page, kept as long as it is there. */
export function component(make: () => Instance): Component {
  const instances = new WeakMap<HTMLElement | ShadowRoot, Instance>()
  return (given) => {
    const { parentElement } = given
    let instance = instances.get(parentElement)
    if (!instance) {
      instance = make()
      instances.set(parentElement, instance)
      parentElement.append(instance.host)
    }
    instance.update(given)
    const shown = instance
    return () => {
      shown.dispose()
      // Another may have been mounted here meanwhile.
      if (instances.get(parentElement) === shown) instances.delete(parentElement)
    }
  }
}
