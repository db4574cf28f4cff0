/** The ways between blocks as flat ribbons with heads: one draw call, never thinner than can be seen. */
import { BufferAttribute, BufferGeometry, Color, GLSL3, Matrix4, Mesh, RawShaderMaterial, Sphere, Vector3 } from "three"
import type { Camera } from "./camera"
import type { Piece } from "./flows"

/**
 * Corners of a ribbon: along it from its start, and across. Each is written out for every piece: drawn as instances of
 * one, software WebGL takes as long for a piece as for a draw call.
 */
const CORNERS = [[0, -0.5], [1, -0.5], [0, 0.5], [1, 0.5]] as const // prettier-ignore
const TRIANGLES = [0, 1, 2, 2, 1, 3]

/** Units across the shaft of a ribbon. */
const THIN = 0.7
const THICK = 2.2

const vertex = /* glsl */ `
  precision highp float;
  in vec2 corner;
  in vec3 start;
  in vec3 end;
  in vec4 kind;
  uniform mat4 view;
  uniform vec3 origin;
  uniform mat4 projectionMatrix;
  uniform vec3 eye;
  uniform float pixel;
  out vec2 at;
  flat out vec4 vKind;
  flat out float far;

  void main() {
    vec3 from = start - origin;
    vec3 to = end - origin;
    vec3 along = to - from;
    float size = max(length(along), 1e-4);
    vec3 ahead = along / size;
    vec3 centre = (from + to) / 2.0;
    // Flat like a page; one that goes into the depth would be seen from its edge then, and turns to the eye.
    bool deep = abs(ahead.z) > 0.5;
    vec3 aside = deep ? normalize(cross(ahead, eye - centre)) : vec3(-ahead.y, ahead.x, 0.0);
    vec4 middle = view * vec4(centre, 1.0);
    float wide = max(kind.x, 1.6 * pixel * -middle.z);
    // Heads are thrice as wide as shafts; a shaft reaches round the corner to the next.
    float over = kind.y > 0.5 ? 0.0 : wide / 2.0;
    at = vec2(corner.x * (size + over), corner.y * 3.0 * wide);
    far = size;
    vKind = vec4(wide, kind.yzw);
    vec3 place = from + ahead * at.x + aside * at.y;
    gl_Position = projectionMatrix * view * vec4(place, 1.0);
  }
`

/** kind: width of the shaft, whether it has a head, whether it is the stream's, how it is lit (0 aside, 1 as usual, 2 at work). */
const fragment = /* glsl */ `
  precision highp float;
  in vec2 at;
  flat in vec4 vKind;
  flat in float far;
  uniform vec3 stream;
  uniform vec3 ink;
  uniform vec3 accent;
  out vec4 colour;

  void main() {
    float wide = vKind.x;
    float left = far - at.x;
    float reach = min(3.0 * wide, far);
    float half_ = vKind.y > 0.5 && left < reach ? 1.5 * wide * left / reach : wide / 2.0;
    if (abs(at.y) > half_) discard;
    vec3 hue = vKind.w > 1.5 ? accent : vKind.z > 0.5 ? stream : ink;
    float strong = vKind.w > 1.5 ? 0.8 : vKind.z > 0.5 ? 0.42 : 0.26;
    colour = vec4(hue, strong * (vKind.w < 0.5 ? 0.5 : 1.0));
  }
`

export class Ribbons {
  readonly mesh: Mesh
  private readonly geometry = new BufferGeometry()
  private readonly material: RawShaderMaterial
  private pieces: readonly Piece[] = []
  private lit: { into: string | null; aside: boolean } | null = null

  constructor() {
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: vertex,
      fragmentShader: fragment,
      transparent: true,
      depthWrite: false,
      side: 2,
      uniforms: {
        pixel: { value: 0 }, view: { value: new Matrix4() }, origin: { value: new Vector3() }, eye: { value: new Vector3() },
        stream: { value: new Color() }, ink: { value: new Color() }, accent: { value: new Color() },
      }, // prettier-ignore
    })
    this.mesh = new Mesh(this.geometry, this.material)
    this.mesh.frustumCulled = false
    this.geometry.boundingSphere = new Sphere() // nobody needs it, and corners alone tell of none
    this.mesh.renderOrder = 1
    this.set([])
  }

  set(pieces: readonly Piece[]): void {
    this.pieces = pieces
    this.lit = null
    this.geometry.dispose()
    const each = (numbers: (piece: Piece, corner: readonly [number, number]) => readonly number[]) =>
      Float32Array.from(pieces.flatMap((piece) => CORNERS.flatMap((corner) => numbers(piece, corner))))
    this.geometry.setAttribute("corner", new BufferAttribute(each((_, corner) => corner), 2))
    this.geometry.setAttribute("start", new BufferAttribute(each(({ from }) => from), 3))
    this.geometry.setAttribute("end", new BufferAttribute(each(({ to }) => to), 3))
    this.geometry.setAttribute("kind", new BufferAttribute(new Float32Array(4 * CORNERS.length * pieces.length), 4))
    const order = pieces.flatMap((_, i) => TRIANGLES.map((corner) => CORNERS.length * i + corner))
    this.geometry.setIndex(new BufferAttribute(Uint32Array.from(order), 1))
    this.mesh.visible = pieces.length > 0
    this.light(null, false)
  }

  /** The ways into one block are at work; the others stand aside or not. */
  light(into: string | null, aside: boolean): void {
    // While something plays, every frame asks.
    if (this.lit?.into === into && this.lit.aside === aside) return
    this.lit = { into, aside }
    const kind = this.geometry.getAttribute("kind") as BufferAttribute
    this.pieces.forEach((piece, i) => {
      const now = piece.into === into
      const looks = [piece.stream ? THICK : THIN, Number(piece.head), Number(piece.stream), now ? 2 : aside ? 0 : 1]
      for (let corner = 0; corner < CORNERS.length; corner++) kind.set(looks, 4 * (CORNERS.length * i + corner))
    })
    kind.needsUpdate = true
  }

  setLook(stream: string, ink: string, accent: string): void {
    for (const [name, colour] of Object.entries({ stream, ink, accent })) (this.material.uniforms[name]!.value as Color).setStyle(colour)
  }

  /** Units that a pixel takes at a distance of one. */
  setPixel(units: number): void {
    this.material.uniforms.pixel!.value = units
  }

  /** As the camera's `near` tells it. */
  setView({ origin, eye, view }: ReturnType<Camera["near"]>): void {
    const { uniforms } = this.material
    ;(uniforms.view!.value as Matrix4).copy(view)
    ;(uniforms.origin!.value as Vector3).fromArray(origin)
    ;(uniforms.eye!.value as Vector3).fromArray(eye)
  }

  dispose(): void {
    this.geometry.dispose()
    this.material.dispose()
  }
}
