package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

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
	Refused   int     `json:"unsupported"` // by the device; they are not among failed
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
	sums, err := c.run(ctx, e, dev)
	if err != nil {
		return err
	}
	cases, failed, refused := 0, 0, 0
	lines := make([]verifyLine, len(sums))
	for i, s := range sums {
		cases, failed, refused = cases+s.Cases, failed+s.Failed, refused+s.Unsupported
		lines[i] = verifyLine{Event: "op", Op: s.Op, Cases: s.Cases, Failed: s.Failed, Refused: s.Unsupported, WorstCase: s.Worst.Case, WorstErr: s.Worst.WorstAbs,
			Tolerance: s.Worst.Tolerance, Ratio: s.Worst.Worst}
		if s.Worst.Err != nil {
			lines[i].Error = s.Worst.Err.Error()
		}
	}
	if err := c.print(e, dev.Info().Name, lines, cases, failed, refused); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d cases on %s differ from the float64 oracle by more than rounding explains; please report it with the output of `spectral-gpu verify --full --json` and `spectral-gpu devices`",
			errParity, failed, cases, dev.Info().Name)
	}
	return nil
}

// run carries out the cases and shows how far it is.
func (c *verifyCmd) run(ctx context.Context, e *env, dev *gpu.Device) ([]parity.Summary, error) {
	opts := parity.Options{Short: !c.Full, Repeat: c.Full}
	total := int64(0)
	for _, k := range parity.Cases() {
		if k.Short || c.Full {
			total++
		}
	}
	meter, start := newMeter(e), time.Now()
	defer meter.close()
	done, failed := int64(0), 0
	return parity.Run(ctx, dev, opts, func(r parity.Result) {
		done++
		if !r.Pass && !r.Unsupported {
			failed++
		}
		meter.at(done, total, func() []string {
			parts := []string{fmt.Sprintf("case %d/%d", done, total), timeLeft(start, done, total), r.Op + " " + r.Case}
			if failed > 0 {
				parts = append(parts[:1], append([]string{fmt.Sprintf("%d FAILED", failed)}, parts[1:]...)...)
			}
			return parts
		})
	})
}

func (c *verifyCmd) print(e *env, device string, lines []verifyLine, cases, failed, refused int) error {
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return enc.Encode(map[string]any{"event": "verify", "device": device, "cases": cases, "failed": failed, "unsupported": refused})
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OPERATION\tCASES\tRESULT\tWORST ERROR\tTOLERANCE\tRATIO\tWORST CASE")
	for _, l := range lines {
		result := "pass"
		switch {
		case l.Failed > 0:
			result = fmt.Sprintf("%d FAILED", l.Failed)
		case l.Refused > 0:
			result = fmt.Sprintf("%d unsupported", l.Refused)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%.2e\t%s\t%s\n", l.Op, l.Cases, result, measured("%.2e", l.WorstErr), l.Tolerance, measured("%.3f", l.Ratio), l.WorstCase)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Error != "" {
			fmt.Fprintf(e.stdout, "%s %s: %s\n", l.Op, l.WorstCase, l.Error)
		}
	}
	unsupported := ""
	if refused > 0 {
		unsupported = fmt.Sprintf(", %d unsupported by the device", refused)
	}
	_, err := fmt.Fprintf(e.stdout, "%d cases on %s against the float64 oracle: %d passed, %d failed%s\n", cases, device, cases-failed-refused, failed, unsupported)
	return err
}

// measured spells an error or its ratio to the tolerance; what is beyond all measure, such as NaN for a number, has no digits.
func measured(format string, v float64) string {
	if v >= 1e6 {
		return "beyond"
	}
	return fmt.Sprintf(format, v)
}
