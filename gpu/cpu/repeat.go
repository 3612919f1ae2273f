package cpu

import (
	"fmt"
	"reflect"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(repeat) }

// repeat runs the items' phases side by side. All items have the same shapes, and so as many phases of as many tiles.
func repeat(c *compiler, op gpu.Repeat) (task, error) {
	form, ok := forms[reflect.TypeOf(op.Op)]
	if !ok {
		return task{}, &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the CPU executor has no form of %T", op.Op)}
	}
	items := make([]task, op.Count)
	shared := &sharing{}
	for i := range items {
		c.shared, shared.next = shared, 0 // the items lay out their other scratch one behind the other
		t, err := form(c, op.Item(i))
		c.shared = nil
		if err != nil {
			return task{}, err
		}
		items[i] = t
	}
	all := task{plan: fmt.Sprintf("%d times %s", op.Count, items[0].plan)}
	for j, p := range items[0].phases {
		all.phases = append(all.phases, phase{op.Count * p.tiles, func(worker, i int) {
			items[i/p.tiles].phases[j].body(worker, i%p.tiles)
		}})
	}
	return all, nil
}

// sharing is the scratch memory of workers that the items of a repetition share: a worker is at one item at a time.
type sharing struct {
	blocks []scratch
	next   int
}
