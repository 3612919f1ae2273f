package export_test

import (
	"fmt"
	"slices"
)

// array is a tensor; all types of elements become float64.
type array struct {
	dims []int
	data []float64
}

func newArray(dims ...int) array {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return array{dims, make([]float64, n)}
}

func product(x, w array, transposed bool) array {
	if transposed {
		w = transpose(w, []int{1, 0})
	}
	k, n := w.dims[0], w.dims[1]
	y := newArray(append(slices.Clone(x.dims[:len(x.dims)-1]), n)...)
	for i := range len(x.data) / k {
		for j := range n {
			for l := range k {
				y.data[i*n+j] += x.data[i*k+l] * w.data[l*n+j]
			}
		}
	}
	return y
}

func transpose(x array, perm []int) array {
	dims := make([]int, len(perm))
	for i, p := range perm {
		dims[i] = x.dims[p]
	}
	y := newArray(dims...)
	for i := range y.data {
		rest, at := i, make([]int, len(dims))
		for d := len(dims) - 1; d >= 0; d-- {
			at[perm[d]], rest = rest%dims[d], rest/dims[d]
		}
		from := 0
		for d, v := range at {
			from = from*x.dims[d] + v
		}
		y.data[i] = x.data[from]
	}
	return y
}

// reduce keeps the reduced dimensions, with size 1.
func reduce(op string, x array, axes []int) array {
	dims := slices.Clone(x.dims)
	for _, a := range axes {
		dims[a] = 1
	}
	y := newArray(dims...)
	count := len(x.data) / len(y.data)
	seen := make([]bool, len(y.data))
	for i, v := range x.data {
		to := broadcastIndex(i, x.dims, dims)
		switch {
		case op == "ReduceMean":
			y.data[to] += v / float64(count)
		case !seen[to], op == "ReduceMin" && v < y.data[to], op == "ReduceMax" && v > y.data[to]:
			y.data[to] = v
		}
		seen[to] = true
	}
	return y
}

// broadcastIndex returns the element of an array of dims that meets element i of one of full.
func broadcastIndex(i int, full, dims []int) int {
	at, stride := 0, 1
	for d := len(full) - 1; d >= 0; d-- {
		v := i % full[d]
		i /= full[d]
		if own := d - len(full) + len(dims); own >= 0 {
			if dims[own] > 1 {
				at += v * stride
			}
			stride *= dims[own]
		}
	}
	return at
}

func broadcast(f func(a, b float64) float64, a, b array) array {
	dims := slices.Clone(a.dims)
	if len(b.dims) > len(dims) {
		dims = slices.Clone(b.dims)
	}
	for d := range dims {
		for _, x := range []array{a, b} {
			if own := d - len(dims) + len(x.dims); own >= 0 {
				dims[d] = max(dims[d], x.dims[own])
			}
		}
	}
	y := newArray(dims...)
	for i := range y.data {
		y.data[i] = f(a.data[broadcastIndex(i, dims, a.dims)], b.data[broadcastIndex(i, dims, b.dims)])
	}
	return y
}

func (a array) String() string { return fmt.Sprint(a.dims, a.data) }
