package train

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// A run of several ranks is one run: rank 0 keeps the folder and tells what happens, the others compute their part of every batch and know the same
// position, history and results. What a checkpoint holds does not tell how many ranks there were.
//
// All ranks make the same exchanges in the same order. What could lead them apart is decided by numbers that all have, or by a vote that travels with
// the gradients (whether to stop). A rank that fails alone tells the others (ranks.Group.Fail), which then fail, too.

// keeps tells whether this rank keeps the folder and tells what happens.
func (r *run) keeps() bool { return r.opt.Ranks.Rank() == 0 }

// SameVersion returns an error on every rank where ranks are of other versions of the program or of Go, which might not read what these say.
func SameVersion(g *ranks.Group) error {
	return same(g, "the version of the program and of Go", model.Version()+" "+runtime.Version())
}

// same returns an error on every rank where ranks give other texts.
func same(g *ranks.Group, what, text string) error {
	sum := sha256.Sum256([]byte(text))
	err := g.Same(sum[:], what)
	if of := (*ranks.Error)(nil); errors.As(err, &of) && of.Differs {
		return fmt.Errorf("%w: %w", model.ErrConfig, err)
	}
	return err
}

// agree returns an error where ranks could not compute the same: they have other programs, settings, devices or data.
func (r *run) agree() error {
	g := r.opt.Ranks
	if g.Alone() {
		return nil
	}
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return err
	}
	spec, err := json.Marshal(r.opt.Task.Spec())
	if err != nil {
		return err
	}
	if err := SameVersion(g); err != nil {
		return err
	}
	for _, part := range []struct{ what, text string }{
		{"the settings of the run", string(config)},
		{"the data, its sizes or its encoding", string(spec)},
		{"the rounding of the device (instructions of the processor, or card and driver)", rounding(r.opt.Dev.Info())},
	} {
		if err := same(g, part.what, part.text); err != nil {
			return err
		}
	}
	return nil
}

// rounding names what devices that round alike have in common: of processors the instructions that are used, of graphics cards the card and
// its driver.
func rounding(i gpu.Info) string {
	if i.Executor == "cpu" {
		return "cpu " + runtime.GOARCH + " " + path.Base(i.UUID)
	}
	return i.Executor + " " + i.Name + " " + i.Driver
}

// openWith opens the run on a rank that keeps no folder: it begins where rank 0 does.
func (r *run) openWith() error {
	if err := r.build(); err != nil {
		return err
	}
	content, err := r.opt.Ranks.Broadcast(nil)
	if err != nil {
		return err
	}
	ck, err := model.Decode(content[1:])
	if err != nil {
		return err
	}
	if content[0] == beginsAnew {
		if _, err := ck.Start(r.net); err != nil {
			return err
		}
		r.saved.Step = -1
		return r.save()
	}
	if err := ck.Restore(r.net); err != nil {
		return err
	}
	r.pos, r.saved = ck.Position, ck.Position
	return nil
}

// What rank 0 tells the others in the first byte: whether the state behind it is parameters to begin with, or a checkpoint.
const (
	beginsAnew = iota
	goesOn
)

// tellStart sends the parameters that the run begins with to the other ranks.
func (r *run) tellStart() error {
	if r.opt.Ranks.Alone() {
		return nil
	}
	s, err := r.net.Parameters()
	if err != nil {
		return err
	}
	return r.tell(beginsAnew, s)
}

// tell sends a state to the other ranks.
func (r *run) tell(kind byte, s *model.Snapshot) error {
	if r.opt.Ranks.Alone() {
		return nil
	}
	content, err := s.Encoded()
	if err != nil {
		return err
	}
	_, err = r.opt.Ranks.Broadcast(append([]byte{kind}, content...))
	return err
}

// failed tells the other ranks of an error that they do not have.
func (r *run) failed(err error) error {
	if err != nil && !r.opt.Ranks.Alone() && !errors.Is(err, ErrInterrupted) {
		r.opt.Ranks.Fail(err)
	}
	return err
}

// together tells whether all ranks have come to the same end, so that they can save their state.
func (r *run) together(err error) bool {
	return r.opt.Ranks.Alone() || err == nil || errors.Is(err, ErrInterrupted)
}

// stopping tells whether the run is to stop here: all ranks say the same.
func (r *run) stopping(ctxDone bool) bool {
	if r.opt.Ranks.Alone() {
		return ctxDone
	}
	return r.stop
}
