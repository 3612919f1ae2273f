package experiment

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/spectral-gpu/spectral-gpu/model"
)

//go:embed experiments/*.toml
var builtin embed.FS

// Match selects variants: those which have all these values of axes, and this name; a list is of alternatives. The empty one selects all.
type Match map[string]any

// Experiment is what a file says.
type Experiment struct {
	Name      string `toml:"-"` // the file's
	Title     string
	About     string
	Seeds     int
	Gradients bool
	Base      map[string]any
	List      []map[string]any `toml:"variants"`
	Grid      []Axis
	Adjust    []Adjustment
	Continue  []Continuation
	Claims    []Claim
	Published []Published
	Pictures  []Picture
	Quick     Quick

	sweep bool // settings that are given nowhere are the task's defaults, a run that fails leaves the others alone, and there is one seed a variant
}

// Axis is a setting that varies, or a group of settings that do so together.
type Axis struct {
	Axis    string
	Values  []any
	Options []map[string]any // each with a label
}

// Adjustment sets settings of the variants that match.
type Adjustment struct {
	Match Match
	Set   map[string]any
}

// Quick is the short form.
type Quick struct {
	Seeds int
	Keep  Match
	Set   map[string]any
}

// Claim is what the numbers are to show of the variants that match: their mean at least or at most a number, or better than that of others.
// Each names an axis for whose values it is told one by one.
type Claim struct {
	Text       string
	Variant    Match
	Measure    string // see Measures; last where it is empty
	Below      float64
	AtLeast    *float64 `toml:"at_least"`
	AtMost     *float64 `toml:"at_most"`
	BetterThan Match    `toml:"better_than"`
	Each       string
}

// Published is a figure of others, shown beside the variants that match.
type Published struct {
	Match  Match
	What   string
	Value  string
	Source string
}

// Picture is a plot: curves (the metric at evaluations), margin (largest |σ−σ*| so far), gradients (‖dL/dh_t‖ over t at the end) or against (the result
// over the values of the axis X). There is one for each value of the axis Panels.
type Picture struct {
	Kind   string
	Panels string
	X      string
	Log    bool // the vertical axis is logarithmic
}

// Names lists the experiments that the program brings along.
func Names() []string {
	entries, _ := builtin.ReadDir("experiments")
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return names
}

// Load returns an experiment by name. Errors: model.ErrConfig.
func Load(name string) (*Experiment, error) {
	content, err := builtin.ReadFile(path.Join("experiments", name+".toml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no experiment %q; there are %s", model.ErrConfig, name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return Read(name, content)
}

// Read reads the content of a file. Errors: model.ErrConfig.
func Read(name string, content []byte) (*Experiment, error) {
	e := &Experiment{Name: name}
	info, err := toml.Decode(string(content), e)
	if err != nil {
		return nil, fmt.Errorf("%w: experiment %s: %w", model.ErrConfig, name, err)
	}
	if unknown := info.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%w: experiment %s: unknown key %s", model.ErrConfig, name, unknown[0])
	}
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("%w: experiment %s: %w", model.ErrConfig, name, err)
	}
	return e, nil
}

// check refuses what would be noticed only after hours, or never.
func (e *Experiment) check() error {
	if e.Title == "" || e.Seeds < 1 {
		return fmt.Errorf("title %q, %d seeds; want a title and at least one seed", e.Title, e.Seeds)
	}
	for _, quick := range []bool{false, true} {
		all, err := e.Variants(quick)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("no variants remain (short form: %v)", quick)
		}
		if err := checkOrigins(all); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, v := range all {
			if _, err := v.asked(1); err != nil {
				return fmt.Errorf("variant %s: %w", v.Name, err)
			}
			if seen[v.folder()] {
				return fmt.Errorf("two variants %s", v.Name)
			}
			seen[v.folder()] = true
		}
		if quick {
			break
		}
		for _, c := range e.Claims {
			if err := c.check(e, all); err != nil {
				return fmt.Errorf("claim %q: %w", c.Text, err)
			}
		}
		for _, a := range e.Adjust {
			if len(selected(all, a.Match)) == 0 {
				return fmt.Errorf("no variant matches %v", a.Match)
			}
		}
		for _, c := range e.Continue {
			if len(selected(all, c.Match)) == 0 {
				return fmt.Errorf("no variant matches %v, which is to continue %v", c.Match, c.From)
			}
		}
		for _, p := range e.Published {
			if len(selected(all, p.Match)) == 0 || p.Value == "" || p.Source == "" {
				return fmt.Errorf("published figure %+v: no variant matches, or no value, or no source", p)
			}
		}
	}
	for _, p := range e.Pictures {
		if !slices.Contains([]string{"curves", "margin", "gradients", "against"}, p.Kind) || p.Panels != "" && !e.hasAxis(p.Panels) ||
			(p.Kind == "against") != (p.X != "") || p.X != "" && !e.hasAxis(p.X) || p.Kind == "gradients" && !e.Gradients {
			return fmt.Errorf("picture %+v cannot be drawn", p)
		}
	}
	return nil
}

func (e *Experiment) hasAxis(name string) bool { return slices.Contains(e.axes(), name) }

// axes lists what varies; the variants' own names are "name".
func (e *Experiment) axes() []string {
	var all []string
	if len(e.List) > 0 {
		all = append(all, "name")
	}
	for _, a := range e.Grid {
		all = append(all, a.Axis)
	}
	return all
}
