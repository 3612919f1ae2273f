// One-dimensional work folded over the x and y dimensions of a dispatch; the
// host's side is shaders.Fold. Work groups and invocations beyond the last item
// exist: the caller compares with the number of items.

// foldedGroup is the index of this work group.
uint foldedGroup() {
    return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
}

// foldedItem is the index of this invocation's item, for a local size in x only.
uint foldedItem() {
    return foldedGroup() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}
