package ranks

import (
	"fmt"
	"sync"
)

// InProcess returns the transports of ranks that are goroutines of one process.
func InProcess(size int) []Transport {
	s := &shared{failed: make(chan struct{}), between: make([][]chan []byte, size)}
	all := make([]Transport, size)
	for r := range all {
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
	once    sync.Once
	failed  chan struct{} // closed when err is set
	err     *Error
}

type inProcess struct {
	*shared
	rank int
}

func (t *inProcess) Rank() int            { return t.rank }
func (t *inProcess) Size() int            { return len(t.between) }
func (t *inProcess) Host(rank int) string { return "this process" }

func (t *inProcess) Fail(code int, text string) {
	t.once.Do(func() {
		t.err = &Error{Rank: t.rank, Host: t.Host(t.rank), Code: code, Text: text}
		close(t.failed)
	})
}

func (t *inProcess) Exchange(out, in [][]byte) error {
	for r, b := range out {
		if r == t.rank || len(b) == 0 {
			continue
		}
		select {
		case t.between[t.rank][r] <- append([]byte(nil), b...):
		case <-t.failed:
			return t.err
		}
	}
	for r, b := range in {
		if r == t.rank || len(b) == 0 {
			continue
		}
		select {
		case got := <-t.between[r][t.rank]:
			if len(got) != len(b) {
				return fmt.Errorf("rank %d sends %d bytes to rank %d, which expects %d: they are out of step", r, len(got), t.rank, len(b))
			}
			copy(b, got)
		case <-t.failed:
			return t.err
		}
	}
	return nil
}
