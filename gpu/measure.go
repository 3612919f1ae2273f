package gpu

// Measurer is an Executor that knows what programs need before their buffers have memory.
type Measurer interface {
	// Reserve returns memory of the given number of words that has a place but no contents, for Measure alone.
	Reserve(words int) (Memory, error)
	// Measure returns what a program of well-formed operations takes.
	Measure(ops []Op) (Measured, error)
}

// Measured is what a program takes beside the buffers of its operations.
type Measured struct {
	Scratch    int64 // bytes of scratch memory
	Dispatches int   // launches of a run
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

// Measure returns what a program of these operations would take beside their buffers, which may be planned ones (Arena) without memory; no kernel is
// compiled for it. Executors choose tiles by what is known at the time: tuning that comes later can change the numbers. ok is false where the
// executor cannot tell. Errors are those of Compile.
func (d *Device) Measure(ops ...Op) (takes Measured, ok bool, err error) {
	if d == nil {
		return takes, false, errNil("measure")
	}
	m, ok := d.exec.(Measurer)
	if !ok {
		return takes, false, nil
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
			return takes, false, shapeError("measure", "operation %d of %d is nil", i, len(ops))
		}
		if err := op.Check(); err != nil {
			return takes, false, err
		}
		for _, a := range op.Access() {
			if a.Buf.mem != nil {
				continue
			}
			if a.Buf.mem, err = m.Reserve(max(a.Buf.words, 1)); err != nil {
				return takes, false, err
			}
			borrowed = append(borrowed, a.Buf)
		}
	}
	takes, err = m.Measure(ops)
	return takes, err == nil, err
}
