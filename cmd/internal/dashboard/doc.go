// Package dashboard shows a run in the terminal: curves, spectrum, gradients, progress.
//
//   - [Run] owns the terminal until its user leaves; [Usable] says beforehand whether the terminal can show it.
//   - [Screen] draws a board of package watch as text of a given width and height; nothing in it knows of terminals.
//   - canvas.go draws curves in Braille dots, panel.go puts frames, titles and axes around them; ascii.go replaces what a terminal without
//     Unicode lacks.
package dashboard
