package fake

import (
	"fmt"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Program is a recorded program: what a test wants to know about it.
type Program struct {
	Name     string
	Ops      []gpu.Op
	Barriers []bool // whether a barrier stands before each operation
	Options  gpu.CompileOptions

	x        *Executor
	memories []*memory // each once, in order of first use
	runs     int
	closed   bool
}

// Compile implements gpu.Executor: it checks every operation again and derives the barriers from its accesses.
func (x *Executor) Compile(ops []gpu.Op, opts gpu.CompileOptions) (gpu.Executable, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.allocate("program " + opts.Name); err != nil {
		return nil, err
	}
	p := &Program{Name: opts.Name, Ops: slices.Clone(ops), Options: opts, x: x}
	hazards := gpu.Hazards{Full: x.fullSync}
	for i, op := range ops {
		if err := op.Check(); err != nil {
			return nil, err
		}
		for _, a := range op.Access() {
			m, ok := a.Buf.Memory().(*memory)
			switch {
			case !ok || m.x != x:
				return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrShape, Msg: fmt.Sprintf("operation %d: buffer %s is not this executor's", i, a.Buf.Name())}
			case m.freed:
				return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrClosed, Msg: fmt.Sprintf("operation %d: buffer %s", i, a.Buf.Name())}
			case a.Lo < 0 || a.Hi < a.Lo || a.Hi > a.Buf.Len():
				return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrShape, Msg: fmt.Sprintf("operation %d touches words %d … %d of %s, which has %d", i, a.Lo, a.Hi, a.Buf.Name(), a.Buf.Len())}
			}
			if !slices.Contains(p.memories, m) {
				p.memories = append(p.memories, m)
			}
		}
		p.Barriers = append(p.Barriers, hazards.Next(gpu.Ranges(op.Access())))
	}
	x.programs = append(x.programs, p)
	return p, nil
}

// Names returns the names of the operations in order.
func (p *Program) Names() []string {
	names := make([]string, len(p.Ops))
	for i, op := range p.Ops {
		names[i] = op.Name()
	}
	return names
}

// Runs returns how often the program was run with success.
func (p *Program) Runs() int {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	return p.runs
}

// Closed tells whether the program was closed.
func (p *Program) Closed() bool {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	return p.closed
}

// Run implements gpu.Executable: it counts, and verifies that everything it would touch is still there.
func (p *Program) Run() error {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	if p.closed || p.x.closed {
		return &gpu.Error{Op: "fake run", Kind: gpu.ErrClosed, Msg: "program " + p.Name}
	}
	for _, m := range p.memories {
		if m.freed {
			return &gpu.Error{Op: "fake run", Kind: gpu.ErrClosed, Msg: "memory of " + m.name}
		}
	}
	p.x.runs++
	if p.x.failRun > 0 && p.x.runs >= p.x.failRun {
		return &gpu.Error{Op: "fake run", Kind: gpu.ErrDeviceLost, Msg: fmt.Sprintf("run %d was asked to fail", p.x.runs)}
	}
	p.runs++
	return nil
}

// Stats implements gpu.Executable: one submission, a dispatch an operation.
func (p *Program) Stats() gpu.Stats {
	s := gpu.Stats{Submits: 1, Dispatches: len(p.Ops)}
	for _, b := range p.Barriers {
		if b {
			s.Barriers++
		}
	}
	for _, m := range p.memories {
		if m.usage != gpu.DeviceOnly {
			s.Copies++
		}
	}
	return s
}

// Plan implements gpu.Executable.
func (p *Program) Plan() []string {
	plan := make([]string, len(p.Ops))
	for i, op := range p.Ops {
		plan[i] = op.Name() + ": nothing is computed"
		if p.Barriers[i] {
			plan[i] += ", after a barrier"
		}
	}
	return plan
}

// Times implements gpu.Executable: zeros with Timestamps.
func (p *Program) Times() []time.Duration {
	if !p.Options.Timestamps {
		return nil
	}
	return make([]time.Duration, len(p.Ops))
}

// Close implements gpu.Executable.
func (p *Program) Close() {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	p.closed = true
}
