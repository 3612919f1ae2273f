package shaders

import "slices"

// variants holds the specializations that were declared, by kernel.
var variants = map[*Kernel][][]uint32{}

// Variants returns the specializations of the kernel that an executor may pick
// on a graphics processor, each in the order of k.Spec: those that are declared,
// or the defaults alone where none are. Where switches that follow from the
// operands are too many to combine, these are the combinations that stand for the
// others. tools/shaderstats compiles them for graphics processors.
func (k *Kernel) Variants() [][]uint32 {
	list := variants[k]
	if list == nil {
		return [][]uint32{k.DefaultSpec()}
	}
	copied := make([][]uint32, len(list))
	for i, spec := range list {
		copied[i] = slices.Clone(spec)
	}
	return copied
}

// specOf is a pointer to the struct of specialization constants S of a kernel.
type specOf[S any] interface {
	*S
	bits() []uint32
}

// declare says which specializations of a kernel an executor may pick on a
// graphics processor, and returns them. A kernel NAME.comp with tiles has a file
// NAME_variants.go with the list as data, which the executor takes its choice
// from. What only drivers are given that run kernels on the processor is not
// declared.
//
//	var reduceTiles = declare(&gemmReduceKernel,
//		GemmReduceSpec{LocalSizeX: 64},
//		GemmReduceSpec{LocalSizeX: 128},
//	)
func declare[S any, P specOf[S]](k *Kernel, list ...S) []S {
	for i := range list {
		spec := P(&list[i]).bits()
		if !slices.ContainsFunc(variants[k], func(v []uint32) bool { return slices.Equal(v, spec) }) {
			variants[k] = append(variants[k], spec)
		}
	}
	return list
}

// combine returns every tile under every combination of settings, one of each
// axis: the switches that an executor sets by what the operands are.
//
//	declare(&scaleKernel, combine([]ScaleSpec{DefaultScaleSpec()},
//		either(func(s *ScaleSpec, on bool) { s.HasL = on }),
//		either(func(s *ScaleSpec, on bool) { s.HasR = on }),
//	)...)
func combine[S any](tiles []S, axes ...[]func(*S)) []S {
	for _, axis := range axes {
		var next []S
		for _, tile := range tiles {
			for _, set := range axis {
				s := tile
				set(&s)
				next = append(next, s)
			}
		}
		tiles = next
	}
	return tiles
}

// either is the axis of a switch: off and on.
func either[S any](set func(s *S, on bool)) []func(*S) { return oneOf(set, false, true) }

// oneOf is the axis of a constant that takes one of some values.
func oneOf[S, V any](set func(s *S, v V), values ...V) []func(*S) {
	var axis []func(*S)
	for _, v := range values {
		axis = append(axis, func(s *S) { set(s, v) })
	}
	return axis
}
