// Package livewindow shows a run in a window: a picture of package picture, drawn by compute kernels and presented by a Vulkan swapchain. It is
// built with the tag window, since the libraries of the window system that it needs are not everywhere; without the tag it is empty.
//
// [Run] owns the window and looks at the run every quarter of a second. It shares nothing with who trains but the run folder, and draws on a
// device of its own: training never waits for it. It should be another process than the one that trains, since a connection to the window system
// that breaks ends the process.
package livewindow
