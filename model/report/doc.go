// Package report writes what a run has shown, or several beside each other, as one HTML file that needs no other file, no network and no script.
//
//   - [Read] gathers a [Run] from its folder, whatever state it is in: settings, curves, state and sessions.
//   - [Run.Measure] adds what takes the data and a device: the confusion matrix or samples of predictions, and gradients through time.
//   - [Write] writes the page of one run, or of several.
//   - [Page] is what such a file is made of; other reports (experiments') are pages of their own sections.
//
// What a report shows of training is recorded by it: losses and σ at every step, quantiles of all σ at every evaluation, gradients through time
// where they were asked for. The rest is computed from the checkpoint when the report is written.
package report
