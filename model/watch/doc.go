// Package watch follows a run while it trains, or after it has, and keeps what a person wants to see of it.
//
//   - [Watcher] looks at a run folder again and again. It reads new rows of the metrics only, takes no lock and writes nothing, so that the run
//     that writes there never waits for it and never notices it.
//   - [Board] is what it knows: curves of bounded size, spectra and gradients through time of the checkpoints that it saw, progress and time left.
//   - [Series] is a curve of as many points as a picture has room for, however long the run is.
//
// Nothing in it draws: the terminal's dashboard and the window are the program's.
package watch
