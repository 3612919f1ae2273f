package train

import "github.com/spectral-gpu/spectral-gpu/model"

// Unused returns the settings, by their names in Settings, that have no effect on a run as c describes it, and why. A setting that was
// asked for and does nothing is a misunderstanding.
func (c Config) Unused() map[string]string {
	unused := map[string]string{}
	mark := func(when bool, why string, names ...string) {
		for _, name := range names {
			if when && unused[name] == "" {
				unused[name] = why
			}
		}
	}
	m, o := c.Model, c.Optimizer
	if cell, err := model.FindCell(m.Cell); err == nil {
		mark(!cell.Factored, "the weights of the cell "+m.Cell+" are free: they have no reflectors and no band of singular values",
			"reflectors", "r", "sigma", "form", "init", "lr-reflectors", "lr-sigma")
		mark(cell.Fixed, "the singular values of the cell "+m.Cell+" are those of --sigma and not trained", "r", "lr-sigma")
		mark(!cell.Plain, "the cell "+m.Cell+" has biases", "no-bias")
		mark(!cell.Plain, "the input maps of the cell "+m.Cell+" always begin the same way", "input-init")
		mark(cell.Time && !cell.Plain, "the gates of the cell "+m.Cell+" have activations of their own", "activation")
		mark(!cell.Time, "the cell "+m.Cell+" has no time", "dropout-over-time", "dropout-state", "initial", "initial-noise", "where")
	}
	mark(m.Initial != "noise", "the first state is no noise without --initial noise", "initial-noise")
	mark(m.Dropout == 0, "nothing is dropped without --dropout", "dropout-over-time")
	mark(!m.Input.IsTokens(), "the task shows numbers, not tokens", "embedding", "tied")
	mark(m.Tied, "a tied read-out begins with the rows of the tokens", "gain")
	mark(o.Name != "sgd", "the optimizer "+o.Name+" has no momentum of that kind; sgd does", "momentum")
	mark(o.Name != "adam", "the optimizer "+o.Name+" has no first moment; adam does", "beta1")
	mark(o.Name == "sgd", "the optimizer sgd has no second moment", "beta2", "eps")
	mark(o.Schedule != model.Steps, "the schedule "+o.Schedule+" has no milestones; steps does", "milestones")
	mark(o.Schedule != model.Plateau, "the schedule "+o.Schedule+" waits for nothing; plateau does", "plateau")
	return unused
}
