// Package picture lays a board of package watch out as a scene of package canvas: what the window shows.
//
//   - [Painter] draws boards; it keeps glyphs of the fonts from one picture to the next.
//   - text.go turns a font's outlines into glyphs, ticks.go finds round numbers for axes, plot.go draws axes and curves, panels.go says what
//     the panels show, and picture.go where they are.
package picture
