package shaders

import (
	"fmt"
	"slices"
)

// variants holds the specializations that were declared, by kernel.
var variants = map[*Kernel][][]uint32{}

// Variants returns the specializations of the kernel that an executor may
// pick, each in the order of k.Spec: those that are declared, or the defaults
// alone where none are. What is compiled ahead, measured by a tuner or checked by
// tools/shaderstats is this list.
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

// HasVariant tells whether a specialization, in the order of k.Spec, is among
// k.Variants. Nil stands for the defaults.
func (k *Kernel) HasVariant(spec []uint32) bool {
	if spec == nil {
		spec = k.DefaultSpec()
	}
	list := variants[k]
	if list == nil {
		return slices.Equal(spec, k.DefaultSpec())
	}
	return slices.ContainsFunc(list, func(v []uint32) bool { return slices.Equal(v, spec) })
}

// specOf is a pointer to the struct of specialization constants S of a kernel.
type specOf[S any] interface {
	*S
	bits() []uint32
}

// declare says which specializations of a kernel an executor may pick and
// returns them. A kernel NAME.comp with tiles or switches has a file
// NAME_variants.go with the list as data, which the executor takes its choice
// from:
//
//	var GemmVariants = declare(&gemmKernel,
//		GemmSpec{TileM: 64, TileN: 64},
//		GemmSpec{TileM: 128, TileN: 32},
//	)
func declare[S any, P specOf[S]](k *Kernel, list ...S) []S {
	for i := range list {
		add(k, P(&list[i]).bits())
	}
	return list
}

// choice is a specialization constant with the values that it may take.
type choice struct {
	name   string
	values []uint32 // bits
}

// either is a boolean constant of both values.
func either(name string) choice { return choice{name, []uint32{0, 1}} }

// upTo is a constant that enumerates: 0, 1 … last.
func upTo(name string, last uint32) choice {
	c := choice{name: name}
	for v := range last + 1 {
		c.values = append(c.values, v)
	}
	return c
}

// declareProduct declares every combination of some constants' values, the
// other constants at their defaults: the switches of a kernel that has no tiles.
func declareProduct(k *Kernel, choices ...choice) {
	specs := [][]uint32{k.DefaultSpec()}
	for _, c := range choices {
		at := slices.IndexFunc(k.Spec, func(s SpecInfo) bool { return s.Name == c.name })
		if at < 0 {
			panic(fmt.Sprintf("shaders: kernel %s has no specialization constant %s", k.Name, c.name))
		}
		var next [][]uint32
		for _, spec := range specs {
			for _, v := range c.values {
				spec = slices.Clone(spec)
				spec[at] = v
				next = append(next, spec)
			}
		}
		specs = next
	}
	for _, spec := range specs {
		add(k, spec)
	}
}

// add declares one specialization.
func add(k *Kernel, spec []uint32) {
	if len(spec) != len(k.Spec) {
		panic(fmt.Sprintf("shaders: kernel %s has %d specialization constants, a variant of it %d", k.Name, len(k.Spec), len(spec)))
	}
	if slices.ContainsFunc(variants[k], func(v []uint32) bool { return slices.Equal(v, spec) }) {
		panic(fmt.Sprintf("shaders: variant %d of kernel %s declared twice", spec, k.Name))
	}
	variants[k] = append(variants[k], spec)
}
