package export_test

import (
	"math"
	"slices"
	"testing"
)

// recurrence is the operation RNN, one direction.
func recurrence(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], w.dims[1]
	if attrs["hidden_size"].ints(3)[0] != n || w.dims[2] != k || !slices.Equal(r.dims, []int{1, n, n}) || !slices.Equal(b.dims, []int{1, 2 * n}) {
		t.Fatalf("RNN of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	var phi func(float64) float64
	switch name := attrs["activations"].texts(9)[0]; name {
	case "Relu":
		phi = leaky(0)
	case "LeakyRelu":
		phi = leaky(attrs["activation_alpha"].floats(7)[0])
	case "Tanh":
		phi = math.Tanh
	case "Affine":
		phi = func(v float64) float64 {
			return attrs["activation_alpha"].floats(7)[0]*v + attrs["activation_beta"].floats(7)[0]
		}
	default:
		t.Fatalf("activation %s", name)
	}
	y, h := newArray(steps, 1, batch, n), newArray(1, batch, n)
	if len(in) > 5 {
		h = in[5]
	}
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			for j := range n {
				z := b.data[j] + b.data[n+j]
				for l := range k {
					z += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					z += r.data[j*n+l] * h.data[i*n+l]
				}
				next.data[i*n+j] = phi(z)
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h}
}

// lstm is the operation LSTM, one direction, with its default activations: gates i, o, f, c.
func lstm(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], r.dims[2]
	if attrs["hidden_size"].ints(3)[0] != n || !slices.Equal(w.dims, []int{1, 4 * n, k}) || !slices.Equal(r.dims, []int{1, 4 * n, n}) || !slices.Equal(b.dims, []int{1, 8 * n}) {
		t.Fatalf("LSTM of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	y, h, c := newArray(steps, 1, batch, n), newArray(1, batch, n), newArray(1, batch, n)
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			z := make([]float64, 4*n)
			for j := range z {
				z[j] = b.data[j] + b.data[4*n+j]
				for l := range k {
					z[j] += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					z[j] += r.data[j*n+l] * h.data[i*n+l]
				}
			}
			for j := range n {
				c.data[i*n+j] = sigmoid(z[2*n+j])*c.data[i*n+j] + sigmoid(z[j])*math.Tanh(z[3*n+j])
				next.data[i*n+j] = sigmoid(z[n+j]) * math.Tanh(c.data[i*n+j])
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h, c}
}

// gru is the operation GRU, one direction, with its default activations: gates z, r, h.
func gru(t *testing.T, in []array, attrs map[string]fields) []array {
	t.Helper()
	x, w, r, b := in[0], in[1], in[2], in[3]
	steps, batch, k, n := x.dims[0], x.dims[1], x.dims[2], r.dims[2]
	if attrs["hidden_size"].ints(3)[0] != n || !slices.Equal(w.dims, []int{1, 3 * n, k}) || !slices.Equal(r.dims, []int{1, 3 * n, n}) || !slices.Equal(b.dims, []int{1, 6 * n}) {
		t.Fatalf("GRU of %v, W %v, R %v, B %v", x.dims, w.dims, r.dims, b.dims)
	}
	if attrs["linear_before_reset"].ints(3)[0] != 1 {
		t.Fatal("the reset gate is applied before the product")
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	y, h := newArray(steps, 1, batch, n), newArray(1, batch, n)
	for s := range steps {
		next := newArray(1, batch, n)
		for i := range batch {
			fromX, fromH := slices.Clone(b.data[:3*n]), slices.Clone(b.data[3*n:])
			for j := range 3 * n {
				for l := range k {
					fromX[j] += w.data[j*k+l] * x.data[(s*batch+i)*k+l]
				}
				for l := range n {
					fromH[j] += r.data[j*n+l] * h.data[i*n+l]
				}
			}
			for j := range n {
				update, reset := sigmoid(fromX[j]+fromH[j]), sigmoid(fromX[n+j]+fromH[n+j])
				candidate := math.Tanh(fromX[2*n+j] + reset*fromH[2*n+j])
				next.data[i*n+j] = (1-update)*candidate + update*h.data[i*n+j]
			}
		}
		h = next
		copy(y.data[s*batch*n:], h.data)
	}
	return []array{y, h}
}
