package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// gruForwardScale says how large errors of h and of r, z, n and m may be, per C·k·2⁻²⁴, as lstmForwardScale does. size is the sum of the
// absolute terms of the pre-activations from outside, hidden those of the bias of m.
func (t *trial) gruForwardScale(W, hidden, H0, M oracle.Matrix, s oracle.GRUStates, size oracle.Matrix, k int) (H, G oracle.Matrix) {
	b, n, draw := H0.Rows, W.Cols, t.errors()
	H, G = oracle.Zeros(s.H.Rows, n), oracle.Zeros(s.H.Rows, 4*n)
	eh, before := newCarried(b, n), H0
	absT, gateError := abs(W).T(), epilogue/float64(k)
	for lo := 0; lo < s.H.Rows; lo += b {
		sums := oracle.Mul(repeated(abs(before), M), absT)
		var ep carried
		for q := range ep {
			ep[q] = oracle.Mul(repeated(eh[q], M), W.T())
		}
		for i := range b {
			row := lo + i
			localH := make([]float64, n)
			for j := range n {
				r, z, c, m := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				slopes := [3]float64{r * (1 - r), z * (1 - z), 1 - c*c}
				localM := sums.At(i, 2*n+j) + hidden.At(0, j)
				local := [3]float64{slopes[0]*(sums.At(i, j)+size.At(row, j)) + gateError, slopes[1]*(sums.At(i, n+j)+size.At(row, n+j)) + gateError}
				local[2] = slopes[2]*(size.At(row, 2*n+j)+r*localM+math.Abs(m)*local[0]) + gateError
				apart := math.Abs(before.At(i, j) - c)
				localH[j] = local[2] + apart*local[1] + gateError*(math.Abs(c)+apart)
				later := [4]float64{slopes[0] * ep.at(i, j), slopes[1] * ep.at(i, n+j), 0, ep.at(i, 2*n+j)}
				later[2] = slopes[2] * (r*later[3] + math.Abs(m)*later[0])
				for gate, own := range [4]float64{local[0], local[1], local[2], localM} {
					G.Set(row, gate*n+j, own+carriedErrors*later[gate])
				}
				for q := range tangents {
					er := slopes[0]*ep[q].At(i, j) + draw(local[0])
					ez := slopes[1]*ep[q].At(i, n+j) + draw(local[1])
					ec := slopes[2]*(r*(ep[q].At(i, 2*n+j)+draw(localM))+er*m) + draw(local[2])
					eh[q].Set(i, j, (1-z)*ec+ez*(before.At(i, j)-c)+z*eh[q].At(i, j)+draw(gateError))
				}
			}
			for j, own := range localH {
				H.Set(row, j, own+carriedErrors*eh.at(i, j))
			}
		}
		before = s.H.Slice(lo, lo+b)
	}
	return H, G
}

// gruBackwardScale returns the scales of δ, and of the gradient of the initial state.
func (t *trial) gruBackwardScale(W, H0, M oracle.Matrix, s oracle.GRUStates, d oracle.GRUGradient, DH oracle.Matrix, k int) (DZ, DH0 oracle.Matrix) {
	b, n, draw := H0.Rows, W.Cols, t.errors()
	DZ, DH0 = oracle.Zeros(d.DZ.Rows, 4*n), oracle.Zeros(b, n)
	ep, ec, absW, gateError := newCarried(b, 3*n), newCarried(b, n), abs(W), epilogue/float64(k)
	flushed := float64(4*n) * smallest / (float64(k) * unit) // what of a sum may be below the normal numbers, where gradients vanish
	later, sizeC, ez := oracle.Zeros(b, n), oracle.Zeros(b, n), newCarried(b, 4*n)
	product := func() (eh carried) {
		for q := range eh {
			eh[q] = oracle.Add(repeated(oracle.Mul(ep[q], W), M), ec[q])
		}
		return eh
	}
	for lo := d.DZ.Rows - b; lo >= 0 && b > 0; lo -= b {
		eh, before, back := product(), H0, oracle.Zeros(b, 3*n)
		if lo > 0 {
			before = s.H.Slice(lo-b, lo)
		}
		for i := range b {
			row := lo + i
			local := make([]float64, 4*n)
			for j := range n {
				r, z, c, m := s.G.At(row, j), s.G.At(row, n+j), s.G.At(row, 2*n+j), s.G.At(row, 3*n+j)
				size := math.Abs(DH.At(row, j)) + later.At(i, j) + sizeC.At(i, j)
				dn := (1 - z) * (1 - c*c)
				slopes := [4]float64{dn * m * r * (1 - r), (before.At(i, j) - c) * z * (1 - z), dn, dn * r}
				open := [4]float64{math.Abs(m) * r, z * (math.Abs(before.At(i, j)) + math.Abs(c)), 1, r} // 1 − z and the like are rounded as 1 is
				for gate, slope := range slopes {
					local[gate*n+j] = size * (math.Abs(slope) + gateError*open[gate])
					back.Set(i, min(gate, 2)*n+j, math.Abs(d.DZ.At(row, gate*n+j)))
				}
				sizeC.Set(i, j, size*z)
				for q := range tangents {
					dh := eh[q].At(i, j) + draw(size)
					for gate, slope := range slopes {
						ez[q].Set(i, gate*n+j, dh*slope+draw(local[gate*n+j]))
					}
					for gate, from := range [3]int{0, 1, 3} {
						ep[q].Set(i, gate*n+j, ez[q].At(i, from*n+j))
					}
					ec[q].Set(i, j, dh*z)
				}
			}
			for j, own := range local {
				DZ.Set(row, j, own+flushed+carriedErrors*ez.at(i, j))
			}
		}
		later = repeated(oracle.Mul(back, absW), M)
	}
	eh := product()
	for i := range b {
		for j := range n {
			DH0.Set(i, j, later.At(i, j)+sizeC.At(i, j)+flushed+carriedErrors*eh.at(i, j))
		}
	}
	return DZ, DH0
}
