import { beforeEach, describe, expect, it } from "vitest"
import { beginAt } from "../src/fragment"
import { placed, placeIn, placeOf } from "../src/leave/place"
import { Source } from "../src/walkthrough/data"
import { Walk } from "../src/walkthrough/walk"
import { manifest } from "./walkthrough"

const trace = manifest()
const Q = "blocks.1.attn.q"
const ODD = `stage=${Q}&cell=</script><!--&trail="\u2028\ud800';alert(1)//`
const file = (before = "<!doctype html>\n") => new TextEncoder().encode(`${before}<script type="application/json" id="place">""</script>\n<p>é</p>`)
const opened = async (place: string) => new DOMParser().parseFromString(await placed(file(), place).text(), "text/html")
const walk = () => new Walk(trace, new Source("http://here/", trace, () => new Promise(() => {})))

describe("where a file opens", () => {
  it("is the view of the link, and whether it is the picture or the scene", () => {
    expect(new URLSearchParams(placeOf(`#stage=${Q}&head=1`, true)).get("view")).toBe("scene")
    expect(new URLSearchParams(placeOf(`#stage=${Q}&head=1`, false)).get("view")).toBe("picture")
    expect(new URLSearchParams(placeOf(`#stage=${Q}&view=picture`, true)).getAll("view")).toEqual(["picture"])
  })

  it.each(["", "#", "#top", "#head=1", `#stage=${Q}&cell=${"1,".repeat(9000)}`])("is its beginning where the link says nothing: %.20s", (hash) => {
    expect(placeOf(hash, true)).toBe("")
  })

  it("is text, whatever stands in the address", async () => {
    const place = placeOf(`#${ODD}`, false)
    expect(place).not.toMatch(/[<>"'\u2028]/)
    const page = await opened(place)
    expect(page.querySelectorAll("script")).toHaveLength(1)
    expect(placeIn(page)).toBe(place)
  })

  it("leaves all else in the file as it was", async () => {
    const text = await placed(file(), placeOf(`#stage=${Q}`, false)).text()
    expect(text.replace(/"stage[^"]*"/, '""')).toBe(new TextDecoder().decode(file()))
    expect(() => placed(file(" ".repeat(5000)), "")).toThrow("no room")
  })

  it("is its beginning in a file that was never told, or told no text", () => {
    const page = (text: string) => new DOMParser().parseFromString(text, "text/html")
    expect(placeIn(page("<p></p>"))).toBe("")
    expect(placeIn(page('<script type="application/json" id="place">7</script>'))).toBe("")
  })
})

describe("a walk in a file", () => {
  beforeEach(() => history.replaceState(null, "", "/"))

  it("begins there", () => {
    beginAt(placeOf(`#stage=${Q}&head=1&token=2&cell=${Q}:2,1,0&range=full`, true))
    const { view } = walk().state.value
    expect([trace.stages[trace.steps[view.step]!.stage]!.name, view.head, view.token, view.range, view.space]).toEqual([Q, 1, 2, "full", true])
    expect(view.pin).toEqual({ name: Q, index: [2, 1, 0] })
    expect(location.hash).toContain(`stage=${Q}`)
  })

  it("begins where its own address says, where it says something", () => {
    history.replaceState(null, "", "/#stage=probs")
    beginAt(placeOf(`#stage=${Q}&head=1`, true))
    const { view } = walk().state.value
    expect([trace.stages[trace.steps[view.step]!.stage]!.name, view.head, view.space]).toEqual(["probs", null, false])
  })

  it("begins at its beginning where there is no such place", () => {
    beginAt(placeOf(`#${ODD.replace(Q, "nobody")}`, false))
    expect(walk().state.value.view.step).toBe(0)
    beginAt(placeOf(`#${ODD}`, false))
    expect(walk().state.value.view.pin).toBeNull()
  })
})
