//go:build cgo

package vulkan

import (
	"cmp"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// tunings are the measured choices of a device, by class of shapes (gemmShape.key, rnnKey). They are replaced, never changed in
// place.
type tunings map[string]tuned

// tuned is the choice for a class of shapes.
type tuned struct {
	Tile string  `json:"tile,omitempty"` // "" leaves the choice to the cost model
	Gain float64 `json:"gain,omitempty"` // time of the model's choice / time of the tile; 0 where nothing was measured
}

// shapeSet gathers the classes of shapes of a program that can be tuned.
type shapeSet struct {
	list []tunable
	at   map[string]int
}

// tunable is a class of shapes, with the first operation in it, its candidates in the cost model's order, and the work of all.
type tunable struct {
	key   string
	op    gpu.Op
	tiles []tile
	flops float64
}

// tile is a candidate: its identity, and the plan in words.
type tile struct{ id, text string }

// entry returns the class of key, a new one with its first operation.
func (s *shapeSet) entry(key string, op gpu.Op) *tunable {
	i, ok := s.at[key]
	if !ok {
		if s.at == nil {
			s.at = map[string]int{}
		}
		i = len(s.list)
		s.at[key] = i
		s.list = append(s.list, tunable{key: key, op: op})
	}
	return &s.list[i]
}

// heaviest returns the classes, most work first.
func (s *shapeSet) heaviest() []tunable {
	list := slices.Clone(s.list)
	slices.SortStableFunc(list, func(a, b tunable) int { return cmp.Compare(b.flops, a.flops) })
	return list
}
