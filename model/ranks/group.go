package ranks

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Group is the ranks of a program as one of them sees them. A nil Group is that of a rank alone.
type Group struct {
	t       Transport
	out, in [][]byte
	send    []byte   // what Sum sends
	parts   [][]byte // and receives
	own     []float32
	traffic Traffic
	begun   chan error  // of the last sum that was begun, nil where none is under way
	since   time.Time   // when the first of those was
	awaited atomic.Bool // by the rank, which does nothing else
	beside  bool        // the exchange is one of a sum that was begun

	// Code says with which exit code a program ends by an error; nil stands for 1. Fail tells it to the other ranks.
	Code func(error) int
	// Whole has networks that are made with the group sum their gradients in one piece, after the way back: for comparison.
	Whole bool
}

// Traffic is what a rank has sent so far.
type Traffic struct {
	Exchanges int64
	Messages  int64
	Bytes     int64
	Waited    time.Duration // for exchanges to end, doing nothing else, the others' delay included
	Beside    time.Duration // doing something else after a sum was begun
}

// New returns the group of a transport.
func New(t Transport) *Group {
	g := &Group{t: t, out: make([][]byte, t.Size()), in: make([][]byte, t.Size()), parts: make([][]byte, t.Size())}
	g.awaited.Store(true)
	return g
}

// Rank is the number of this rank, from 0; Size how many there are.
func (g *Group) Rank() int {
	if g == nil {
		return 0
	}
	return g.t.Rank()
}

// Size is how many ranks there are.
func (g *Group) Size() int {
	if g == nil {
		return 1
	}
	return g.t.Size()
}

// Alone tells whether there is no other rank.
func (g *Group) Alone() bool { return g.Size() == 1 }

// Host is the name of the machine that a rank runs on.
func (g *Group) Host(rank int) string { return g.t.Host(rank) }

// Part returns which of so many rows are this rank's.
func (g *Group) Part(rows int) (first, count int) { return Part(rows, g.Rank(), g.Size()) }

// Traffic returns what was sent so far; not while a sum that was begun is under way.
func (g *Group) Traffic() Traffic { return g.traffic }

// Fail tells the other ranks that this one goes no further, unless they know: the error has come from one of them, or all have it.
func (g *Group) Fail(err error) {
	if of := (*Error)(nil); errors.As(err, &of) && (of.Rank != g.Rank() || of.Differs) {
		return
	}
	code := 1
	if g.Code != nil {
		code = g.Code(err)
	}
	g.t.Fail(code, err.Error())
}

// exchange is Transport.Exchange of g.out and g.in, which are empty afterwards.
func (g *Group) exchange() error {
	start := time.Now()
	err := g.t.Exchange(g.out, g.in, &g.awaited)
	if !g.beside {
		g.traffic.Waited += time.Since(start)
	}
	g.traffic.Exchanges++
	for r, b := range g.out {
		if r != g.Rank() && len(b) > 0 {
			g.traffic.Messages++
			g.traffic.Bytes += int64(len(b))
		}
	}
	clear(g.out)
	clear(g.in)
	return err
}

// sendAll sends the same bytes to every rank.
func (g *Group) sendAll(b []byte) {
	for r := range g.out {
		g.out[r] = b
	}
}

// Broadcast returns on every rank what rank 0 gives; what the others give is ignored.
func (g *Group) Broadcast(content []byte) ([]byte, error) {
	if g.Alone() {
		return content, nil
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	size := make([]byte, 8)
	if g.Rank() == 0 {
		binary.LittleEndian.PutUint64(size, uint64(len(content)))
		g.sendAll(size)
	} else {
		g.in[0] = size
	}
	if err := g.exchange(); err != nil {
		return nil, err
	}
	if g.Rank() == 0 {
		g.sendAll(content)
	} else {
		content = make([]byte, binary.LittleEndian.Uint64(size))
		g.in[0] = content
	}
	return content, g.exchange()
}

// Gather returns on rank 0 what every rank gives, by rank; nil on the others.
func (g *Group) Gather(content []byte) ([][]byte, error) {
	if g.Alone() {
		return [][]byte{content}, nil
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	sizes := make([]byte, 8*g.Size())
	mine := binary.LittleEndian.AppendUint64(nil, uint64(len(content)))
	if g.Rank() == 0 {
		for r := range g.in {
			g.in[r] = sizes[8*r : 8*r+8]
		}
	} else {
		g.out[0] = mine
	}
	if err := g.exchange(); err != nil {
		return nil, err
	}
	if g.Rank() != 0 {
		g.out[0] = content
		return nil, g.exchange()
	}
	all := make([][]byte, g.Size())
	for r := range all {
		all[r] = make([]byte, binary.LittleEndian.Uint64(sizes[8*r:]))
		g.in[r] = all[r]
	}
	all[0] = content
	return all, g.exchange()
}

// Same returns an *Error on every rank where one of them gives other bytes than rank 0, as many on each: it names the first such rank. what says in
// words what differs.
func (g *Group) Same(content []byte, what string) error {
	if g.Alone() {
		return nil
	}
	if err := g.Wait(); err != nil {
		return err
	}
	all := make([]byte, len(content)*g.Size())
	g.sendAll(content)
	for r := range g.in {
		g.in[r] = all[r*len(content) : (r+1)*len(content)]
	}
	if err := g.exchange(); err != nil {
		return err
	}
	copy(all[g.Rank()*len(content):], content)
	first := all[:len(content)]
	for r := range g.Size() {
		if !bytes.Equal(first, all[r*len(content):(r+1)*len(content)]) {
			return &Error{Rank: r, Host: g.Host(r), Code: codeDiffers, Differs: true, Text: fmt.Sprintf("not the same as on rank 0 on %s: %s", g.Host(0), what)}
		}
	}
	return nil
}

// codeDiffers is the exit code of ranks that do not agree.
const codeDiffers = 2

// Barrier returns when every rank has called it.
func (g *Group) Barrier() error {
	return g.Sum(nil, nil, make([]float64, 1))
}
