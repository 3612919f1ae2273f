package train

import (
	"errors"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// signalling is a task that tells when a batch is asked for, and then waits.
type signalling struct {
	data.Task
	asked, goOn chan struct{}
}

func (s signalling) Fill(split data.Split, epoch, index int, b data.Batch) (int, error) {
	close(s.asked)
	<-s.goOn
	return s.Task.Fill(split, epoch, index, b)
}

func openAdding(t *testing.T) data.Task {
	t.Helper()
	task, err := data.Open("adding", data.Config{Length: 7, ValidSize: 9, TestSize: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { task.Close() })
	return task
}

// The device computes while the next batch is being filled: here neither can end before the other has begun.
func TestFillingOverlapsComputing(t *testing.T) {
	task := signalling{openAdding(t), make(chan struct{}), make(chan struct{})}
	a := newAhead(task, data.Train, 4, 7)
	err := a.during(place{0, 3}, true, func() error {
		select {
		case <-task.asked:
		case <-time.After(10 * time.Second):
			return errors.New("the batch is not filled while the device computes")
		}
		close(task.goOn)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is taken is what the task fills, whether it was filled ahead or another batch was.
func TestAheadGivesTheTasksBatches(t *testing.T) {
	task := openAdding(t)
	spec := task.Spec()
	for _, split := range []data.Split{data.Train, data.Valid} {
		a := newAhead(task, split, 4, 7)
		for i, p := range []place{{0, 0}, {0, 1}, {0, 0}, {1, 2}} {
			if split == data.Valid {
				p.epoch, p.index = 0, min(p.index, 2) // the last one is not full
			}
			want, got := data.NewBatch(spec, 4, 7), data.NewBatch(spec, 4, 7)
			wantCounted, wantErr := task.Fill(split, p.epoch, p.index, want)
			counted, err := a.take(p, got)
			if err != nil || wantErr != nil || counted != wantCounted || !sameBatch(got, want) {
				t.Fatalf("%v batch %d, %v: %d of %d targets, %v, %v", split, i, p, counted, wantCounted, err, wantErr)
			}
			if err := a.during(place{0, 1}, i == 0, func() error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func sameBatch(a, b data.Batch) bool {
	for i := range a.Values {
		if a.Values[i] != b.Values[i] {
			return false
		}
	}
	for i := range a.Targets {
		if a.Targets[i] != b.Targets[i] {
			return false
		}
	}
	for i := range a.Labels {
		if a.Labels[i] != b.Labels[i] {
			return false
		}
	}
	return true
}

// A batch that cannot be filled is an error of the step that needs it, not of the one before.
func TestErrorsOfFillingComeInTurn(t *testing.T) {
	task := openAdding(t)
	a := newAhead(task, data.Train, 4, 7)
	failed := errors.New("computing failed")
	if err := a.during(place{0, -1}, true, func() error { return failed }); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if err := a.during(place{0, -1}, true, func() error { return nil }); err != nil {
		t.Fatal("the step before:", err)
	}
	if _, err := a.take(place{0, -1}, data.NewBatch(task.Spec(), 4, 7)); !errors.Is(err, data.ErrConfig) {
		t.Fatal("the step itself:", err)
	}
}
