package data_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/data"
)

// good is a specification that nothing is wrong with.
func good() data.Spec {
	return data.Spec{Name: "own", Length: 5, Input: data.Values(2), Output: data.Output{Loss: data.CrossEntropy, Width: 3, Where: data.EveryStep},
		Metric: data.Accuracy, TrainSize: 10, ValidSize: 3, TestSize: 2}
}

func TestSpecRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(*data.Spec)
		says string
	}{
		{"good", func(*data.Spec) {}, ""},
		{"stream", func(s *data.Spec) { s.Stream = true }, ""},
		{"no name", func(s *data.Spec) { s.Name = "" }, "no name"},
		{"no length", func(s *data.Spec) { s.Length = 0 }, "length 0"},
		{"no input", func(s *data.Spec) { s.Input = data.Input{} }, "0 values and a vocabulary of 0"},
		{"both inputs", func(s *data.Spec) { s.Input.Vocabulary = 2 }, "2 values and a vocabulary of 2"},
		{"no output", func(s *data.Spec) { s.Output.Width = 0 }, "width 0"},
		{"loss", func(s *data.Spec) { s.Output.Loss = 9 }, "loss 9"},
		{"where", func(s *data.Spec) { s.Output.Where = 9 }, "place of targets 9"},
		{"tail", func(s *data.Spec) { s.Output.Tail = 6 }, "a tail of 6 steps"},
		{"tail without steps", func(s *data.Spec) { s.Output.Tail, s.Output.Where = 1, data.LastStep }, "a tail of 1 steps"},
		{"stream of last steps", func(s *data.Spec) { s.Stream, s.Output.Where = true, data.LastStep }, "a stream with a target at last-step"},
		{"endless stream", func(s *data.Spec) { s.Stream, s.TrainSize = true, data.Endless }, "a stream without end"},
		{"size", func(s *data.Spec) { s.TestSize = -1 }, "sizes 10, 3 and -1"},
		{"metric", func(s *data.Spec) { s.Metric = data.MSE }, `metric "mse" with loss cross-entropy`},
		{"classes", func(s *data.Spec) { s.Encoding.Classes = []string{"a"} }, "1 classes, want 3"},
		{"channels", func(s *data.Spec) { s.Encoding.Channels = 3 }, "3 channels and 2 values a time step"},
		{"deviation", func(s *data.Spec) { s.Encoding.Inputs = make([]data.Normal, 1) }, "a deviation of 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := good()
			tt.edit(&s)
			err := s.Check()
			if tt.says == "" && err != nil || tt.says != "" && (!errors.Is(err, data.ErrConfig) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	s := good()
	stream := good()
	stream.Stream = true
	tests := []struct {
		spec         data.Spec
		size, length int
		want         int
	}{
		{s, 1, 5, 10}, {s, 3, 5, 4}, {s, 10, 5, 1}, {s, 11, 5, 1}, {s, 0, 5, 0}, {s, 1, 0, 0},
		{stream, 1, 1, 10}, {stream, 1, 3, 4}, {stream, 3, 1, 4}, {stream, 3, 4, 1}, {stream, 3, 3, 2}, {stream, 20, 20, 1}, {stream, 0, 1, 0},
		{stream, math.MaxInt, math.MaxInt, 1},
	}
	for _, tt := range tests {
		if got := tt.spec.Batches(data.Train, tt.size, tt.length); got != tt.want {
			t.Errorf("stream %v, size %d, length %d: %d batches, want %d", tt.spec.Stream, tt.size, tt.length, got, tt.want)
		}
	}
}

func TestMetric(t *testing.T) {
	tests := []struct {
		metric      data.Metric
		loss, right float64
		want        float64
	}{
		{data.Accuracy, 2, 0.25, 0.25}, {data.Perplexity, math.Log(100), 0, 100}, {data.BitsPerCharacter, math.Ln2 * 3, 0, 3},
		{data.BitsPerByte, math.Ln2, 0, 1}, {data.NatsPerTarget, 1.5, 0, 1.5}, {data.MSE, 0.25, 0, 0.25}, {data.RMSE, 0.25, 0, 0.5},
	}
	for _, tt := range tests {
		if got := tt.metric.Of(tt.loss, tt.right); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s of loss %v is %v, want %v", tt.metric, tt.loss, got, tt.want)
		}
		better, worse := 1.0, 2.0
		if tt.metric == data.Accuracy {
			better, worse = worse, better
		}
		if !tt.metric.Better(better, worse) || tt.metric.Better(worse, better) || tt.metric.Better(1, 1) ||
			tt.metric.Better(math.NaN(), 1) || !tt.metric.Better(1, math.NaN()) {
			t.Errorf("%s: wrong order", tt.metric)
		}
	}
}

// A specification survives JSON: checkpoints carry it.
func TestSpecJSON(t *testing.T) {
	s := good()
	s.Output.Tail = 2
	s.Encoding = data.Encoding{Classes: []string{"a", "b", "c"}, Channels: 2, Inputs: []data.Normal{{Mean: 1, Deviation: 2}, {Mean: 0, Deviation: 0.1}}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back data.Spec
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back); d != "" {
		t.Errorf("%s: %s", text, d)
	}
}

// own is a task of a user's: its sequences count up.
type own struct{ data.Task }

func (own) Spec() data.Spec { return good() }
func (own) Close() error    { return nil }

func TestRegister(t *testing.T) {
	source := data.Source{Name: "own", Argument: "WHAT", Summary: "a user's", Generated: true, Open: func(arg string, c data.Config) (data.Task, error) {
		if arg != "a:b" || c.Seed != 3 {
			t.Errorf("argument %q, %+v", arg, c)
		}
		return own{}, nil
	}}
	if err := data.Register(source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Unregister("own") })
	if task, err := data.Open("own:a:b", data.Config{Seed: 3}); err != nil || task.Spec().Name != "own" {
		t.Errorf("%v, %v", task, err)
	}
	if all := data.TaskNames(); all[len(all)-1] != "own:WHAT" {
		t.Errorf("tasks %v", all)
	}
	bad := func(edit func(*data.Source), says string) {
		t.Helper()
		s := source
		edit(&s)
		if err := data.Register(s); !errors.Is(err, data.ErrConfig) || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
	bad(func(*data.Source) {}, "registered already")
	bad(func(s *data.Source) { s.Name = "mnist" }, "registered already")
	bad(func(s *data.Source) { s.Name = "" }, "needs a name")
	bad(func(s *data.Source) { s.Name = "a:b" }, "without colon")
	bad(func(s *data.Source) { s.Name, s.Open = "other", nil }, "a function that opens it")
}

func TestOpenUnknownTask(t *testing.T) {
	for name, says := range map[string]string{
		"mnits": `unknown task "mnits"; the tasks are adding, `, "adding:5": "adding takes nothing behind a colon", "": "the tasks are adding",
	} {
		if _, err := data.Open(name, data.Config{}); !errors.Is(err, data.ErrUnknownTask) || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}
