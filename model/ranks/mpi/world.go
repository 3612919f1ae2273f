//go:build mpi && cgo

package mpi

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// Built tells whether this build has MPI.
const Built = true

// ErrNotBuilt is what Open returns in a build without MPI.
var ErrNotBuilt = errors.New("this build has no MPI")

// Patience is how long a rank may be silent before it is lost. Every rank says a word to all others each second, whatever it does.
const Patience = 6 * time.Second

// World is the ranks of an MPI program: a ranks.Transport.
type World struct {
	rank, size int
	hosts      []string
	place      ranks.Place
	beside     sync.Once // the first exchange beside other work

	calls sync.Mutex // of MPI: one at a time. It guards all that follows
	heard []time.Time
	left  []bool // has said that it ends
	fault *ranks.Error
	told  bool // of an own fault
	done  []byte
	word  unsafe.Pointer    // C memory of a word
	kept  []*runtime.Pinner // of memory that MPI may still write to after a fault

	closing, closed chan struct{} // of the goroutine that says words
}

// Open begins MPI in this process, which mpirun or its like has started; alone it is a program of one rank. It may be called once.
func Open() (*World, error) {
	w := &World{closing: make(chan struct{}), closed: make(chan struct{}), word: C.malloc(C.SPECTRAL_MPI_WORD)}
	var rank, size, localRank, localSize C.int
	if err := mpiError(C.spectral_mpi_open(&rank, &size, &localRank, &localSize)); err != nil {
		return nil, fmt.Errorf("MPI cannot be started: %w", err)
	}
	w.rank, w.size = int(rank), int(size)
	w.heard, w.left, w.done = make([]time.Time, size), make([]bool, size), make([]byte, 2*size)
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	if w.hosts, err = gather(false, host, w.size); err != nil {
		return nil, err
	}
	allowed, err := gather(true, ranks.Allowed(), int(localSize))
	if err != nil {
		return nil, err
	}
	w.place = ranks.PlaceOf(int(localRank), allowed)
	for r := range w.heard {
		w.heard[r] = time.Now()
	}
	go w.say()
	return w, nil
}

// gather returns a text of every rank, or of every rank of the machine, cut to what fits.
func gather(local bool, text string, size int) ([]string, error) {
	const room = 1024
	own, all := make([]byte, room), make([]byte, room*size)
	copy(own, text)
	var which C.int
	if local {
		which = 1
	}
	if err := mpiError(C.spectral_mpi_all(which, unsafe.Pointer(&own[0]), room, unsafe.Pointer(&all[0]))); err != nil {
		return nil, fmt.Errorf("MPI cannot be started: %w", err)
	}
	texts := make([]string, size)
	for r := range texts {
		texts[r] = strings.TrimRight(string(all[room*r:room*(r+1)]), "\x00")
	}
	return texts, nil
}

// Rank, Size and Host implement ranks.Transport.
func (w *World) Rank() int            { return w.rank }
func (w *World) Size() int            { return w.size }
func (w *World) Host(rank int) string { return w.hosts[rank] }

// Place is where this rank runs among those of its machine.
func (w *World) Place() ranks.Place { return w.place }

// transfer is one message of an exchange.
type transfer struct {
	peer int
	send bool
}

// Exchange implements ranks.Transport.
func (w *World) Exchange(out, in [][]byte, awaited *atomic.Bool) error {
	pin := new(runtime.Pinner)
	list, size, err := w.post(pin, out, in)
	// Words are passed on as fast as they come for as long as a network of 200 MB/s would take for them; from then on the others are late, and
	// the core is left to whoever computes on it. That is this rank itself until it waits for the exchange.
	spin := 200*time.Microsecond + time.Duration(float64(size)/200e6*float64(time.Second))
	idle := true
	for start := time.Now(); err == nil; {
		if now := awaited.Load(); now != idle {
			idle, start = now, time.Now()
		}
		pause := 20 * time.Microsecond
		if !idle {
			w.beside.Do(besideComputing)
			pause = 200 * time.Microsecond // whoever looks takes the core from what is computed
		}
		waited := time.Since(start)
		spins := idle && waited <= spin
		if !spins {
			C.spectral_mpi_pause(C.int(min((pause + waited/50).Microseconds(), 1000)))
		}
		var all bool
		if all, err = w.test(list, spins); all {
			pin.Unpin()
			return nil
		}
	}
	// MPI may still read and write what was posted, which therefore stays where it is.
	w.kept = append(w.kept, pin)
	return err
}

// besideComputing gives the scheduler one processor more than compute, which would let goroutines that pass messages on run every 10 ms alone.
func besideComputing() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) }

// post begins an exchange and returns its transfers and their bytes.
func (w *World) post(pin *runtime.Pinner, out, in [][]byte) (list []transfer, size int, err error) {
	w.calls.Lock()
	defer w.calls.Unlock()
	C.spectral_mpi_clear()
	clear(w.done)
	one := func(peer int, b []byte, send C.int) {
		if peer == w.rank || len(b) == 0 || err != nil {
			return
		}
		if len(b) > math.MaxInt32-1 {
			err = fmt.Errorf("a message of %d bytes to rank %d; MPI takes less than 2³¹", len(b), peer)
			return
		}
		pin.Pin(&b[0])
		list, size = append(list, transfer{peer, send == 1}), size+len(b)
		err = w.blame(peer, mpiError(C.spectral_mpi_post(send, C.int(peer), unsafe.Pointer(&b[0]), C.int(len(b)))))
	}
	for k := 1; k < w.size; k++ { // each rank begins with its neighbour, so that not all send to one at a time
		from := (w.rank - k + w.size) % w.size
		one(from, in[from], 0)
	}
	for k := 1; k < w.size; k++ {
		to := (w.rank + k) % w.size
		one(to, out[to], 1)
	}
	return list, size, err
}

// test tells whether all transfers are done, and returns the fault of a rank whose transfer is not.
func (w *World) test(list []transfer, spin bool) (all bool, err error) {
	w.calls.Lock()
	defer w.calls.Unlock()
	w.hear()
	var wrong C.int
	microseconds := 0.0
	if spin {
		microseconds = 50
	}
	failed := mpiError(C.spectral_mpi_test(C.double(microseconds), (*C.uchar)(unsafe.Pointer(&w.done[0])), &wrong))
	if wrong >= 0 {
		return false, w.blame(list[wrong].peer, failed)
	}
	if failed != nil {
		return false, failed
	}
	all = true
	for i, t := range list {
		switch {
		case w.done[i] == 0:
			all = false
		case w.done[i] == 1:
			w.done[i], w.heard[t.peer] = 2, time.Now()
		}
	}
	if all {
		return true, nil
	}
	if w.fault != nil {
		return false, w.fault
	}
	for i, t := range list {
		if silent := time.Since(w.heard[t.peer]); w.done[i] == 0 && silent > Patience {
			return false, &ranks.Error{Rank: t.peer, Host: w.hosts[t.peer], Text: fmt.Sprintf(
				"nothing was heard of it for %.0f s: it has died, is stopped, or cannot be reached", silent.Seconds())}
		}
	}
	return false, nil
}

// blame says whose transfer has failed.
func (w *World) blame(peer int, err error) error {
	if err == nil {
		return nil
	}
	if w.fault != nil {
		return w.fault
	}
	return &ranks.Error{Rank: peer, Host: w.hosts[peer], Text: "its message has not come or gone: " + err.Error()}
}

// mpiError is an error code of MPI as an error.
func mpiError(code C.int) error {
	if code == 0 {
		return nil
	}
	var text [512]C.char
	C.spectral_mpi_error(code, &text[0])
	return errors.New(cmp.Or(C.GoString(&text[0]), fmt.Sprintf("MPI error %d", int(code))))
}
