package data

import (
	"fmt"
	"iter"
	"math"
	"slices"
)

// unfit is why a sequence cannot be read. It is an ErrConfig that does not say so, for no setting is wrong, but what the user gave.
type unfit string

func (u unfit) Error() string { return string(u) }
func (unfit) Unwrap() error   { return ErrConfig }

// Sequence turns the values of one sequence, as a user's data have them, into those that a network reads: Length ×
// Input.Width of them, in dst. Missing values are NaN; raw may be shorter than a sequence. Both are refused unless
// the Encoding says otherwise. raw is overwritten. The error matches ErrConfig.
func (s Spec) Sequence(dst, raw []float32) error {
	if len(dst) != s.Length*s.Input.Width {
		return fmt.Errorf("%w: %d values for a sequence of %d steps of %d", ErrConfig, len(dst), s.Length, s.Input.Width)
	}
	pad := s.Encoding.Missing == MissingPad
	if n := len(raw); n > len(dst) || n < len(dst) && !pad || n == 0 || n%s.Encoding.channels() != 0 {
		want := fmt.Sprint(len(dst))
		if pad {
			want = "at most " + want
		}
		if c := s.Encoding.channels(); c > 1 {
			want += fmt.Sprintf(", a multiple of %d", c)
		}
		return unfit(fmt.Sprintf("a sequence of %d values; the network takes %s: %d at each of %d time steps", n, want, s.Input.Width, s.Length))
	}
	clean, err := s.Encoding.clean(raw)
	if err != nil {
		return err
	}
	s.Encoding.place(dst, clean)
	return nil
}

// clean takes the parts without any value off both ends of a sequence and interpolates what is missing of each channel in
// the rest, in place.
func (e Encoding) clean(raw []float32) ([]float32, error) {
	if i := slices.IndexFunc(raw, func(v float32) bool { return math.IsInf(float64(v), 0) }); i >= 0 {
		return nil, unfit(fmt.Sprintf("value %d of the sequence is %g; want a number of single precision, or NaN for a missing one", i+1, raw[i]))
	}
	missing := func(v float32) bool { return math.IsNaN(float64(v)) }
	if !slices.ContainsFunc(raw, missing) {
		return raw, nil
	}
	if e.Missing != MissingPad {
		return nil, unfit(fmt.Sprintf("value %d of the sequence is missing", 1+slices.IndexFunc(raw, missing)))
	}
	n := e.channels()
	empty := func(part []float32) bool {
		return !slices.ContainsFunc(part, func(v float32) bool { return !missing(v) })
	}
	for len(raw) >= n && empty(raw[:n]) {
		raw = raw[n:]
	}
	for len(raw) >= n && empty(raw[len(raw)-n:]) {
		raw = raw[:len(raw)-n]
	}
	if len(raw) == 0 {
		return nil, unfit("all values of the sequence are missing")
	}
	for i := range n {
		if !interpolate(raw[i:], n) {
			return nil, unfit(fmt.Sprintf("all values of channel %d of the sequence are missing", i+1))
		}
	}
	return raw, nil
}

// interpolate fills what is missing of the values x[0], x[stride], … with what lies on the line between the
// neighbours, or with the nearest where there is one on one side only. It fails where all are missing.
func interpolate(x []float32, stride int) bool {
	last := -stride // with a value
	for i := 0; i < len(x); i += stride {
		if math.IsNaN(float64(x[i])) {
			continue
		}
		for j := last + stride; j < i; j += stride {
			if last < 0 {
				x[j] = x[i]
				continue
			}
			share := float64(j-last) / float64(i-last)
			x[j] = float32((1-share)*float64(x[last]) + share*float64(x[i]))
		}
		last = i
	}
	if last < 0 {
		return false
	}
	for j := last + stride; j < len(x); j += stride {
		x[j] = x[last]
	}
	return true
}

// place scales a clean sequence and writes it to the end of dst, behind zeros.
func (e Encoding) place(dst, clean []float32) {
	pad := len(dst) - len(clean)
	clear(dst[:pad])
	body := dst[pad:]
	switch {
	case e.PerSequence:
		n := normalOf(slices.Values(clean))
		for i, v := range clean {
			body[i] = n.apply(v)
		}
	case e.Inputs != nil:
		for i, v := range clean {
			body[i] = e.Inputs[i%len(e.Inputs)].apply(v)
		}
	default:
		copy(body, clean)
	}
	if e.Order != nil {
		own := slices.Clone(dst)
		for k, at := range e.Order {
			dst[k] = own[at]
		}
	}
}

func (n Normal) apply(v float32) float32 { return float32((float64(v) - n.Mean) / n.Deviation) }

// Undo returns the value that became v.
func (n Normal) Undo(v float64) float64 { return v*n.Deviation + n.Mean }

// normalOf returns the mean and the standard deviation (of the whole population) of values. Values that are all the
// same have the deviation 1, so that they become 0.
func normalOf(values iter.Seq[float32]) Normal {
	var sum, count float64
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for v := range values {
		sum += float64(v)
		count++
		low, high = min(low, v), max(high, v)
	}
	if !(low < high) {
		if count == 0 {
			return Normal{Mean: 0, Deviation: 1}
		}
		return Normal{Mean: float64(low), Deviation: 1}
	}
	mean := sum / count
	var squares float64
	for v := range values {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	return Normal{Mean: mean, Deviation: math.Sqrt(squares / count)}
}
