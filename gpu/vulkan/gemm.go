//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(gemm)
	implementRepeated[gpu.Gemm]()
	implementTrial((*trial).gemm)
}

// gemm records a matrix product: one dispatch, or one for the shares of K and one that adds them. What exceeds the device's
// limits is cut into several products first.
func gemm(r *recorder, o gpu.Gemm) error { return r.gemmProduct(o, false) }

// gemmProduct is gemm, with halfDiag of a product whose diagonal is halved at the end.
func (r *recorder) gemmProduct(o gpu.Gemm, halfDiag bool) error {
	m, n, k := o.Dims()
	if m == 0 || n == 0 {
		return nil
	}
	if o.Act.PerUnit() {
		return r.gemmUnits(o)
	}
	if k == 0 {
		o.Scale = gpu.View{} // 0·diag(Scale): nothing to scale, whatever Scale holds
	}
	plan := r.planGemm(o)
	plan.halfDiag = halfDiag
	if parts := cutGemm(o, plan, r.limits); parts != nil {
		return r.gemmParts(o, parts, halfDiag)
	}
	r.note("%v", plan)
	if plan.splits == 1 {
		r.gemmTiles(o, plan, o.C, o.StrideC)
		return nil
	}
	pitch := (n + 3) / 4 * 4
	shares := r.scratch(r.items() * o.Count() * plan.splits * m * pitch)
	c := shares
	c.Rows, c.Cols, c.Stride = m, n, pitch
	r.gemmTiles(o, plan, c, m*pitch)
	r.gemmReduce(o, plan, shares, pitch)
	return nil
}

// gemmUnits records a product and, behind it, an activation with a parameter for each unit.
func (r *recorder) gemmUnits(o gpu.Gemm) error {
	act := o.Act
	o.Act = gpu.Activation{}
	if err := r.lower(o); err != nil {
		return err
	}
	return r.lower(gpu.Activate{Y: o.C, X: o.C, Act: act})
}

// gemmParts records a product that exceeds the device's limits as its parts. A part's diagonal is not that of the whole: what refers to it is
// done after them.
func (r *recorder) gemmParts(o gpu.Gemm, parts []gpu.Gemm, halfDiag bool) error {
	for _, part := range parts {
		part.TrapezoidA, part.Upper, part.Diag = false, false, gpu.View{}
		if err := gemm(r, part); err != nil {
			return err
		}
	}
	for i := range o.Count() {
		c := o.C
		c.Off += i * o.StrideC
		if err := r.finishTriangle(c, o.Diag, o.Upper, halfDiag); err != nil {
			return err
		}
	}
	return nil
}

// finishTriangle adds a diagonal, which may be absent, to c, halves that of c with halfDiag and writes zeros left of it with upper: as many rows at a
// time as a kernel can see.
func (r *recorder) finishTriangle(c, diag gpu.View, upper, halfDiag bool) error {
	var ops []gpu.Op
	m, n := c.Rows, c.Cols
	step := max(1, int((r.limits.MaxRange-memoryAlign)/4)/(c.Stride+1))
	for lo := 0; lo < m; lo += step {
		hi := min(lo+step, m)
		end := min(hi, n) // of the rows that the diagonal passes through
		at := gpu.View{Buf: c.Buf, Off: c.Off + lo*(c.Stride+1), Rows: end - lo, Cols: 1, Stride: c.Stride + 1}
		if lo < end && halfDiag {
			ops = append(ops, gpu.Scale{Y: at, X: at, Alpha: 0.5})
		}
		if lo < end && !diag.IsZero() {
			ops = append(ops, gpu.Scale{Y: at, X: diag.ColRange(lo, end).Reshape(end-lo, 1), Alpha: 1, Beta: 1})
		}
		if !upper {
			continue
		}
		if lo < end {
			ops = append(ops, gpu.MaskReflectors{U: c.RowRange(lo, end).ColRange(lo, n)}, gpu.Fill{Y: c.RowRange(lo, end).ColRange(0, lo)})
		}
		ops = append(ops, gpu.Fill{Y: c.RowRange(max(lo, end), hi)})
	}
	for _, op := range ops {
		if err := r.lower(op); err != nil {
			return err
		}
	}
	return nil
}

// gemmTiles launches the product, in several pieces where it would take long. With several shares of K, c is the place of the first share's sums
// and strideC lies between them.
func (r *recorder) gemmTiles(o gpu.Gemm, p gemmPlan, c gpu.View, strideC int) {
	m, n, k := o.Dims()
	last := o.Count() - 1
	matrices := o.Count() * p.splits
	beyond := matrices - 1 // of the first matrix of an item
	if p.splits > 1 {      // the shares of all items lie one behind the other
		beyond = r.items()*matrices - 1
	}
	spec := p.tile.Spec()
	spec.TransA, spec.TransB = o.TransA, o.TransB
	spec.Split = p.splits > 1
	spec.Trapezoid, spec.Upper = o.TrapezoidA, o.Upper
	spec.KWhole = k%4 == 0
	a, b := r.aligned(o.A, apart(o.StrideA, o.Count())), r.aligned(o.B, apart(o.StrideB, o.Count()))
	spec.AVec = !o.TransA && spec.KWhole && a
	spec.BVec = !o.TransB && n%4 == 0 && b
	spec.BTVec = o.TransB && spec.KWhole && b
	spec.CVec = n%4 == 0 && r.aligned(c, apart(strideC, beyond+1))
	if !spec.Split {
		spec.Act, spec.HasBeta = uint32(o.Act.Kind), o.Beta != 0
		spec.HasScale, spec.HasBias = !o.Scale.IsZero(), !o.Bias.IsZero()
		spec.HasDiag, spec.HalfDiag = !o.Diag.IsZero(), p.halfDiag
	}
	g := shaders.Gemm{Spec: &spec, Push: shaders.GemmPush{
		M: uint32(m), N: uint32(n), K: uint32(k),
		Lda: stride(o.A), Ldb: stride(o.B), Ldc: stride(c),
		StrideA: uint32(o.StrideA), StrideB: uint32(o.StrideB), StrideC: uint32(strideC),
		Splits: uint32(p.splits), Share: uint32(p.share),
		Alpha: o.Alpha, Beta: o.Beta, Slope: o.Act.Slope,
		Batch: uint32(o.Count()), JumpA: r.jump(o.A, o.Count(), o.StrideA), JumpB: r.jump(o.B, o.Count(), o.StrideB), JumpC: r.jump(c, o.Count(), strideC),
		StepScale: r.step(o.Scale), StepBias: r.step(o.Bias), StepDiag: r.step(o.Diag),
	}}
	g.A.Region, g.Push.OffA = r.bindExtra(o.A, last*o.StrideA)
	g.B.Region, g.Push.OffB = r.bindExtra(o.B, last*o.StrideB)
	g.Scale, g.Push.OffScale = r.in(o.Scale)
	g.Bias, g.Push.OffBias = r.in(o.Bias)
	g.Diag, g.Push.OffDiag = r.in(o.Diag)
	g.C.Region, g.Push.OffC = r.bindExtra(c, beyond*strideC)
	launch := r.gemmKernel(o, p, g, a)
	x, y, z := r.each(uint32(ceilDiv(n, p.cols())), uint32(ceilDiv(m, p.rows())), uint32(matrices))
	group, cost := p.groupFlops(m, n, k), o.Cost()
	flops := min(group*float64(x)*float64(y)*float64(z), 2*p.work(gemmShapeOf(o))*float64(k)*float64(o.Count()*r.items())) // less tiles of zeros
	most := r.limits.productFlops()
	if flops <= most {
		most = 0 // however much a work group takes that has no zeros
	}
	pieces := gridPieces([3]uint32{x, y, z}, group, most)
	if len(pieces) > 1 {
		r.note("%d pieces", len(pieces))
	}
	for _, piece := range pieces {
		part := piece.groups() / (float64(x) * float64(y) * float64(z))
		if len(pieces) > 1 {
			flops = group * piece.groups() // zeros may all be in others
		}
		seconds := r.limits.seconds(gpu.Cost{Flops: int64(flops), Bytes: int64(part * float64(r.items()) * float64(cost.Bytes))}, true)
		r.timed(seconds, func() { launch(piece) })
	}
}

// gemmKernel returns what launches a piece of the product by the kernel of its tile; alignedA says that rows of A begin at multiples of 4 words.
func (r *recorder) gemmKernel(o gpu.Gemm, p gemmPlan, g shaders.Gemm, alignedA bool) func(gridPiece) {
	staged, spec := p.tile.Staged(), g.Spec
	if p.tile.Buffers > 0 {
		m, _, _ := o.Dims()
		staged.TransA, staged.TransB, staged.Split, staged.Trapezoid, staged.Upper = spec.TransA, spec.TransB, spec.Split, spec.Trapezoid, spec.Upper
		staged.KWhole, staged.CVec = spec.KWhole, spec.CVec
		staged.AVec = spec.AVec || o.TransA && m%4 == 0 && alignedA
		staged.BVec = spec.BVec || spec.BTVec
		staged.Act, staged.HasScale, staged.HasBias, staged.HasBeta, staged.HasDiag, staged.HalfDiag = spec.Act, spec.HasScale, spec.HasBias, spec.HasBeta, spec.HasDiag, spec.HalfDiag
	}
	return func(piece gridPiece) {
		x, y, z := piece.size[0], piece.size[1], piece.size[2]
		g.Push.FirstX, g.Push.FirstY, g.Push.FirstZ = piece.first[0], piece.first[1], piece.first[2]
		switch {
		case p.tile.Addressed:
			r.dispatch(gemmAddressed(g, p.tile).Dispatch(x, y, z))
			return
		case p.tile.Buffers == 0:
			r.dispatch(g.Dispatch(x, y, z))
			return
		}
		f := shaders.GemmStaged{Spec: &staged, Push: shaders.GemmStagedPush(g.Push), A: g.A, B: g.B, Scale: g.Scale, Bias: g.Bias, Diag: g.Diag, C: g.C}
		r.dispatch(f.Dispatch(x, y, z))
	}
}

// gemmAddressed returns the launch of the kernel that reads by address, in the place of g: of the whole grid, since software drivers have no watchdog
// that asks for pieces.
func gemmAddressed(g shaders.Gemm, tile shaders.GemmTile) *shaders.GemmAddressed {
	spec, from := tile.AddressedSpec(), g.Push
	return &shaders.GemmAddressed{Spec: &spec, A: g.A, B: g.B, C: shaders.Out{Region: g.C.Region}, Push: shaders.GemmAddressedPush{
		M: from.M, N: from.N, K: from.K, Splits: from.Splits, Share: from.Share, Lda: from.Lda, Ldb: from.Ldb, Ldc: from.Ldc,
		StrideA: from.StrideA, StrideB: from.StrideB, StrideC: from.StrideC, Batch: from.Batch, JumpA: from.JumpA, JumpB: from.JumpB,
		OffA: from.OffA, OffB: from.OffB, OffC: from.OffC, FirstX: from.FirstX, FirstY: from.FirstY, FirstZ: from.FirstZ,
	}}
}

// gemmReduce launches the sum of the shares, with the epilogue.
func (r *recorder) gemmReduce(o gpu.Gemm, p gemmPlan, shares gpu.View, pitch int) {
	m, n, _ := o.Dims()
	g := shaders.GemmReduce{
		Spec: &shaders.GemmReduceSpec{
			LocalSizeX: reduceWidth, Act: uint32(o.Act.Kind), HasBeta: o.Beta != 0,
			HasScale: !o.Scale.IsZero(), HasBias: !o.Bias.IsZero(), HasDiag: !o.Diag.IsZero(), Upper: o.Upper, HalfDiag: p.halfDiag,
		},
		Push: shaders.GemmReducePush{
			M: uint32(m), N: uint32(n), Splits: uint32(p.splits), Ldp: uint32(pitch), Ldc: stride(o.C),
			StrideP: uint32(m * pitch), StrideC: uint32(o.StrideC), Alpha: o.Alpha, Beta: o.Beta, Slope: o.Act.Slope,
			Batch: uint32(o.Count()), JumpC: r.jump(o.C, o.Count(), o.StrideC), StepScale: r.step(o.Scale), StepBias: r.step(o.Bias), StepDiag: r.step(o.Diag),
		},
	}
	g.P, g.Push.OffP = r.in(shares)
	g.Scale, g.Push.OffScale = r.in(o.Scale)
	g.Bias, g.Push.OffBias = r.in(o.Bias)
	g.Diag, g.Push.OffDiag = r.in(o.Diag)
	g.C.Region, g.Push.OffC = r.bindExtra(o.C, (o.Count()-1)*o.StrideC)
	rows := min(m, int(r.limits.MaxGroups[1]))
	seconds := r.limits.seconds(gpu.Cost{Bytes: 4 * int64(m*n) * int64(p.splits+2) * int64(o.Count()*r.items())}, true)
	r.timed(seconds, func() {
		r.dispatch(g.Dispatch(r.each(uint32(ceilDiv(n, reduceWidth)), uint32(rows), uint32(o.Count()))))
	})
}

// reduceWidth is the work group of the kernels that add shares.
const reduceWidth = 64

// aligned tells whether every row of v begins at a multiple of 4 words, and so do those of the items of a batch that
// lie step words apart.
func aligned(v gpu.View, step int) bool {
	return v.Off%4 == 0 && step%4 == 0 && (v.Stride%4 == 0 || v.Rows <= 1)
}

// aligned is aligned for all items of a repetition.
func (r *recorder) aligned(v gpu.View, step int) bool { return aligned(v, step) && r.inStep(v) }

// apart returns the words between neighbours of a batch, 0 of a batch of one.
func apart(stride, count int) int {
	if count <= 1 {
		return 0
	}
	return stride
}
