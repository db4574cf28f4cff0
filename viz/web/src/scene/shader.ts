/** How a box looks: cells read from the atlas, coloured by the palette, framed in the hue of its role. */

/** Of a box: its corners, and its texels in a texture, four numbers each; and boxes in a row of that texture. */
export const VERTICES = 24
export const TEXELS = 5
export const ACROSS = 128

export const vertex = /* glsl */ `
  precision highp float;
  in vec3 position;
  in vec3 normal;
  precision highp sampler2D;
  uniform sampler2D boxes;
  uniform mat4 view;
  uniform mat4 projectionMatrix;
  out vec2 at;
  out float front;
  flat out vec4 vRect;
  flat out vec4 vLook;
  flat out vec4 vMark;
  flat out float vFilled;

  vec4 texel(int place) {
    int box = gl_VertexID / ${VERTICES};
    return texelFetch(boxes, ivec2(${TEXELS} * (box % ${ACROSS}) + place, box / ${ACROSS}), 0);
  }

  void main() {
    vec4 corner = texel(0);
    at = vec2(position.x, 1.0 - position.y);
    front = abs(normal.z);
    vRect = texel(2);
    vLook = texel(3);
    vMark = texel(4);
    vFilled = corner.w;
    gl_Position = projectionMatrix * view * vec4(corner.xyz + position * texel(1).xyz, 1.0);
  }
`

/**
 * rect  in the atlas, in texels; no width: there are no numbers to show
 * look  columns, rows, row of the palette, state: 0 aside, 1 as usual, 2 an input, 3 the one that is computed, 4 named,
 *       5 the rows before the lit one are cached, 6 a frame alone
 * mark  cells that are computed by now, row and column to be lit (-1: all), role (3: a tile, 4: a row on its way, which
 *       is there from that column on)
 * filled  share of the row after those cells
 */
export const fragment = /* glsl */ `
  precision highp float;
  precision highp sampler2D;
  in vec2 at;
  in float front;
  flat in vec4 vRect;
  flat in vec4 vLook;
  flat in vec4 vMark;
  flat in float vFilled;
  uniform sampler2D atlas;
  uniform sampler2D palette;
  uniform float atlasSize;
  uniform vec3 page;
  uniform vec3 ink;
  uniform vec3 accent;
  uniform vec3 cached;
  uniform vec3 roles[3];
  uniform vec3 flash;
  out vec4 colour;

  void main() {
    vec2 cells = at * vLook.xy;
    vec2 cell = min(floor(cells), vLook.xy - 1.0);
    vec2 width = max(fwidth(cells), vec2(1e-6));
    // A tile lies on the face of its block, which has the frame.
    bool onWay = vMark.w > 3.5;
    bool tile = vMark.w > 2.5 && !onWay;
    vec3 role = roles[tile ? 0 : onWay ? 1 : int(vMark.w + 0.5)];
    if (onWay && cell.x < vMark.z) discard;
    vec3 shown = mix(page, role, 0.16);
    if (vRect.z > 0.5) {
      vec2 texel = min(floor(at * vRect.zw), vRect.zw - 1.0);
      float code = texture(atlas, (vRect.xy + texel + 0.5) / atlasSize).r * 255.0;
      if (code < 0.5) {
        float stripe = step(0.5, fract((gl_FragCoord.x + gl_FragCoord.y) / 7.0));
        shown = mix(page, ink, 0.1 + 0.18 * stripe);
      } else {
        shown = texture(palette, vec2((code + 0.5) / 256.0, (vLook.z + 0.5) / 3.0)).rgb;
      }
    }
    // A row fills from below, all of its cells at the same time.
    float before = cell.y * vLook.x;
    bool fills = vFilled > 0.0 && abs(before - vMark.x) < 0.5;
    if (before + cell.x >= vMark.x && !(fills && cell.y + 1.0 - cells.y <= vFilled)) shown = mix(page, ink, 0.06);
    bool lit = onWay || (vMark.y < -0.5 || abs(cell.y - vMark.y) < 0.5) && (vMark.z < -0.5 || abs(cell.x - vMark.z) < 0.5);
    bool glass = vLook.w > 5.5;
    bool keeps = vLook.w > 4.5 && !glass;
    if (!lit && !keeps) shown = mix(shown, page, 0.72);
    // Lines between cells help to count; between tiny cells they would be all that one sees.
    if (max(width.x, width.y) < 0.18) {
      vec2 edge = min(fract(cells), 1.0 - fract(cells)) / width;
      if (min(edge.x, edge.y) < 0.6) shown = mix(shown, page, 0.55);
    }
    vec2 rim = min(at, 1.0 - at) * vLook.xy / width;
    bool named = vLook.w > 3.5 && !keeps && !glass;
    if (glass && (front < 0.5 || min(rim.x, rim.y) >= 1.2)) discard;
    float frame = glass ? 1.2 : named ? 4.5 : vLook.w > 2.5 ? 3.0 : vLook.w > 1.5 ? 2.0 : 1.2;
    vec3 hue = keeps || glass || vLook.w < 1.5 ? role : named ? ink : vLook.w > 2.5 ? accent : mix(role, ink, 0.35);
    if (!tile && min(rim.x, rim.y) < frame) shown = hue;
    if (keeps) {
      // The frame of what is cached is about its rows alone.
      vec2 inside = min(cells, vec2(vLook.x, vMark.y) - cells) / width;
      if (!tile && min(inside.x, inside.y) < frame && cells.y < vMark.y) shown = cached;
      if (front < 0.5) shown = mix(shown, cached, 0.5);
    }
    // The cell or row that is computed now, in every head at once.
    bool now = vFilled > 0.0 ? fills : abs(before + cell.x - vMark.x + 1.0) < 0.5;
    if (vLook.w > 2.5 && vLook.w < 3.5 && now) {
      vec2 part = vFilled > 0.0 ? vec2(at.x, fract(cells.y)) : fract(cells);
      vec2 inside = min(part, 1.0 - part) * (vFilled > 0.0 ? vec2(vLook.x, 1.0) : vec2(1.0)) / width;
      if (min(inside.x, inside.y) < 2.5) shown = accent;
    }
    if (front < 0.5) shown = mix(shown, ink, 0.22);
    if (vLook.w > 2.5 && vLook.w < 3.5) shown = mix(shown, accent, flash.x);
    if (vLook.w < 0.5 || glass) shown = mix(shown, page, 0.66);
    colour = vec4(shown, 1.0);
  }
`
