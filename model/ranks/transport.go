package ranks

import (
	"fmt"
	"sync/atomic"
)

// Transport carries bytes between the ranks of a program.
type Transport interface {
	// Rank is the number of this rank, Size how many there are: 0 … Size−1.
	Rank() int
	Size() int
	// Host is the name of the machine that a rank runs on.
	Host(rank int) string
	// Exchange sends out[r] to every rank r and fills in[r] with what rank r sends here, whose length both sides know; those of this rank itself
	// are left alone. It returns when all of it is done, or with an *Error when a rank has failed or is lost. awaited tells whether the rank has nothing else to
	// do meanwhile: while it has, its cores are left to that.
	Exchange(out, in [][]byte, awaited *atomic.Bool) error
	// Fail tells the other ranks that this one goes no further: their calls of Exchange return an *Error with the code and the text.
	Fail(code int, text string)
}

// Error is the fault of a rank.
type Error struct {
	Rank int
	Host string
	Code int // exit code of its program; 0 where it is lost, and nothing is known of it
	Text string
	// Differs tells that Same has found the rank to differ: all ranks have this error.
	Differs bool
}

func (e *Error) Error() string { return fmt.Sprintf("rank %d on %s: %s", e.Rank, e.Host, e.Text) }

// Lost tells whether the rank has gone without a word.
func (e *Error) Lost() bool { return e.Code == 0 }

// Part returns which of so many rows are a rank's: the first of them and their number. The parts of all ranks differ by one row at most.
func Part(rows, rank, size int) (first, count int) {
	first = rows * rank / size
	return first, rows*(rank+1)/size - first
}
