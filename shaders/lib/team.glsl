// Reductions over teams: a work group of gl_WorkGroupSize.x invocations is cut
// into teams of TEAM, a power of two that divides it. Every invocation of the work
// group must call together. Pairs are combined in a tree of fixed shape, so the
// result does not depend on scheduling. To be included after the kernel's local
// size: until then gl_WorkGroupSize is silently 1.

#ifndef TEAM_GLSL
#define TEAM_GLSL

layout(constant_id = 1) const uint TEAM = 256;

shared float team_value[gl_WorkGroupSize.x];
shared uint team_index[gl_WorkGroupSize.x];

// teamSum returns the sum of v over the team.
float teamSum(float v) {
    if (TEAM == 1u) return v;
    uint at = gl_LocalInvocationIndex, lane = at & (TEAM - 1u);
    team_value[at] = v;
    for (uint half_size = TEAM >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) team_value[at] += team_value[at + half_size];
    }
    barrier();
    float sum = team_value[at - lane];
    barrier();
    return sum;
}

// teamMax returns the largest v of the team. A NaN may or may not be passed over.
float teamMax(float v) {
    if (TEAM == 1u) return v;
    uint at = gl_LocalInvocationIndex, lane = at & (TEAM - 1u);
    team_value[at] = v;
    for (uint half_size = TEAM >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) team_value[at] = max(team_value[at], team_value[at + half_size]);
    }
    barrier();
    float largest = team_value[at - lane];
    barrier();
    return largest;
}

// teamMaxUint returns the largest v of the team.
uint teamMaxUint(uint v) {
    if (TEAM == 1u) return v;
    uint at = gl_LocalInvocationIndex, lane = at & (TEAM - 1u);
    team_index[at] = v;
    for (uint half_size = TEAM >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) team_index[at] = max(team_index[at], team_index[at + half_size]);
    }
    barrier();
    uint largest = team_index[at - lane];
    barrier();
    return largest;
}

// teamArgMax replaces v and index by the largest v of the team and its index, the lowest one of equals.
void teamArgMax(inout float v, inout uint index) {
    if (TEAM == 1u) return;
    uint at = gl_LocalInvocationIndex, lane = at & (TEAM - 1u);
    team_value[at] = v;
    team_index[at] = index;
    for (uint half_size = TEAM >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) {
            float other = team_value[at + half_size];
            uint other_index = team_index[at + half_size];
            if (other > team_value[at] || (other == team_value[at] && other_index < team_index[at])) {
                team_value[at] = other;
                team_index[at] = other_index;
            }
        }
    }
    barrier();
    v = team_value[at - lane];
    index = team_index[at - lane];
    barrier();
}

#endif
