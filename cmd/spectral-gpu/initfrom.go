package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// networkSettings are flags that --init-from takes from the other run: the parameters have no meaning without them.
var networkSettings = []string{"cell", "hidden", "layers", "reflectors", "r", "sigma", "activation", "init", "input-init"}

// startFrom makes the network that of the checkpoint, but for what the task and other flags say. Its error is errUsage.
func startFrom(ck *model.Checkpoint, from string, cfg *train.Config, spec data.Spec, flags given) error {
	if ck.Config.Input != spec.Input {
		hint := ""
		if _, ok := flags["length"]; !ok && ck.Config.Length*ck.Config.Input.Width == spec.Length*spec.Input.Width {
			hint = fmt.Sprintf("; --length %d shows as many", ck.Config.Length)
		}
		return fmt.Errorf("%w: --init-from %s: its network reads %s, the task shows %s%s", errUsage, from, shows(ck.Config.Input), shows(spec.Input), hint)
	}
	if !slices.Equal(ck.Encoding.Vocabulary, spec.Encoding.Vocabulary) {
		return fmt.Errorf("%w: --init-from %s: the vocabulary of its task is another: the same numbers would stand for other tokens", errUsage, from)
	}
	m := ck.Config
	m.Length, m.Batch, m.Input, m.Output, m.Stream = cfg.Model.Length, cfg.Model.Batch, cfg.Model.Input, cfg.Model.Output, cfg.Model.Stream
	if was := ck.Config.Output.Where; was != data.EveryStep && m.Output.Where != data.EveryStep { // the mean or the last state, unless --where says
		m.Output.Where = was
	}
	m.Seed, m.Form = cfg.Model.Seed, cfg.Model.Form
	cfg.Model = m
	chosen := given{}
	for _, name := range networkSettings {
		if v, ok := flags[name]; ok {
			chosen[name] = v
		}
	}
	wrong, err := chosen.contradictions(*cfg)
	if err != nil {
		return err
	}
	if wrong != nil {
		return fmt.Errorf("%w: --init-from %s brings its own network, which contradicts %s; leave these flags out", errUsage, from, strings.Join(wrong, ", "))
	}
	return flags.apply(cfg)
}

// shows says what a time step shows.
func shows(in data.Input) string {
	if in.IsTokens() {
		return fmt.Sprintf("one token of %d", in.Vocabulary)
	}
	return fmt.Sprintf("%d values a step", in.Width)
}
