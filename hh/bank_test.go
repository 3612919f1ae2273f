package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// TestBank holds W and the gradients of several equal weights, whose parameters begin with another weight and have a bias each between them,
// against dense matrices, and requires as many operations as of one.
func TestBank(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, s := range []struct{ rows, cols, m, count int }{{7, 7, 7, 3}, {12, 5, 3, 2}, {5, 12, 5, 4}, {33, 33, 0, 2}, {40, 40, 3, 5}, {130, 130, 9, 2}, {20, 20, 20, 9}} {
			t.Run(fmt.Sprintf("%d of %d×%d m=%d", s.count, s.rows, s.cols, s.m), func(t *testing.T) { testBank(t, e, dev, s.rows, s.cols, s.m, s.count) })
		}
	})
}

func testBank(t *testing.T, e executor, dev *gpu.Device, rows, cols, m, count int) {
	var mem gpu.Arena
	defer mem.Close()
	p := nn.NewParams(dev.Info(), &mem, 3, true)
	weights := make([]*hh.Weight, count+1)
	for i := range weights {
		weights[i] = &hh.Weight{Reflectors: m, Center: 1, Radius: 0.5, Method: hh.Materialised, Start: hh.Random()}
		weights[i].Start.S = nn.Normal(1)
		q, k := p.Scope(fmt.Sprint(i)), cols
		if i == 0 {
			k += 2 // a first layer with an input of its own
		}
		if err := weights[i].Declare(q, rows, k, nn.Use{Rows: 4}); err != nil {
			t.Fatal(err)
		}
		q.Register(weights[i])
		q.Add(nn.Tensor{Name: "b", Rows: 1, Cols: rows})
	}
	if err := p.Complete(); err != nil {
		t.Fatal(err)
	}
	if n := len(p.Banks()); n != 2 {
		t.Fatalf("%d banks, want one of the first weight and one of the others", n)
	}
	if err := mem.Alloc(dev); err != nil {
		t.Fatal(err)
	}
	v := newValues(t, e, dev)
	defer v.close()
	r, one := &nn.Record{Train: true}, 0
	for i, b := range p.Banks() {
		b.Prepare(r)
		b.Finish(r)
		b.Project(r)
		if ops, err := r.Ops(); err != nil {
			t.Fatal(err)
		} else if i == 0 {
			one = len(ops)
		} else if more := len(ops) - one; more > 30 { // what one weight takes, whatever its form
			t.Errorf("%d weights take %d operations, one takes %d", count, more, one)
		}
	}
	ops, _ := r.Ops()
	var gradients []oracle.Matrix
	for i, w := range weights {
		_, dw := w.Matrix()
		G := random(fmt.Sprint("dW ", i), dw.Rows, dw.Cols)
		v.set(dw, G)
		gradients = append(gradients, G)
	}
	v.run(ops...)
	v.run(ops...)
	for i, w := range weights {
		value, grad := w.Params()
		W, _ := w.Matrix()
		s := v.get(value.S).Data
		sigma, slope := oracle.Sigma(s, 1, 0.5), oracle.SigmaDerivative(s, 0.5)
		U, V := v.get(value.U), v.get(value.V)
		near(t, fmt.Sprint("W ", i), v.get(W), oracle.W(U, V, sigma), e.tol)
		near(t, fmt.Sprint("σ ", i), v.get(w.Sigma()), rowVector(sigma), e.tol)
		dU, dV, ds := oracle.WGradient(U, V, sigma, gradients[i])
		for j := range ds {
			ds[j] *= slope[j]
		}
		near(t, fmt.Sprint("dU ", i), v.get(grad.U), dU, 4*e.tol)
		near(t, fmt.Sprint("dV ", i), v.get(grad.V), dV, 4*e.tol)
		near(t, fmt.Sprint("ds ", i), v.get(grad.S), rowVector(ds), 4*e.tol)
	}
}
