package gpu

import (
	"fmt"
	"time"
)

// Program is a list of operations, recorded once and run many times.
type Program struct {
	dev     *Device
	name    string
	ops     []Op
	buffers []*Buffer // each once
	exec    Executable
}

// Name returns the name given to Compile.
func (p *Program) Name() string {
	if p == nil {
		return "none"
	}
	return p.name
}

// closed tells that there is nothing to run: the program was closed, or is nil because it did not compile.
func (p *Program) closed() bool { return p == nil || p.exec == nil }

// Ops returns the operations in order. The slice must not be changed.
func (p *Program) Ops() []Op {
	if p == nil {
		return nil
	}
	return p.ops
}

// Run runs the operations once and returns when they are done: one submission and one wait, several where a slow device's watchdog would end a long
// one, and no allocation. An error is a lost
// device (ErrDeviceLost), or a program or one of its buffers that was closed (ErrClosed).
func (p *Program) Run() error {
	if p.closed() {
		return &Error{Op: "run " + p.Name(), Kind: ErrClosed}
	}
	for _, b := range p.buffers {
		if b.mem == nil {
			return &Error{Op: "run " + p.name, Kind: ErrClosed, Msg: "buffer " + b.name}
		}
	}
	if err := p.exec.Run(); err != nil {
		return fmt.Errorf("program %s: %w", p.name, err)
	}
	return nil
}

// Stats counts the submissions, dispatches, copies and barriers of one run; all zero for a closed program.
func (p *Program) Stats() Stats {
	if p.closed() {
		return Stats{}
	}
	return p.exec.Stats()
}

// Plan says in words, for each operation, how the executor carries it out; nil for a closed program.
func (p *Program) Plan() []string {
	if p.closed() {
		return nil
	}
	return p.exec.Plan()
}

// Times returns how long each operation took on the device in the last run (CompileOptions.Timestamps), nil otherwise.
func (p *Program) Times() []time.Duration {
	if p.closed() {
		return nil
	}
	return p.exec.Times()
}

// Cost returns the sum of the costs of the operations.
func (p *Program) Cost() Cost {
	var c Cost
	for _, op := range p.Ops() {
		c = c.plus(op.Cost())
	}
	return c
}

// Scratch returns the bytes of memory that the program holds beside its buffers (Device.Measure).
func (p *Program) Scratch() int64 {
	if p.closed() {
		return 0
	}
	if x, ok := p.exec.(interface{ Scratch() int64 }); ok {
		return x.Scratch()
	}
	return 0
}

// Close frees what the program holds on the device.
func (p *Program) Close() {
	if p.closed() {
		return
	}
	p.exec.Close()
	p.exec = nil
	p.dev.forget(p)
}
