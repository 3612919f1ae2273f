package nn

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Group says which learning rate a tensor has.
type Group uint8

// The groups of tensors.
const (
	Free       Group = iota // matrices, biases and whatever has no constraint
	Reflectors              // Householder vectors
	Spectrum                // the free parameters s of singular values
	Groups     = int(Spectrum) + 1
)

// Tensor is one named parameter matrix, row-major.
type Tensor struct {
	Name       string // in its scope, "Wx"; Params.Tensors has the whole name, "layers.0.Wx"
	Rows, Cols int
	Zeros      int // structural zeros among the elements, which are no parameters
	Group      Group
	Decay      bool // weight decay applies
	Frozen     bool // it is not trained
	// Joined puts the tensor right behind the one before, whose group and flags it has, so that both are rows of one matrix.
	Joined bool
	// Stride is the words from one row to the next, 0 for Cols. What lies between rows is zero and stays so: a narrow matrix that is joined to a
	// wider one has the stride of that.
	Stride int
	Init   Init // the initial values; nil leaves zeros

	off int // first word in the flat buffers
}

// Len returns the number of elements.
func (t Tensor) Len() int { return t.Rows * t.Cols }

// stride returns the words from one row to the next.
func (t Tensor) stride() int { return max(t.Stride, t.Cols) }

// Param is a tensor's place: its value, and its gradient (the zero View where nothing is trained).
type Param struct{ Value, Grad gpu.View }

// Params owns tensors and the memory of weights. Every parameter lies in one flat buffer, so that one operation updates, clips or saves
// them all; the words between tensors stay zero. Layers fill it by Declare, bottom up, once; Complete ends that.
type Params struct {
	Info  gpu.Info    // of the device that the network will live on
	Train bool        // gradients are reserved
	Seed  uint64      // of the initial values
	Mem   *gpu.Arena  // the memory of weights
	Out   *gpu.Buffer // host-visible words: what weights have to tell after every step

	scope string
	*store
}

// store is what all scopes share.
type store struct {
	values, grads *gpu.Buffer
	tensors       []Tensor
	weights       []Weight
	banks         []Bank
	names         map[string]bool
	layers        map[Layer]string // those that are pointers, and where
	err           error            // the first, for Complete
}

// NewParams returns Params in an arena.
func NewParams(info gpu.Info, mem *gpu.Arena, seed uint64, train bool) *Params {
	s := &store{names: map[string]bool{}, layers: map[Layer]string{}, values: mem.Unit("parameters", gpu.DeviceOnly)}
	if train {
		s.grads = mem.Unit("gradients", gpu.DeviceOnly)
	}
	return &Params{Info: info, Train: train, Seed: seed, Mem: mem, Out: mem.Unit("statistics", gpu.DeviceToHost), store: s}
}

// Scope returns the same Params under which names begin with name and a dot.
func (p *Params) Scope(name string) *Params {
	q := *p
	q.scope += name + "."
	return &q
}

// Name returns the whole name of what is called name in this scope.
func (p *Params) Name(name string) string { return p.scope + name }

// declare declares a layer under that name in this scope. One that has parameters has them in one place.
func (p *Params) declare(name string, l Layer, in Shape) (Shape, error) {
	if n, ok := l.(named); ok {
		l = n.Layer
	}
	at := p.Name(name)
	if absent(l) {
		return in, shapeError("layer "+at, "it is nil")
	}
	before := len(p.tensors)
	out, err := l.Declare(p.Scope(name), in)
	if err != nil {
		return in, fmt.Errorf("layer %s: %w", at, err)
	}
	if len(p.tensors) == before || reflect.TypeOf(l).Kind() != reflect.Pointer {
		return out, nil
	}
	if first, ok := p.layers[l]; ok {
		return in, shapeError("layer "+at, "it is layer %s, too, and a layer owns its parameters: make another", first)
	}
	p.layers[l] = at
	return out, nil
}

// fail keeps the first error, which Complete returns.
func (p *Params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// Add lays out one more tensor. Two of one name, and sizes below 0, are errors that Complete returns.
func (p *Params) Add(t Tensor) *Param {
	t.Name = p.Name(t.Name)
	if p.names[t.Name] {
		p.fail(shapeError("tensor "+t.Name, "there are two of that name; give the layers other names (Named)"))
	}
	if t.Rows < 0 || t.Cols < 0 {
		p.fail(shapeError("tensor "+t.Name, "%d×%d elements; want 0 or more rows and columns", t.Rows, t.Cols))
		t.Rows, t.Cols = 0, 0
	}
	p.names[t.Name] = true
	place := func(b *gpu.Buffer) gpu.View {
		switch {
		case b == nil:
			return gpu.View{}
		case t.Joined:
			return b.Follow(t.Rows, t.stride()).ColRange(0, t.Cols)
		}
		return b.Reserve(t.Rows, t.stride()).ColRange(0, t.Cols)
	}
	q := &Param{Value: place(p.values), Grad: place(p.grads)}
	t.off = q.Value.Off
	p.tensors = append(p.tensors, t)
	if t.Init != nil {
		init, src := t.Init, philox.New(p.Seed, philox.Stream("init/"+t.Name))
		p.Mem.Fill(q.Value, func(dst []float32) { init(dst, t.Rows, t.Cols, src) })
	}
	return q
}

// Register makes a weight known, after its Declare. One that is registered twice is an error that Complete returns.
func (p *Params) Register(w Weight) {
	if absent(w) {
		p.fail(shapeError("weight of "+strings.TrimSuffix(p.scope, "."), "it is nil"))
		return
	}
	if reflect.TypeOf(w).Kind() == reflect.Pointer && slices.Contains(p.weights, w) {
		p.fail(shapeError("weight of "+strings.TrimSuffix(p.scope, "."), "another layer has it already; a weight owns its parameters: give each layer its own (a Tied read-out has those of an Embedding)"))
	}
	p.weights = append(p.weights, w)
}

// Tensors lists the parameters in the order in which they lie in memory.
func (p *Params) Tensors() []Tensor { return slices.Clone(p.tensors) }

// Weights lists the registered weights.
func (p *Params) Weights() []Weight { return p.weights }

// Banks lists what is to be computed of the registered weights once a step, after Complete.
func (p *Params) Banks() []Bank { return p.banks }

// Words returns the words of the flat buffer, whole groups.
func (p *Params) Words() int { return p.groupCount() * gpu.GroupBlock }

func (p *Params) groupCount() int { return (p.values.Len() + gpu.GroupBlock - 1) / gpu.GroupBlock }

// Count returns the number of free parameters: neither padding nor structural zeros count.
func (p *Params) Count() int {
	n := 0
	for _, t := range p.tensors {
		n += t.Len() - t.Zeros
	}
	return n
}

// In returns the window of a tensor in a buffer that is laid out as the parameters are: values, gradients or an optimiser's slot.
func (t Tensor) In(b *gpu.Buffer) gpu.View {
	return b.View(t.off, t.Rows, t.stride()).ColRange(0, t.Cols)
}

// Values and Grads return the flat buffers.
func (p *Params) Values() *gpu.Buffer { return p.values }

// Grads returns the gradients, laid out as the values; nil where nothing is trained.
func (p *Params) Grads() *gpu.Buffer { return p.grads }

// Complete ends the declaration: it rounds the flat buffers up to whole groups and plans the memory of the registered weights, those of
// one kind together. Layers are planned after it.
func (p *Params) Complete() error {
	if p.err != nil {
		return p.err
	}
	p.values.Reserve(0, 0)
	if p.grads != nil {
		p.grads.Reserve(0, 0)
	}
	return p.planBanks()
}

// groupTable fills the table that optimisers read (gpu.Adam): for every block of parameters the factor of the learning rate, and the decay.
func (p *Params) groupTable(table []float32, rates [Groups]float32, decay float32) {
	for _, t := range p.tensors {
		for b := t.off / gpu.GroupBlock; b*gpu.GroupBlock < t.off+t.Rows*t.stride(); b++ {
			table[2*b] = rates[t.Group]
			if t.Frozen {
				table[2*b] = 0
			}
			if t.Decay {
				table[2*b+1] = decay
			}
		}
	}
}

// Find returns the tensor of that whole name. The error says which there are.
func (p *Params) Find(name string) (Tensor, error) {
	i := slices.IndexFunc(p.tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		var names []string
		for _, t := range p.tensors {
			names = append(names, t.Name)
		}
		return Tensor{}, fmt.Errorf("no tensor %q; there are %v", name, names)
	}
	return p.tensors[i], nil
}
