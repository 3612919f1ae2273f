package gpu

import "fmt"

// Arena plans the memory of a network, or of one pass through it, before any of it exists. It owns units, each of which becomes one
// buffer: views of a unit are valid for recording operations at once, the memory comes with Alloc. What is planned is exact, so
// that it can be compared with what a device has before anything is allocated.
//
//	var a gpu.Arena
//	unit := a.Unit("states", gpu.DeviceOnly)
//	h := unit.Reserve(rows, n)
//	err := a.Alloc(dev)
//	defer a.Close()
type Arena struct {
	units []*Buffer
	fills []fill
	share *Arena
	done  bool
}

type fill struct {
	view View
	with func([]float32)
}

// arenaAlign is the multiple of words at which a reserved view starts, so that vector loads stay aligned and groups of parameters
// begin where an optimiser's groups do.
const arenaAlign = GroupBlock

// Unit adds a unit and returns its buffer, which has no words yet: Reserve and Follow add them. It comes before Alloc: who uses a later one is
// told so, by ErrShape.
func (a *Arena) Unit(name string, u Usage) *Buffer {
	switch {
	case a == nil:
		return &Buffer{name: name, wrong: "the arena of " + name + " is nil"}
	case a.done:
		return &Buffer{name: name, wrong: "unit " + name + " was asked for when its arena was allocated already"}
	}
	b := &Buffer{name: name, usage: u, planned: true}
	a.units = append(a.units, b)
	return b
}

// Reserve plans rows × cols contiguous words, aligned. The buffer must be a unit of an arena that is not allocated yet, and sizes are 0 or more:
// who uses another view is told so, by ErrShape.
func (b *Buffer) Reserve(rows, cols int) View {
	if b != nil && b.planned {
		b.words = (b.words + arenaAlign - 1) / arenaAlign * arenaAlign
	}
	return b.Follow(rows, cols)
}

// Follow is Reserve right behind the view that was planned last, without alignment: two matrices of as many columns are then one.
func (b *Buffer) Follow(rows, cols int) View {
	switch {
	case b != nil && b.wrong != "":
		return View{Buf: b, Rows: rows, Cols: cols, Stride: cols}
	case b == nil || !b.planned:
		return nowhere(b.Name(), "%d×%d words were reserved in %s, which is no unit of an arena or is allocated", rows, cols, b.Name())
	case rows < 0 || cols < 0:
		return nowhere(b.Name(), "%d×%d words were reserved in %s", rows, cols, b.Name())
	}
	v := b.View(b.words, rows, cols)
	if cols > 0 && rows > (maxBufferWords-b.words)/cols {
		b.words = maxBufferWords + 1 // whatever the product overflows to; Alloc refuses it
	} else {
		b.words += rows * cols
	}
	return v
}

// Fill has f fill the values of v (contiguous, in a unit of this arena) when the memory is allocated. Memory that is not filled is zero.
func (a *Arena) Fill(v View, f func(dst []float32)) {
	if a != nil && f != nil {
		a.fills = append(a.fills, fill{v, f})
	}
}

// Share lets the DeviceOnly units of a use the memory of the units of the same name in with, where those are large enough; with must be
// allocated first and closed last. It is for passes that never run at the same time, training and evaluation say: what one of them
// computes overwrites what the other did. Words that neither writes, such as initial states at the same place in both, stay zero.
func (a *Arena) Share(with *Arena) {
	if a != nil {
		a.share = with
	}
}

// Words returns the 32-bit words of all units, those that share memory left out: what Alloc will allocate.
func (a *Arena) Words() int64 {
	if a == nil {
		return 0
	}
	var n int64
	taken := a.lenders()
	for i, u := range a.units {
		if taken[i] == nil {
			n += int64(u.words)
		}
	}
	return n
}

// lenders returns for each unit the unit whose memory it shares, or nil.
func (a *Arena) lenders() []*Buffer {
	out := make([]*Buffer, len(a.units))
	if a.share == nil {
		return out
	}
	for i, u := range a.units {
		for _, l := range a.share.units {
			if u.usage == DeviceOnly && l.usage == DeviceOnly && l.name == u.name && l.words >= u.words {
				out[i] = l
			}
		}
	}
	return out
}

// Alloc allocates what was planned and fills it. On an error nothing stays allocated. Errors: ErrOutOfMemory, ErrClosed.
func (a *Arena) Alloc(d *Device) error {
	switch {
	case a == nil:
		return shapeError("arena", "it is nil")
	case d == nil:
		return errNil("arena")
	case a.done:
		return &Error{Op: "arena", Kind: ErrShape, Msg: "it is allocated already"}
	}
	a.done = true
	for i, lender := range a.lenders() {
		u := a.units[i]
		u.planned = false
		if lender != nil {
			u.dev, u.mem, u.borrowed = d, lender.mem, true
			continue
		}
		if err := d.allocate(u); err != nil {
			a.Close()
			return err
		}
	}
	for _, f := range a.fills {
		if err := f.view.checkWindow("fill", "view"); err != nil {
			a.Close()
			return err
		}
		values := make([]float32, f.view.Len())
		f.with(values)
		if err := WriteView(f.view, values); err != nil {
			a.Close()
			return fmt.Errorf("fill %v: %w", f.view, err)
		}
	}
	return nil
}

// Close frees the units. Programs that use them must be closed first.
func (a *Arena) Close() {
	if a == nil {
		return
	}
	for i := len(a.units) - 1; i >= 0; i-- {
		a.units[i].Close()
	}
}
