// Package chart draws the plots of this program by gonum/plot: curves.png of a run, the pictures of experiments and reports.
//
// A [Chart] is what is to be seen: curves, bands and limits over one horizontal axis. [PNG] draws several as one picture. [Chart.SVG] draws
// one for a page: its colours are the page's CSS variables (see [Variables]), so that one drawing suits light and dark. Legends stand above
// the plot and cover nothing, ticks are at round numbers, and numbers that cannot be drawn are left out.
package chart
