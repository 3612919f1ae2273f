package data

import "github.com/spectral-gpu/spectral-gpu/gpu/philox"

// naturalOrder returns 0 … n−1.
func naturalOrder(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// epochOrder is the shuffled order of n training samples, a new one for each epoch. It keeps that of the last
// epoch asked for, in memory that is allocated once.
type epochOrder struct {
	seed, stream uint64
	order        []int32
	epoch        int // of the order held
}

func newEpochOrder(seed, stream uint64, n int) epochOrder {
	return epochOrder{seed: seed, stream: stream, order: make([]int32, n), epoch: -1}
}

// of returns the order of an epoch, which depends on the seed, the stream, n and the epoch alone. It is valid
// until the next call.
func (e *epochOrder) of(epoch int) []int32 {
	if epoch != e.epoch {
		for i := range e.order {
			e.order[i] = int32(i)
		}
		philox.Shuffle(philox.New(e.seed, e.stream+uint64(epoch)), e.order)
		e.epoch = epoch
	}
	return e.order
}
