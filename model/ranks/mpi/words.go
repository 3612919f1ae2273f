//go:build mpi && cgo

package mpi

/*
#include "shim.h"
*/
import "C"

import (
	"encoding/binary"
	"runtime"
	"time"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// A word is a byte that says which it is, an exit code of four bytes, and a text.
const (
	wordAlive  byte = iota // the rank is there
	wordFailed             // it has failed, with that code and text, and ends
	wordLeft               // it ends, since another has failed
)

// wordHeader is how many bytes come before the text.
const wordHeader = 5

// say tells the others every second that this rank is there, until Close.
func (w *World) say() {
	defer close(w.closed)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		w.calls.Lock()
		w.hear()
		if !w.told {
			w.tellAll(wordAlive, 0, "")
		}
		w.calls.Unlock()
		select {
		case <-tick.C:
		case <-w.closing:
			return
		}
	}
}

// tellAll sends a word to every other rank, and tells whether it is on its way to all. The caller holds w.calls.
func (w *World) tellAll(kind byte, code int, text string) bool {
	word := append([]byte{kind}, binary.LittleEndian.AppendUint32(nil, uint32(code))...)
	word = append(word, text...)
	word = word[:min(len(word), C.SPECTRAL_MPI_WORD)]
	all := true
	for r := range w.size {
		if r == w.rank {
			continue
		}
		var busy C.int
		err := C.spectral_mpi_say(C.int(r), unsafe.Pointer(&word[0]), C.int(len(word)), &busy)
		all = all && err == 0 && busy == 0
	}
	return all
}

// hear takes all words that have come. The caller holds w.calls.
func (w *World) hear() {
	for {
		var peer C.int
		if C.spectral_mpi_hear(&peer, w.word) != 0 || peer < 0 {
			return
		}
		w.heard[peer] = time.Now()
		word := C.GoBytes(w.word, C.SPECTRAL_MPI_WORD)
		switch word[0] {
		case wordFailed:
			w.left[peer] = true
			if w.fault == nil {
				w.fault = &ranks.Error{Rank: int(peer), Host: w.hosts[peer], Code: int(binary.LittleEndian.Uint32(word[1:])), Text: C.GoString((*C.char)(unsafe.Add(w.word, wordHeader)))}
			}
		case wordLeft:
			w.left[peer] = true
		}
	}
}

// Fail implements ranks.Transport.
func (w *World) Fail(code int, text string) { w.tellOnce(wordFailed, code, text) }

// tellOnce sends the last word of this rank, for half a second until it is on its way.
func (w *World) tellOnce(kind byte, code int, text string) {
	for start := time.Now(); ; {
		w.calls.Lock()
		w.told = w.told || w.tellAll(kind, code, text[:min(len(text), C.SPECTRAL_MPI_WORD-wordHeader-1)])
		told := w.told
		w.calls.Unlock()
		if told || time.Since(start) > time.Second/2 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Close leaves the program, after a last exchange in which all ranks have come to their end.
func (w *World) Close() error {
	close(w.closing)
	<-w.closed
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return mpiError(C.spectral_mpi_close())
}

// showing is how long a rank's last lines have to reach whoever shows them: Hydra, MPICH's mpirun, reads no more after an abort.
const showing = 50 * time.Millisecond

// Abort ends all ranks with an exit code, after those that still hear have said that they know why, or a second. It does not return.
func (w *World) Abort(code int) {
	w.tellOnce(wordLeft, 0, "")
	for start := time.Now(); time.Since(start) < time.Second; time.Sleep(10 * time.Millisecond) {
		w.calls.Lock()
		w.hear()
		all := true
		for r, left := range w.left {
			all = all && (left || r == w.rank)
		}
		w.calls.Unlock()
		if all {
			break
		}
	}
	time.Sleep(showing)
	w.calls.Lock()
	C.spectral_mpi_abort(C.int(code))
}
