package train

import (
	"sync"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// ahead fills the next batch of a split on the host while the device computes with the one before. A batch depends on the task and its
// number alone, so the device is given the same numbers as without it.
type ahead struct {
	task  data.Task
	split data.Split
	part  *model.Network // that computes a part of a batch; nil where it computes the whole

	batch  data.Batch // the host's, whole; the device has its own
	at     place      // of batch, where filled is set
	filled bool
	counts int   // targets of batch that count
	err    error // of filling it: for whoever takes it
}

// place is the number of a batch.
type place struct{ epoch, index int }

func newAhead(task data.Task, split data.Split, size, length int) *ahead {
	return &ahead{task: task, split: split, batch: data.NewBatch(task.Spec(), size, length)}
}

// aheadOf fills batches for a network.
func aheadOf(net *model.Network, task data.Task, split data.Split) *ahead {
	a := newAhead(task, split, net.Config.Batch, net.Config.Length)
	if net.Shares() {
		a.part = net
	}
	return a
}

// take puts the batch of a place, or this rank's part of it, into the device's memory, and returns how many targets of the whole batch count.
func (a *ahead) take(p place, dst data.Batch) (counted int, err error) {
	if !a.filled || a.at != p {
		if a.part == nil {
			return a.task.Fill(a.split, p.epoch, p.index, dst)
		}
		a.counts, a.err = a.task.Fill(a.split, p.epoch, p.index, a.batch)
	}
	if a.part != nil {
		a.part.Take(dst, a.batch)
		return a.counts, a.err
	}
	copy(dst.Values, a.batch.Values)
	copy(dst.Tokens, a.batch.Tokens)
	copy(dst.Labels, a.batch.Labels)
	copy(dst.Targets, a.batch.Targets)
	return a.counts, a.err
}

// given is the whole batch that take has put into dst, or taken it from.
func (a *ahead) given(dst data.Batch) data.Batch {
	if a.part != nil {
		return a.batch
	}
	return dst
}

// during runs compute and meanwhile, where there is another batch, fills that of the place next; both are done when it returns. The task serves
// one goroutine at a time: compute must not use it.
func (a *ahead) during(next place, more bool, compute func() error) error {
	if !more {
		return compute()
	}
	var filling sync.WaitGroup
	filling.Go(func() {
		a.counts, a.err = a.task.Fill(a.split, next.epoch, next.index, a.batch)
		a.at, a.filled = next, true
	})
	defer filling.Wait()
	return compute()
}
