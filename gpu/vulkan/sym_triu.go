//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(symTriu) }

func symTriu(r *recorder, o gpu.SymTriu) error {
	const tile = 32 // TILE of sym_triu.comp
	m := o.K.Rows
	k := shaders.SymTriu{
		Spec: &shaders.SymTriuSpec{INPlace: o.Y.Same(o.K)},
		Push: shaders.SymTriuPush{M: uint32(m), StrideK: stride(o.K), StrideY: stride(o.Y)},
	}
	k.K, k.Push.OffK = r.in(o.K)
	k.Y, k.Push.OffY = r.out(o.Y)
	tiles := ceilDiv(m, tile)
	r.dispatch(k.Dispatch(foldGroups(tiles * tiles)))
	return nil
}
