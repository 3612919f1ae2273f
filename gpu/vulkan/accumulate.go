//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(accumulate) }

// accumulate takes a launch, or several where an invocation would go around its loop too often or work for too long.
func accumulate(r *recorder, o gpu.Accumulate) error {
	const chains = 8 // CHAINS of accumulate.comp
	n := o.X.Cols
	if n == 0 {
		return nil
	}
	apart := ceilDiv(n, chains)
	rounds := min(o.Rounds, r.limits.MaxLoop-1)
	if most := r.limits.productFlops(); most > 0 {
		rounds = min(rounds, max(1, int(most/(2*float64(n)))))
	}
	from := o.X
	for done := 0; done == 0 || done < o.Rounds; done += rounds {
		k := shaders.Accumulate{
			Spec: &shaders.AccumulateSpec{LocalSizeX: localSize},
			Push: shaders.AccumulatePush{N: uint32(n), Apart: uint32(apart), Rounds: uint32(min(rounds, o.Rounds-done)), A: o.A, B: o.B},
		}
		k.X, k.Push.OffX = r.in(from)
		k.Y, k.Push.OffY = r.out(o.Y)
		x, y, z := foldGroups(ceilDiv(apart, localSize))
		r.dispatch(k.Dispatch(x, y, z))
		from = o.Y
		if rounds == 0 {
			break
		}
	}
	return nil
}
