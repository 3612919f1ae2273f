package model

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// config has the fields of Config without its methods.
type config Config

// legacyConfig is the network of runs before there were other inputs than values and other targets than those of the last step.
type legacyConfig struct {
	Cell       string  `json:"cell"`
	Steps      int     `json:"steps"`
	Batch      int     `json:"batch"`
	Inputs     int     `json:"inputs"`
	Outputs    int     `json:"outputs"`
	Hidden     int     `json:"hidden"`
	Layers     int     `json:"layers"`
	Reflectors int     `json:"reflectors"`
	Radius     float64 `json:"r"`
	Center     float64 `json:"sigma"`
	Activation string  `json:"activation"`
	Form       Form    `json:"form"`
	Seed       uint64  `json:"seed"`
}

// UnmarshalJSON implements json.Unmarshaler. Unknown fields are refused; settings of earlier versions are taken as what they are called now.
func (c *Config) UnmarshalJSON(text []byte) error {
	var probe struct{ Steps *int }
	if err := json.Unmarshal(text, &probe); err != nil {
		return err
	}
	if probe.Steps == nil {
		return strict(text, (*config)(c))
	}
	var old legacyConfig
	if err := strict(text, &old); err != nil {
		return err
	}
	*c = Config{Cell: old.Cell, Length: old.Steps, Batch: old.Batch, Input: data.Values(old.Inputs), Output: data.Output{Width: old.Outputs, Where: data.LastStep},
		Hidden: old.Hidden, Layers: old.Layers, Reflectors: old.Reflectors, Radius: old.Radius, Center: old.Center, Activation: old.Activation,
		Form: old.Form, Seed: old.Seed}
	if old.Outputs == 1 { // the only task with one output was the adding problem
		c.Output.Loss = data.SquaredError
	}
	if old.Form == "factors" {
		c.Form = FormLowRank
	}
	return nil
}

func strict(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("settings of the network: %w", err)
	}
	return nil
}
