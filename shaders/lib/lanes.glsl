// Loads by address, for drivers that run kernels on a processor and make the lanes of a subgroup one of its registers. What all lanes have in common
// is one load there, without a bounds check; and as every lane knows its number when the kernel is compiled, a choice among eight neighbouring
// words by that number becomes one load of a whole register, where eight addresses would be eight loads. A kernel that includes this in
// its form with INT64 asks for GL_EXT_buffer_reference and GL_KHR_shader_subgroup_basic at its top. The executor fills the push constants
// low_NAME and high_NAME with the address at which the region bound to NAME begins.

#ifndef LANES_GLSL
#define LANES_GLSL

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Words { float v[8]; };

// commonWord returns the word at an address that all lanes have in common.
float commonWord(uint64_t at) { return Words(at).v[0]; }

// laneWord returns for each of 8 lanes its own of the 8 words from an address on that they have in common. All are loaded before any is chosen:
// else the loads would be branches.
float laneWord(uint64_t at) {
    Words w = Words(at);
    uint lane = gl_SubgroupInvocationID;
    float all[8];
    [[unroll]] for (uint i = 0; i < 8; i++) all[i] = w.v[i];
    float v = all[0];
    [[unroll]] for (uint i = 1; i < 8; i++) v = lane == i ? all[i] : v;
    return v;
}

#endif
