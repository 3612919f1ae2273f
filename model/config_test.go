package model_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestEarlierSettings reads settings as the first version wrote them.
func TestEarlierSettings(t *testing.T) {
	text := `{"cell":"spectral","steps":784,"batch":128,"inputs":1,"outputs":10,"hidden":128,"layers":2,"reflectors":16,"r":0.01,"sigma":1,
		"activation":"leaky-relu","form":"factors","seed":3}`
	want := model.Config{Cell: "spectral", Length: 784, Batch: 128, Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10},
		Hidden: 128, Layers: 2, Reflectors: 16, Radius: 0.01, Center: 1, Activation: "leaky-relu", Form: model.FormLowRank, Seed: 3}
	var got model.Config
	if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if err := json.Unmarshal([]byte(strings.Replace(text, `"outputs":10`, `"outputs":1`, 1)), &got); err != nil || got.Output.Loss != data.SquaredError {
		t.Errorf("the adding problem: %+v, %v", got.Output, err)
	}
	if err := json.Unmarshal([]byte(strings.Replace(text, `"seed"`, `"sead"`, 1)), &got); err == nil {
		t.Error("an unknown field was taken")
	}
}

func TestSettingsComeBack(t *testing.T) {
	want := small("spectral", data.SquaredError)
	want.Input, want.Stream, want.Init = data.Tokens(50), true, "cayley"
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got model.Config
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
