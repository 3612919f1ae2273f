package nn

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Forward is a network's layers at a shape of their own, without loss and targets: predictions for any number of sequences of any length,
// from the network's parameters. Close it before the network.
//
//	f, err := net.Forward(nn.Shape{Length: 1, Batch: 1, Width: 784}, false)
//	defer f.Close()
//	copy(f.Values(), image)
//	logits, err := f.Run()
type Forward struct {
	net *Network
	r   Run
	out gpu.View // host-visible
}

// Forward plans, allocates and records the layers for inputs of that shape, whose Width is that of the network. With stream a run goes on where
// the one before ended. Errors: gpu.ErrShape, gpu.ErrOutOfMemory.
func (n *Network) Forward(in Shape, stream bool) (*Forward, error) {
	if err := in.check("forward"); err != nil {
		return nil, err
	}
	if in.Width != n.cfg.In.Width {
		return nil, shapeError("forward", "rows of %d values; the network reads %d", in.Width, n.cfg.In.Width)
	}
	f := &Forward{net: n}
	name := fmt.Sprintf("forward %d×%d×%d", in.Length, in.Batch, in.Width)
	if err := f.plan(name, in, stream, n.cfg.Layer); err != nil {
		return nil, err
	}
	y := f.r.pass.Out().Y
	f.out = f.r.mem.Unit("outputs of "+name, gpu.DeviceToHost).Reserve(y.Rows, y.Cols)
	if err := f.r.mem.Alloc(n.dev); err != nil {
		return nil, err
	}
	if err := f.record(name); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Forward) plan(name string, in Shape, stream bool, layer Layer) (err error) {
	f.r.in = Flow{Shape: in}
	f.r.host = f.r.mem.Unit("inputs of "+name, gpu.HostToDevice)
	f.r.in.Y = f.r.host.Reserve(in.Rows(), in.Width)
	f.r.pass, err = layer.Plan(&Plan{Name: name, Mem: &f.r.mem, Stream: stream, carried: &f.r.carried}, f.r.in)
	return err
}

func (f *Forward) record(name string) error {
	r := &Record{}
	f.r.begin(r)
	f.r.pass.Forward(r)
	f.r.end(r)
	r.Do(gpu.Copy{Y: f.out, X: f.r.pass.Out().Y})
	ops, err := r.Ops()
	if err == nil {
		f.r.prog, err = f.net.dev.Compile(name, ops...)
	}
	return err
}

// Run runs the layers on what Values or Tokens hold and returns the outputs, rows × width, in memory that the next run overwrites. It
// does not allocate. What follows from the parameters alone, every W say, is computed by the first run after they have changed.
func (f *Forward) Run() ([]float32, error) {
	if err := f.net.Prepare(); err != nil {
		return nil, err
	}
	if err := f.r.prog.Run(); err != nil {
		return nil, err
	}
	return Host(f.out), nil
}

// Values is the host's slice of the input, rows × width; Tokens is the same words as numbers.
func (f *Forward) Values() []float32 { return f.r.Values() }

// Tokens is the host's slice of the input where it is tokens, one a row.
func (f *Forward) Tokens() []int32 { return f.r.Tokens() }

// Shape returns the shape of the outputs.
func (f *Forward) Shape() Shape { return f.r.pass.Out().Shape }

// States returns the states that are carried from run to run.
func (f *Forward) States() []State { return f.r.States() }

// ResetStates makes the next run the beginning of a stream.
func (f *Forward) ResetStates() error { return f.r.ResetStates() }

// Program returns the recorded program.
func (f *Forward) Program() *gpu.Program { return f.r.prog }

// Close frees the program and the memory.
func (f *Forward) Close() {
	if f != nil {
		f.r.close()
	}
}
