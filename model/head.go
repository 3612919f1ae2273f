package model

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// head is the output map on the last hidden state, y = Wy h_T + b, with its loss.
type head struct {
	w, b          int      // tensors
	out, dout, dh gpu.View // B × O, B × O, B × n
}

func (h *head) layout(c Config, p *Params) {
	bound := 1 / math.Sqrt(float64(c.Hidden))
	h.w = p.add(Tensor{Name: "head.W", Rows: c.Outputs, Cols: c.Hidden, LRScale: 1, Decay: true, init: func(dst []float32) {
		uniform(dst, c.Seed, "head.W", bound)
	}})
	h.b = p.add(Tensor{Name: "head.b", Rows: 1, Cols: c.Outputs, LRScale: 1, init: func([]float32) {}})
}

func (h *head) allocate(m *Network) error {
	c := m.Config
	for _, v := range []struct {
		dst  *gpu.View
		name string
		cols int
	}{{&h.out, "outputs", c.Outputs}, {&h.dout, "output gradients", c.Outputs}, {&h.dh, "dL/dh_T", c.Hidden}} {
		b, err := m.buffer(v.name, c.Batch*v.cols)
		if err != nil {
			return err
		}
		*v.dst = b.View(0, c.Batch, v.cols)
	}
	return nil
}

// forward computes the outputs and, for every row, its loss; with gradients, dL/d(output) too. The loss is the mean over the batch.
func (h *head) forward(m *Network, gradient bool) []gpu.Op {
	c := m.Config
	ops := []gpu.Op{gpu.Gemm{C: h.out, A: m.last(), B: m.params.value(h.w), TransB: true, Alpha: 1, Bias: m.params.value(h.b)}}
	dout := gpu.View{}
	if gradient {
		dout = h.dout
	}
	rows, scale := m.io.rowsView(c), m.io.shareView()
	if c.Kind == data.CrossEntropy {
		return append(ops, gpu.SoftmaxCrossEntropy{Rows: rows, DLogits: dout, Logits: h.out, Labels: m.io.labelView(c), Scale: scale})
	}
	return append(ops, gpu.MeanSquaredError{Rows: rows, DPred: dout, Pred: h.out, Target: m.io.targetView(c), Labels: m.io.labelView(c), Scale: scale})
}

// backward computes the gradients of the output map and dL/dh_T.
func (h *head) backward(m *Network) []gpu.Op {
	return []gpu.Op{
		gpu.Gemm{C: h.dh, A: h.dout, B: m.params.value(h.w), Alpha: 1},
		gpu.Gemm{C: m.params.grad(h.w), A: h.dout, TransA: true, B: m.last(), Alpha: 1},
		gpu.ColDot{Out: m.params.grad(h.b), A: h.dout, Alpha: 1},
	}
}
