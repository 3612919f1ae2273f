// Package exact is an executor for tests of gradients: it computes operations by plain loops in float64, whatever the size. What it returns differs from the mathematics only by the rounding of float64, so that a gradient can be held
// against finite differences to nine digits, which no fp32 executor allows. It does not register itself: call [Open].
package exact

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Open returns a device that computes in float64.
func Open() *gpu.Device { return gpu.NewDevice(executor{}) }

type executor struct{}

func (executor) Info() gpu.Info {
	return gpu.Info{Executor: "exact", Name: "float64 reference", Kind: gpu.CPU, Unified: true}
}

func (executor) Close() error { return nil }

func (executor) Compile(ops []gpu.Op, _ gpu.CompileOptions) (gpu.Executable, error) {
	x := &executable{}
	for _, op := range ops {
		run, err := lower(op)
		if err != nil {
			return nil, err
		}
		x.run = append(x.run, run)
		x.plan = append(x.plan, op.Name())
		x.shares(op)
	}
	return x, nil
}

type executable struct {
	run      []func()
	plan     []string
	in, outs []*memory // that the host fills before a run, and reads after it
}

// shares notes what an operation shares with the host.
func (x *executable) shares(op gpu.Op) {
	for _, a := range op.Access() {
		m := a.Buf.Memory().(*memory)
		switch {
		case m.host == nil:
		case !a.Write && m.usage == gpu.HostToDevice && !slices.Contains(x.in, m):
			x.in = append(x.in, m)
		case a.Write && !slices.Contains(x.outs, m):
			x.outs = append(x.outs, m)
		}
	}
}

func (x *executable) Run() error {
	for _, m := range x.in {
		m.fromHost()
	}
	for _, run := range x.run {
		run()
	}
	for _, m := range x.outs {
		m.toHost()
	}
	return nil
}

func (x *executable) Stats() gpu.Stats       { return gpu.Stats{Submits: 1, Dispatches: len(x.run)} }
func (x *executable) Plan() []string         { return x.plan }
func (x *executable) Times() []time.Duration { return nil }
func (x *executable) Close()                 {}

// forms holds the float64 form of every operation type.
var forms = map[reflect.Type]func(gpu.Op) func(){}

// implement makes run the form of operations of type O. Each operation's file calls it from init.
func implement[O gpu.Op](run func(O)) {
	forms[reflect.TypeFor[O]()] = func(op gpu.Op) func() {
		o := op.(O)
		return func() { run(o) }
	}
}

// lower finds the form of an operation.
func lower(op gpu.Op) (func(), error) {
	if r, ok := op.(gpu.Repeat); ok {
		return repeat(r)
	}
	form, ok := forms[reflect.TypeOf(op)]
	if !ok {
		return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the float64 executor has no form of %T", op)}
	}
	return form(op), nil
}

// repeat runs one item after the other.
func repeat(op gpu.Repeat) (func(), error) {
	items := make([]func(), op.Count)
	for i := range items {
		run, err := lower(op.Item(i))
		if err != nil {
			return nil, err
		}
		items[i] = run
	}
	return func() {
		for _, run := range items {
			run()
		}
	}, nil
}
