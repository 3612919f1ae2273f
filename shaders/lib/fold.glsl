// One-dimensional work over a grid that is folded over x and y, because a device
// need not take more than 65,535 work groups in one dimension. The host computes
// the grid with shaders.Fold. Kernels return where the number is past the end.

#ifndef FOLD_GLSL
#define FOLD_GLSL

// foldedGroup returns the number of this work group.
uint foldedGroup() {
    return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
}

// foldedItem is the number of this invocation's item. It is a macro, because before
// the kernel states its local size, gl_WorkGroupSize is silently 1.
#define foldedItem() (foldedGroup() * gl_WorkGroupSize.x + gl_LocalInvocationIndex)

#endif
