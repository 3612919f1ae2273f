package data

import (
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// sequenceTask has sequences in memory, each with a class or with numbers to predict.
type sequenceTask struct {
	spec    Spec
	values  []float32 // of each sequence, Length × Input.Width
	labels  []int32   // of each sequence; nil for a regression
	targets []float32 // of each sequence, Output.Width; nil for a classification
	splits  [3][]int32
	order   epochOrder // of the training split
}

// maxValues is the most values of all sequences together: 4 GiB.
const maxValues = 1 << 30

// newSequenceTask makes a task of rows that are cut into splits; width says how many values of a sequence, out of so
// many, are a time step, and stream names the random order of training. Of the spec, the length, the input, the output, the
// metric, the sizes and the baseline are set here, and in its encoding the scaling.
func newSequenceTask(stream string, spec Spec, r *rows, splits [3][]int32, width func(values int) (int, error), c Config) (*sequenceTask, error) {
	t := &sequenceTask{labels: r.labels, splits: splits}
	spec.Encoding.Missing = or(c.Missing, MissingRefuse)
	spec.Encoding.Channels = c.Channels
	values, err := r.clean(spec.Encoding)
	if err != nil {
		return nil, err
	}
	step, err := width(values)
	if err != nil {
		return nil, err
	}
	spec.Length, spec.Input = ceil(values, step), Values(step)
	size := spec.Length * step // of a sequence
	if most := maxValues / size; r.count() > most {
		return nil, fmt.Errorf("%w: the %d sequences of %s take %.2f GiB of memory, each as long as the longest of %d values, and %d GiB are the most; cut that one, or take fewer",
			ErrConfig, r.count(), enumerate(r.files), float64(r.count())*float64(size)*4/(1<<30), size, maxValues>>28)
	}
	sizes, err := c.sizes("sequences", [3]int{len(splits[Train]), len(splits[Valid]), len(splits[Test])})
	if err != nil {
		return nil, err
	}
	for split, n := range sizes {
		t.splits[split] = splits[split][:n]
	}
	spec.TrainSize, spec.ValidSize, spec.TestSize = sizes[Train], sizes[Valid], sizes[Test]
	switch c.Normalise {
	case NormaliseSequence:
		spec.Encoding.PerSequence = true
	case NormaliseTrain:
		spec.Encoding.Inputs = r.normals(t.splits[Train], spec.Encoding.channels())
	}
	if r.labels != nil {
		if err := r.checkClasses(t.splits); err != nil {
			return nil, err
		}
		spec.Output, spec.Metric = Output{Loss: CrossEntropy, Width: len(r.classes)}, Accuracy
		spec.Encoding.Classes = r.classes
		counts := make([]int, len(r.classes))
		for _, row := range t.splits[Train] {
			counts[r.labels[row]]++
		}
		spec.Baseline = entropy(counts)
	} else {
		spec.Output, spec.Metric = Output{Loss: SquaredError, Width: len(r.targets) / r.count()}, MSE
		t.targets = r.targets
		scaleTargets(&spec, t.targets, t.splits[Train], c)
	}
	t.values = make([]float32, r.count()*size)
	for row := range r.count() {
		values := t.values[row*size : (row+1)*size]
		spec.Encoding.place(values, r.values(row))
		if notFinite(values) >= 0 {
			return nil, r.at(row, "a value that is too far from those of training", "values that float32 can hold after scaling", "")
		}
		if out := len(t.targets) / r.count(); notFinite(t.targets[row*out:(row+1)*out]) >= 0 {
			return nil, r.at(row, "a number to predict that is too far from those of training", "numbers that float32 can hold after scaling", "")
		}
	}
	t.spec = spec
	t.order = newEpochOrder(c.Seed, philox.Stream(stream+"/shuffle"), sizes[Train])
	return t, nil
}

// notFinite returns where the first value is that is no number, or −1.
func notFinite(values []float32) int {
	return slices.IndexFunc(values, func(v float32) bool { return v-v != 0 }) // of an infinity, and of NaN
}

// clean fills or refuses what is missing in every row, and returns the most values of one.
func (r *rows) clean(e Encoding) (most int, err error) {
	kept, ends := 0, make([]int, 0, r.count())
	for row := range r.count() {
		raw := r.values(row)
		if channels := e.channels(); len(raw)%channels != 0 {
			return 0, r.at(row, fmt.Sprintf("%d values", len(raw)), fmt.Sprintf("a multiple of the %d channels", channels), "")
		}
		clean, err := e.clean(raw)
		if err != nil {
			return 0, r.at(row, "a sequence that lacks all its values, or all of a channel", "values", "leave it out")
		}
		most = max(most, len(clean))
		kept += copy(r.raw[kept:], clean) // rows move together in place: none grows
		ends = append(ends, kept)
	}
	r.ends = ends
	return most, nil
}

// normals returns the scaling of each channel over the given rows.
func (r *rows) normals(which []int32, channels int) []Normal {
	all := make([]Normal, channels)
	for i := range all {
		all[i] = normalOf(func(yield func(float32) bool) {
			for _, row := range which {
				values := r.values(int(row))
				for at := i; at < len(values); at += channels {
					if !yield(values[at]) {
						return
					}
				}
			}
		})
	}
	return all
}

// scaleTargets brings each number to predict to mean 0 and deviation 1 over the training rows, unless the settings say
// that values are taken as they are. The baseline is the error of the mean.
func scaleTargets(spec *Spec, targets []float32, train []int32, c Config) {
	width := spec.Output.Width
	for i := range width {
		n := normalOf(func(yield func(float32) bool) {
			for _, row := range train {
				if !yield(targets[int(row)*width+i]) {
					return
				}
			}
		})
		variance := 0.0
		for _, row := range train {
			variance += math.Pow(float64(targets[int(row)*width+i])-n.Mean, 2) / float64(len(train))
		}
		if c.Normalise != NormaliseNone {
			for at := i; at < len(targets); at += width {
				targets[at] = n.apply(targets[at])
			}
			spec.Encoding.Targets = append(spec.Encoding.Targets, n)
			variance /= n.Deviation * n.Deviation
		}
		spec.Baseline += variance / float64(width)
	}
}

func (t *sequenceTask) Spec() Spec { return t.spec }

func (t *sequenceTask) Close() error {
	t.values = nil
	return nil
}

func (t *sequenceTask) Fill(split Split, epoch, index int, b Batch) (int, error) {
	if t.values == nil {
		return 0, fmt.Errorf("%w: task %s: %w", ErrConfig, t.spec.Name, os.ErrClosed)
	}
	first, count, err := t.spec.locate(split, epoch, index, b)
	if err != nil {
		return 0, err
	}
	width, size := t.spec.Input.Width, t.spec.Length*t.spec.Input.Width
	for step := range t.spec.Length {
		values := b.Values[step*b.Size*width : (step+1)*b.Size*width]
		for row := range count {
			sequence := t.sequence(split, epoch, first+row)
			copy(values[row*width:(row+1)*width], t.values[sequence*size+step*width:])
		}
		clear(values[count*width:])
	}
	out := t.spec.Output.Width
	for row := range b.Size {
		b.Labels[row] = NotCounted
		if row < count {
			b.Labels[row] = 0
			if t.labels != nil {
				b.Labels[row] = t.labels[t.sequence(split, epoch, first+row)]
			}
		}
		if t.targets != nil {
			target := b.Targets[row*out : (row+1)*out]
			if row < count {
				copy(target, t.targets[t.sequence(split, epoch, first+row)*out:])
			} else {
				clear(target)
			}
		}
	}
	return count, nil
}

// sequence returns which sequence is at a place of an epoch.
func (t *sequenceTask) sequence(split Split, epoch, place int) int {
	if split == Train {
		place = int(t.order.of(epoch)[place])
	}
	return int(t.splits[split][place])
}
