/** What Streamlit hands to the default export of a component (components v2). */
export interface ComponentArguments {
  /** A shadow root, unless the component was registered without isolated styles. */
  parentElement: HTMLElement | ShadowRoot
  /** Raw bytes from Python arrive as a Uint8Array; it is a new object on each run of the script. */
  data: unknown
  key?: string | undefined
  name?: string | undefined
  /** Both of these run the whole page script again; neither may be called while mounting. */
  setStateValue?: (name: string, value: unknown) => void
  setTriggerValue?: (name: string, value: unknown) => void
}

/** Called by Streamlit when the component leaves the page. */
export type Cleanup = () => void

export type Component = (component: ComponentArguments) => Cleanup
