package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/parity"
)

// errParity means that an operation did not compute what the oracle computes.
var errParity = errors.New("verification failed")

type verifyCmd struct {
	Full bool `help:"Run every case, not only those that take seconds; and each twice, requiring identical bits."`
	JSON bool `name:"json" help:"Print one JSON object a line."`
	deviceFlags
}

// verifyLine is one operation of `verify --json`.
type verifyLine struct {
	Event     string  `json:"event"` // "op"
	Op        string  `json:"op"`
	Cases     int     `json:"cases"`
	Failed    int     `json:"failed"`
	WorstCase string  `json:"worst_case"`
	WorstErr  float64 `json:"worst_error"`
	Tolerance float64 `json:"tolerance"`
	Ratio     float64 `json:"ratio"` // worst error / tolerance
	Error     string  `json:"error,omitempty"`
}

func (c *verifyCmd) Run(ctx context.Context, e *env) (err error) {
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	sums, err := parity.Run(ctx, dev, parity.Options{Short: !c.Full, Repeat: c.Full}, nil)
	if err != nil {
		return err
	}
	cases, failed := 0, 0
	lines := make([]verifyLine, len(sums))
	for i, s := range sums {
		cases, failed = cases+s.Cases, failed+s.Failed
		lines[i] = verifyLine{Event: "op", Op: s.Op, Cases: s.Cases, Failed: s.Failed, WorstCase: s.Worst.Case, WorstErr: s.Worst.WorstAbs,
			Tolerance: s.Worst.Tolerance, Ratio: s.Worst.Worst}
		if s.Worst.Err != nil {
			lines[i].Error = s.Worst.Err.Error()
		}
	}
	if err := c.print(e, dev.Info().Name, lines, cases, failed); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d cases on %s differ from the float64 oracle by more than rounding explains; please report it with the output of `spectral-gpu verify --full --json` and `spectral-gpu devices`",
			errParity, failed, cases, dev.Info().Name)
	}
	return nil
}

func (c *verifyCmd) print(e *env, device string, lines []verifyLine, cases, failed int) error {
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return enc.Encode(map[string]any{"event": "verify", "device": device, "cases": cases, "failed": failed})
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OPERATION\tCASES\tRESULT\tWORST ERROR\tTOLERANCE\tRATIO\tWORST CASE")
	for _, l := range lines {
		result := "pass"
		if l.Failed > 0 {
			result = fmt.Sprintf("%d FAILED", l.Failed)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%.2e\t%.2e\t%.3f\t%s\n", l.Op, l.Cases, result, l.WorstErr, l.Tolerance, l.Ratio, l.WorstCase)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Error != "" {
			fmt.Fprintf(e.stdout, "%s %s: %s\n", l.Op, l.WorstCase, l.Error)
		}
	}
	_, err := fmt.Fprintf(e.stdout, "%d cases on %s against the float64 oracle: %d passed, %d failed\n", cases, device, cases-failed, failed)
	return err
}
