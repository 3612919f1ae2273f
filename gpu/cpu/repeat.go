package cpu

import (
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(repeat) }

// repeat runs the items' phases side by side. All items have the same shapes, and so as many phases of as many tiles.
func repeat(c *compiler, op gpu.Repeat) (task, error) {
	items, err := c.items(op)
	if err != nil {
		return task{}, err
	}
	all := task{plan: fmt.Sprintf("%d times %s", op.Count, items[0].plan)}
	for j, p := range items[0].phases {
		all.phases = append(all.phases, phase{op.Count * p.tiles, func(worker, i int) {
			items[i/p.tiles].phases[j].body(worker, i%p.tiles)
		}})
	}
	return all, nil
}

// items prepares every item of a repetition. They lay out scratch memory one behind the other, but for that of workers.
func (c *compiler) items(op gpu.Repeat) ([]task, error) {
	form, ok := forms[reflect.TypeOf(op.Op)]
	if !ok {
		return nil, &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the CPU executor has no form of %T", op.Op)}
	}
	c.shared = &sharing{}
	defer func() { c.shared = nil }()
	items := make([]task, op.Count)
	for i := range items {
		c.shared.next = 0
		var err error
		if items[i], err = form(c, op.Item(i)); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// sharing is the scratch memory of workers that the items of a repetition share: a worker is at one item at a time.
type sharing struct {
	blocks []scratch
	next   int
}

// chain is repetitions that follow each other and whose items do not meet: a worker takes an item through all of them, with what it
// computes in its cache, and no worker waits for another between two operations.
type chain struct {
	ops     [][]task       // by operation, and by item
	elapsed []atomic.Int64 // time of each operation, of all workers together, where it is measured
	timed   bool
}

// chainItems is the least number of items a worker that a chain needs, so that workers end at about the same time.
const chainItems = 4

// chainLength returns how many operations from the first on are a chain, 0 or 1 where there is none.
func (c *compiler) chainLength(ops []gpu.Op) int {
	var list []gpu.Repeat
	for _, op := range ops {
		r, ok := op.(gpu.Repeat)
		if !ok || r.Count < chainItems*c.threads || len(list) > 0 && (r.Count != list[0].Count || !slices.Equal(r.Steps, list[0].Steps)) {
			break
		}
		list = append(list, r)
	}
	for n := len(list); n > 1; n-- {
		if list[0].Apart(list[1:n]...) == nil {
			return n
		}
	}
	return 0
}

// chain prepares repetitions as one phase. The tasks of all but the first are empty.
func (c *compiler) chain(ops []gpu.Op, timed bool) ([]task, error) {
	k := &chain{elapsed: make([]atomic.Int64, len(ops)), timed: timed}
	c.alone = true
	defer func() { c.alone = false }()
	var tasks []task
	for _, op := range ops {
		items, err := c.items(op.(gpu.Repeat))
		if err != nil {
			return nil, err
		}
		k.ops = append(k.ops, items)
		tasks = append(tasks, task{plan: fmt.Sprintf("%d times %s, each item through %d operations", len(items), items[0].plan, len(ops))})
	}
	tasks[0].chain = k
	tasks[0].phases = []phase{{len(k.ops[0]), k.run}}
	return tasks, nil
}

// run takes an item through all operations.
func (k *chain) run(worker, item int) {
	for i, items := range k.ops {
		var start time.Time
		if k.timed {
			start = time.Now()
		}
		for _, p := range items[item].phases {
			for tile := range p.tiles {
				p.body(worker, tile)
			}
		}
		if k.timed {
			k.elapsed[i].Add(int64(time.Since(start)))
		}
	}
}

// times writes the time of each operation: its share of the workers'.
func (k *chain) times(out []time.Duration, threads int) {
	for i := range k.elapsed {
		out[i] = time.Duration(k.elapsed[i].Swap(0)) / time.Duration(threads)
	}
}
