// Package canvas draws pictures with a compute kernel, and shows them in windows.
//
//   - [Scene] is a picture as a list of shapes: rectangles, lines, glyphs, pictures of numbers. It needs no device.
//   - [Canvas] draws scenes on a device of its own, so that it shares no lock and no queue with who computes: into memory ([Canvas.Draw]), and
//     from there to the window whose surface it was opened with ([Canvas.Present]). Who opens it closes it.
//
// Surfaces are made by who owns the window system's connection; a program that wants them is built with the tag window, which makes the
// process' Vulkan instance one with the extensions of surfaces.
package canvas
