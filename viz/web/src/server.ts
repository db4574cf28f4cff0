/** Where the data routes are: not below the page's own path. `viz/entry.py` wrote it into the document. */
export function serverAddress(): string {
  const told = (window as { __streamlit?: { BACKEND_BASE_URL?: string } }).__streamlit?.BACKEND_BASE_URL
  return told ?? new URL("./", location.href).href
}
