/** Draws again only when a prop is another one: stepping must not redraw the map of a thousand stages. */
import { Component, type ComponentType, h, type VNode } from "preact"

export function memo<Props extends object>(draw: (props: Props) => VNode | null): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const now = this.props as Record<string, unknown>
      const then = next as Record<string, unknown>
      return [...Object.keys(now), ...Object.keys(then)].some((key) => !Object.is(now[key], then[key]))
    }

    override render() {
      return h(draw as ComponentType<Props>, this.props)
    }
  }
}
