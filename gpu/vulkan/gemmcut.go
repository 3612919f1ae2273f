//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu"

// cutGemm returns the parts of a product that exceeds the device's limits on the number of work groups and on the bytes that a
// buffer can span, or nil where it does not. Parts are halves, so that cutting them again ends at what fits.
func cutGemm(o gpu.Gemm, p gemmPlan, l limits) []gpu.Gemm {
	m, n, k := o.Dims()
	last := o.Count() - 1
	fits := func(v gpu.View, extra int) bool {
		return int64(v.Extent()+max(extra, -extra))*4+memoryAlign <= l.MaxRange
	}
	a, b, c := fits(o.A, last*o.StrideA), fits(o.B, last*o.StrideB), fits(o.C, last*o.StrideC)
	switch {
	case o.Count() > 1 && (!a || !b || !c || o.Count()*p.splits > int(l.MaxGroups[2])):
		return cutBatch(o)
	case m > 1 && ceilDiv(m, p.rows()) > int(l.MaxGroups[1]):
		return cutRows(o, half(m))
	case n > 1 && ceilDiv(n, p.cols()) > int(l.MaxGroups[0]):
		return cutCols(o, half(n))
	case a && b && c:
		return nil
	case m > 1 && (!c || !a && !o.TransA):
		return cutRows(o, half(m))
	case n > 1 && !b && o.TransB:
		return cutCols(o, half(n))
	case k > 1:
		return cutDepth(o, half(k))
	}
	return nil // one row is too long: binding it fails with the sizes
}

// half returns where to cut n, at a multiple of 64 where there is one, so that parts stay aligned and fill tiles.
func half(n int) int {
	if n < 128 {
		return n / 2
	}
	return n / 128 * 64
}

// cutBatch halves a batch.
func cutBatch(o gpu.Gemm) []gpu.Gemm {
	low, high := o, o
	low.Batch = o.Count() / 2
	high.Batch = o.Count() - low.Batch
	high.A.Off += low.Batch * o.StrideA
	high.B.Off += low.Batch * o.StrideB
	high.C.Off += low.Batch * o.StrideC
	return []gpu.Gemm{low, high}
}

// cutRows cuts C before row at.
func cutRows(o gpu.Gemm, at int) []gpu.Gemm {
	m, _, _ := o.Dims()
	return []gpu.Gemm{gemmRows(o, 0, at), gemmRows(o, at, m)}
}

// cutCols cuts C before column at.
func cutCols(o gpu.Gemm, at int) []gpu.Gemm {
	_, n, _ := o.Dims()
	return []gpu.Gemm{gemmCols(o, 0, at), gemmCols(o, at, n)}
}

// cutDepth cuts K before at: the first product leaves α·A·B·diag(Scale) + β·C in C, the second adds to it and finishes.
func cutDepth(o gpu.Gemm, at int) []gpu.Gemm {
	low, high := o, o
	_, _, k := o.Dims()
	if o.TransA {
		low.A, high.A = o.A.RowRange(0, at), o.A.RowRange(at, k)
	} else {
		low.A, high.A = o.A.ColRange(0, at), o.A.ColRange(at, k)
	}
	if o.TransB {
		low.B, high.B = o.B.ColRange(0, at), o.B.ColRange(at, k)
	} else {
		low.B, high.B = o.B.RowRange(0, at), o.B.RowRange(at, k)
	}
	low.Bias, low.Act = gpu.View{}, gpu.Activation{}
	high.Beta = 1
	return []gpu.Gemm{low, high}
}

// gemmRows is the product for rows lo … hi−1 of C.
func gemmRows(o gpu.Gemm, lo, hi int) gpu.Gemm {
	o.C = o.C.RowRange(lo, hi)
	if o.TransA {
		o.A = o.A.ColRange(lo, hi)
	} else {
		o.A = o.A.RowRange(lo, hi)
	}
	return o
}

// gemmCols is the product for columns lo … hi−1 of C.
func gemmCols(o gpu.Gemm, lo, hi int) gpu.Gemm {
	o.C = o.C.ColRange(lo, hi)
	if o.TransB {
		o.B = o.B.RowRange(lo, hi)
	} else {
		o.B = o.B.ColRange(lo, hi)
	}
	for _, v := range []*gpu.View{&o.Scale, &o.Bias} {
		if !v.IsZero() {
			*v = v.ColRange(lo, hi)
		}
	}
	return o
}
