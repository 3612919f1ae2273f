package gpu

// Op is one operation of a program: a plain struct of views and scalars. Operations are values; executors find their own
// form of each by its type.
type Op interface {
	// Name is the operation's short name, as in profiles and errors: "gemm", "rnn_forward".
	Name() string
	// Check tells whether the operation is well-formed: shapes, windows inside their buffers, aliasing. Its error is ErrShape.
	Check() error
	// Access lists every range of words that the operation reads or writes.
	Access() []Access
	// Cost returns the floating point operations and the least number of bytes moved.
	Cost() Cost
}

// Access is a range of words of a buffer that an operation reads or writes.
type Access struct {
	Buf    *Buffer
	Lo, Hi int // words, half-open
	Write  bool
}

// Cost is what an operation costs: floating point operations, and the bytes that have to be moved at least once.
type Cost struct {
	Flops int64
	Bytes int64
}

func (c Cost) plus(d Cost) Cost { return Cost{c.Flops + d.Flops, c.Bytes + d.Bytes} }

// accessList gathers accesses; absent and empty views are left out.
type accessList []Access

func (l accessList) add(v View, write bool) accessList {
	if v.IsZero() || v.Extent() == 0 {
		return l
	}
	return append(l, Access{Buf: v.Buf, Lo: v.Off, Hi: v.Off + v.Extent(), Write: write})
}

func (l accessList) reads(vs ...View) accessList {
	for _, v := range vs {
		l = l.add(v, false)
	}
	return l
}

func (l accessList) writes(vs ...View) accessList {
	for _, v := range vs {
		l = l.add(v, true)
	}
	return l
}

func bytesOf(vs ...View) int64 {
	var n int64
	for _, v := range vs {
		n += 4 * int64(v.Len())
	}
	return n
}

// firstError returns the first non-nil error.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
