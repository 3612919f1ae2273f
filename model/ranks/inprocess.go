package ranks

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// InProcess returns the transports of ranks that are goroutines of one process.
func InProcess(size int) []Transport {
	s := &shared{between: make([][]chan []byte, size), ends: make([]end, size)}
	all := make([]Transport, size)
	for r := range all {
		s.ends[r].gone = make(chan struct{})
		s.between[r] = make([]chan []byte, size)
		for to := range s.between[r] {
			s.between[r][to] = make(chan []byte, 2) // a rank is one exchange ahead of another at most
		}
		all[r] = &inProcess{shared: s, rank: r}
	}
	return all
}

// shared is what the ranks of one process have in common.
type shared struct {
	between [][]chan []byte // from, to
	ends    []end
}

// end is how a rank goes no further. What it has sent before still counts: nobody is stopped by it but who waits for it in vain, so that ranks which
// come to the same end all come to it, whoever is first.
type end struct {
	once sync.Once
	gone chan struct{} // closed when err is set
	err  *Error        // its own, or that of the rank that it has waited for
}

type inProcess struct {
	*shared
	rank int
}

func (t *inProcess) Rank() int            { return t.rank }
func (t *inProcess) Size() int            { return len(t.between) }
func (t *inProcess) Host(rank int) string { return "this process" }

func (t *inProcess) Fail(code int, text string) {
	t.leave(&Error{Rank: t.rank, Host: t.Host(t.rank), Code: code, Text: text})
}

func (t *inProcess) leave(err *Error) {
	e := &t.ends[t.rank]
	e.once.Do(func() {
		e.err = err
		close(e.gone)
	})
}

func (t *inProcess) Exchange(out, in [][]byte, _ *atomic.Bool) error {
	for r, b := range out {
		if r == t.rank || len(b) == 0 {
			continue
		}
		own := append([]byte(nil), b...)
		select {
		case t.between[t.rank][r] <- own:
			continue
		default:
		}
		select {
		case t.between[t.rank][r] <- own:
		case <-t.ends[r].gone:
			return t.without(r)
		}
	}
	for r, b := range in {
		if r == t.rank || len(b) == 0 {
			continue
		}
		got, err := t.receive(r)
		if err != nil {
			return err
		}
		if len(got) != len(b) {
			return fmt.Errorf("rank %d sends %d bytes to rank %d, which expects %d: they are out of step", r, len(got), t.rank, len(b))
		}
		copy(b, got)
	}
	return nil
}

// receive returns what a rank sends here, also where it has ended since.
func (t *inProcess) receive(from int) ([]byte, error) {
	select {
	case got := <-t.between[from][t.rank]:
		return got, nil
	case <-t.ends[from].gone:
	}
	select {
	case got := <-t.between[from][t.rank]:
		return got, nil
	default:
		return nil, t.without(from)
	}
}

// without ends this rank, too, since another has, and returns why.
func (t *inProcess) without(r int) error {
	t.leave(t.ends[r].err)
	return t.ends[r].err
}
