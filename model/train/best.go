package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Which state is chosen is decided on the validation split alone, where the task has one: the state after the evaluation with the best
// metric is kept in best.safetensors, and the test split is measured once at the end, with the last state and with the best one.

// judge takes note of an evaluation on the validation split and keeps the state if it is the best so far.
func (r *run) judge(e EvalEvent) error {
	if r.sched.split != data.Valid {
		return nil
	}
	h := r.pos.History
	if !h.Add(e.Step, e.Value, r.opt.Task.Spec().Metric, r.cfg.Optimizer.Plateau) {
		r.pos.History = h
		return nil
	}
	r.pos.History = h
	note, err := json.Marshal(record{Run: r.cfg})
	if err != nil {
		return err
	}
	pos := r.pos
	pos.Owed = model.Owed{}
	s, err := r.net.Snapshot(pos, note)
	if err != nil {
		return err
	}
	if s == nil { // another rank keeps it
		return nil
	}
	s.Encoding = r.opt.Task.Spec().Encoding
	err = atomicfile.Write(r.opt.files, r.opt.Folder.Best(), s.Encode, model.Readable)
	r.broken = r.broken || err != nil
	return err
}

// bestIsAnother tells whether the run has ended and its best state is not its last one.
func (r *run) bestIsAnother() bool {
	return r.ended() && r.pos.History.Step != r.pos.Step && r.pos.History.Step != 0
}

// testBest measures the test split with the best state.
func (r *run) testBest(ctx context.Context) error {
	content, err := r.readBest()
	if err != nil || len(content) == 0 {
		return err
	}
	best, err := model.Decode(content)
	if err != nil {
		return fmt.Errorf("%w %s: %w", model.ErrCheckpoint, r.opt.Folder.Best(), err)
	}
	restore, err := r.net.Keep()
	if err != nil {
		return err
	}
	if err := best.Restore(r.net); err != nil {
		return err
	}
	_, err = r.evaluate(ctx, data.Test, true)
	return errors.Join(err, restore())
}

// readBest returns the file of the best state on every rank; nothing where it is gone.
func (r *run) readBest() (content []byte, err error) {
	if r.keeps() {
		content, err = r.opt.files.ReadFile(r.opt.Folder.Best())
		if errors.Is(err, fs.ErrNotExist) {
			r.notice("%s is gone: the best state is not tested", r.opt.Folder.Best())
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return r.opt.Ranks.Broadcast(content)
}
