// Items of a repetition (gpu.Repeat): work group z works on item z, whose operands lie z steps further.

#ifndef REPEAT_GLSL
#define REPEAT_GLSL

// item returns where an operand of this work group's item begins.
uint item(uint off, uint step) { return off + gl_WorkGroupID.z * step; }

#endif
