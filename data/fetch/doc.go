// Package fetch downloads data sets into the data directory.
//
// Fetch is the whole of it; Fetcher is the same with settings. A file is downloaded beside its place as
// NAME.part, compared with its published SHA-256, made durable and renamed, so that a file under its own name
// is always complete and right. An interrupted download keeps its .part and goes on from there next time,
// from whichever mirror answers. Files that are there already are verified and left alone.
//
// On a machine that cannot download, the error says which files to put where, with their checksums.
package fetch
