// PIXELS = SHAPES drawn one over the other: rectangles, lines with round ends, glyphs and pictures of numbers, with smooth edges.
//
// Buffers
//   SHAPES  in    12 words each: kind, color (red in the lowest byte, then green, blue, opacity), x0, y0, x1, y1, a, b (floats),
//                 at, cols, rows, unused. In pixels; pixel (i, j) spans i … i+1 and j … j+1, y down
//                   0  rectangle    x0 … x1, y0 … y1
//                   1  line         from (x0, y0) to (x1, y1), a wide
//                   2  glyph        coverage of rows × cols pixels at DATA[at], the first of them at pixel (x0, y0)
//                   3  picture      rows × cols numbers at DATA[at], the first row on top, spread over the rectangle: colors of a
//                                   map from a to b; a NaN is not drawn
//   TILES   in    of the tile (i, j) of 16 × 16 pixels: the shapes TILES[first] … TILES[last − 1], where first and last are the words
//                 j·tiles_x + i and the next; every number a shape's, in the order of drawing
//   DATA    in    numbers of glyphs and pictures
//   PIXELS  out   height rows of width words: red in the lowest byte, or with swap blue; then green; opacity 255 in the highest
//
// Work groups: 16 × 16 pixels, one invocation each; tiles_x × rows of tiles of them.
//
// Precision: coverage of a pixel is exact for upright edges, and for lines the distance from the pixel's centre; a color is right to
// one of 255 steps.
#version 450

layout(local_size_x = 256) in;

layout(set = 0, binding = 0) readonly buffer SHAPES { uint shapes[]; };
layout(set = 0, binding = 1) readonly buffer TILES { uint tiles[]; };
layout(set = 0, binding = 2) readonly buffer DATA { float data[]; };
layout(set = 0, binding = 3) writeonly buffer PIXELS { uint pixels[]; };

layout(push_constant) uniform Push {
    uint width;
    uint height;
    uint tiles_x;
    uint background; // a color
    uint swap;
    uint off_shapes;
    uint off_tiles;
    uint off_data;
    uint off_pixels;
};

const uint WORDS = 12u, TILE = 16u;

vec4 colorOf(uint word) {
    return vec4(float(word & 255u), float(word >> 8u & 255u), float(word >> 16u & 255u), float(word >> 24u)) / 255.0;
}

// overlap is how much of the pixel around p lies between lo and hi.
float overlap(float p, float lo, float hi) {
    return clamp(min(p + 0.5, hi) - max(p - 0.5, lo), 0.0, 1.0);
}

// fromLine is the distance of p from the stretch between a and b.
float fromLine(vec2 p, vec2 a, vec2 b) {
    vec2 d = b - a;
    float square = dot(d, d);
    float t = square > 0.0 ? clamp(dot(p - a, d) / square, 0.0, 1.0) : 0.0;
    return length(p - a - t * d);
}

// mapped is the color of 0 … 1, from dark blue over green to yellow, lighter in equal steps: a polynomial near matplotlib's viridis.
vec3 mapped(float u) {
    float t = clamp(u, 0.0, 1.0);
    vec3 c = vec3(-5.435456, 4.645853, 26.312435);
    c = c * t + vec3(4.776385, -13.745145, -65.353033);
    c = c * t + vec3(6.228270, 14.179933, 56.690553);
    c = c * t + vec3(-4.634230, -5.799101, -19.332441);
    c = c * t + vec3(-0.330862, 0.214848, 0.095095);
    c = c * t + vec3(0.105093, 1.404614, 1.384590);
    return clamp(c * t + vec3(0.277727, 0.005407, 0.334100), 0.0, 1.0);
}

float word(uint at, uint i) {
    return uintBitsToFloat(shapes[at + i]);
}

// over draws a shape on a color.
vec3 over(vec3 under, uint shape, vec2 p) {
    uint at = off_shapes + WORDS * shape;
    vec2 a = vec2(word(at, 2u), word(at, 3u)), b = vec2(word(at, 4u), word(at, 5u));
    vec4 color = colorOf(shapes[at + 1u]);
    uint first = off_data + shapes[at + 8u], cols = shapes[at + 9u], rows = shapes[at + 10u];
    float cover = 0.0;
    switch (shapes[at]) {
    case 0u:
        cover = overlap(p.x, a.x, b.x) * overlap(p.y, a.y, b.y);
        break;
    case 1u:
        cover = clamp(0.5 * word(at, 6u) + 0.5 - fromLine(p, a, b), 0.0, 1.0);
        break;
    case 2u: {
        ivec2 i = ivec2(floor(p - a));
        if (i.x >= 0 && i.y >= 0 && i.x < int(cols) && i.y < int(rows)) cover = data[first + uint(i.y) * cols + uint(i.x)];
        break;
    }
    case 3u: {
        cover = overlap(p.x, a.x, b.x) * overlap(p.y, a.y, b.y);
        uvec2 i = uvec2(clamp((p - a) / (b - a), vec2(0.0), vec2(1.0)) * vec2(float(cols), float(rows)));
        float v = data[first + min(i.y, rows - 1u) * cols + min(i.x, cols - 1u)];
        if (isnan(v)) cover = 0.0;
        else color.rgb = mapped((v - word(at, 6u)) / (word(at, 7u) - word(at, 6u)));
        break;
    }
    }
    return mix(under, color.rgb, cover * color.a);
}

void main() {
    uint tile = gl_WorkGroupID.y * tiles_x + gl_WorkGroupID.x;
    uint x = gl_WorkGroupID.x * TILE + gl_LocalInvocationIndex % TILE, y = gl_WorkGroupID.y * TILE + gl_LocalInvocationIndex / TILE;
    if (x >= width || y >= height) return;
    vec2 p = vec2(float(x), float(y)) + 0.5;
    vec3 color = colorOf(background).rgb;
    uint last = tiles[off_tiles + tile + 1u];
    for (uint i = tiles[off_tiles + tile]; i < last; i++) color = over(color, tiles[off_tiles + i], p);
    uvec3 c = uvec3(color * 255.0 + 0.5);
    uint low = swap != 0u ? c.b : c.r, high = swap != 0u ? c.r : c.b;
    pixels[off_pixels + y * width + x] = low | c.g << 8u | high << 16u | 255u << 24u;
}
