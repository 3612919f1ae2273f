package gpu

// Measurer is an Executor that knows what programs need before their buffers have memory.
type Measurer interface {
	// Reserve returns memory of the given number of words that has a place but no contents, for Measure alone.
	Reserve(words int) (Memory, error)
	// Measure returns the bytes of scratch memory that a program of well-formed operations takes beside their buffers.
	Measure(ops []Op) (int64, error)
}

// Budgeter is an Executor that knows how much memory it can still provide.
type Budgeter interface {
	// Available returns the bytes that buffers and programs can still take; ok is false where that is not known.
	Available() (bytes int64, ok bool)
}

// Available returns the bytes of memory that buffers and programs on the device can still take: on a processor what the system, the
// control groups above this process and its own limits leave, memory that buffers were promised and have not been written to counted
// as taken; on a card what its largest heap has left. ok is false where that is not known. Others may take the memory meanwhile.
func (d *Device) Available() (bytes int64, ok bool) {
	if d == nil {
		return 0, false
	}
	if b, can := d.exec.(Budgeter); can {
		return b.Available()
	}
	return 0, false
}

// Measure returns the bytes of scratch memory that a program of these operations would take beside their buffers, which may be planned
// ones (Arena) without memory. Executors choose tiles by what is known at the time: tuning that comes later can change the
// number. ok is false where the executor cannot tell. Errors are those of Compile.
func (d *Device) Measure(ops ...Op) (bytes int64, ok bool, err error) {
	if d == nil {
		return 0, false, errNil("measure")
	}
	m, ok := d.exec.(Measurer)
	if !ok {
		return 0, false, nil
	}
	var borrowed []*Buffer
	defer func() {
		for _, b := range borrowed {
			b.mem.Free()
			b.mem = nil
		}
	}()
	for i, op := range ops {
		if op == nil {
			return 0, false, shapeError("measure", "operation %d of %d is nil", i, len(ops))
		}
		if err := op.Check(); err != nil {
			return 0, false, err
		}
		for _, a := range op.Access() {
			if a.Buf.mem != nil {
				continue
			}
			if a.Buf.mem, err = m.Reserve(max(a.Buf.words, 1)); err != nil {
				return 0, false, err
			}
			borrowed = append(borrowed, a.Buf)
		}
	}
	bytes, err = m.Measure(ops)
	return bytes, err == nil, err
}
