package model_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// piecesCase is a network, and in how many pieces its gradients travel.
type piecesCase struct {
	name   string
	config model.Config
	pieces int
}

func piecesCases() []piecesCase {
	var list []piecesCase
	add := func(name, cell string, layers, hidden, pieces int, change func(c *model.Config)) {
		spec := data.Spec{Name: "random", Length: 4, Input: data.Values(3), Output: data.Output{Loss: data.CrossEntropy, Width: 5}}
		if info, _ := model.FindCell(cell); !info.Time {
			spec.Length = 1
		}
		c := model.DefaultConfig(spec)
		c.Cell, c.Layers, c.Hidden, c.Reflectors, c.Batch, c.Radius = cell, layers, hidden, 5, 7, 0.1
		if change != nil {
			change(&c)
		}
		list = append(list, piecesCase{fmt.Sprintf("%s of %d layers%s", cell, layers, name), c, pieces})
	}
	tokens := func(c *model.Config) { c.Input, c.Output.Width = data.Tokens(300), 300 }
	for _, layers := range []int{2, 3} {
		add("", "rnn", layers, 97, layers, nil)
		add("", "irnn", layers, 97, layers, func(c *model.Config) { c.Dropout, c.DropoutState, c.Initial = 0.2, 0.3, "learned" })
		add("", "lstm", layers, 50, layers, nil)
		add("", "gru", layers, 57, layers, nil)
		for _, form := range []model.Form{model.FormMatrix, model.FormLowRank} {
			name := " as " + string(form)
			add(name, "spectral", layers, 130, 2, func(c *model.Config) { c.Form = form })
			add(name, "ornn", layers, 130, 2, func(c *model.Config) { c.Form = form })
		}
		add("", "spectral-lstm", layers, 66, 2, nil)
		add(", and an embedding", "rnn", layers, 97, layers+1, func(c *model.Config) { tokens(c); c.Embedding = 40 })
		add(", carried", "lstm", layers, 50, layers+1, func(c *model.Config) { tokens(c); c.Stream, c.Output.Where = true, data.EveryStep })
		add(", and a tied embedding", "gru", layers, 57, layers+1, func(c *model.Config) { tokens(c); c.Tied, c.Output.Where = true, data.EveryStep })
	}
	add(", and a large read-out", "rnn", 1, 60, 2, tokens)
	add("", "rnn", 2, 40, 1, nil) // too small
	add("", "rnn", 1, 300, 1, nil)
	add("", "mlp", 4, 130, 4, nil)
	add("", "resnet", 5, 130, 5, nil)
	add("", "spectral-mlp", 4, 130, 1, nil) // a bank: all gradients at the end
	return list
}

// TestPiecesAreTheWhole: losses, parameters and moments of ranks whose gradients travel in pieces are those of ranks whose gradients travel at once, bit
// for bit.
func TestPiecesAreTheWhole(t *testing.T) {
	t.Setenv("SPECTRAL_CUT", "everywhere")
	for _, c := range piecesCases() {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{2, 3} {
				c.compare(t, "cpu", size)
			}
		})
	}
}

// TestPiecesOnVulkan is TestPiecesAreTheWhole for some networks on a Vulkan device, and wants a submission for each piece and one for the update.
func TestPiecesOnVulkan(t *testing.T) {
	open(t, "vulkan")
	t.Setenv("SPECTRAL_CUT", "everywhere")
	for _, c := range piecesCases() {
		if slices.Contains([]string{"rnn of 2 layers", "spectral of 2 layers as low-rank"}, c.name) && c.pieces > 1 {
			t.Run(c.name, func(t *testing.T) { c.compare(t, "vulkan", 2) })
		}
	}
}

func (c piecesCase) compare(t *testing.T, device string, size int) {
	t.Helper()
	whole, n := c.train(t, device, size, true)
	if n != 1 {
		t.Fatalf("%d ranks: %d pieces of what is whole", size, n)
	}
	cut, n := c.train(t, device, size, false)
	if n != c.pieces {
		t.Errorf("%d ranks: %d pieces, want %d", size, n, c.pieces)
	}
	for i := range whole {
		if whole[i] != cut[i] {
			t.Errorf("%d ranks: rank %d comes to other numbers with pieces", size, i)
		}
	}
}

// train takes three steps with so many ranks, and returns what each has come to, and the number of pieces.
func (c piecesCase) train(t *testing.T, device string, size int, whole bool) (results []string, pieces int) {
	t.Helper()
	results = make([]string, size)
	errs := make([]error, size)
	counts := make([]int, size)
	var all sync.WaitGroup
	for r, transport := range ranks.InProcess(size) {
		dev, err := gpu.Open(device, gpu.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		all.Go(func() {
			g := ranks.New(transport)
			g.Whole = whole
			results[r], counts[r], errs[r] = trainRank(dev, c.config, g)
			if errs[r] != nil {
				g.Fail(errs[r])
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("%d ranks: %v", size, err)
	}
	for r, n := range counts {
		if n != counts[0] {
			t.Fatalf("rank %d has %d pieces, rank 0 %d", r, n, counts[0])
		}
	}
	return results, counts[0]
}

func trainRank(dev *gpu.Device, c model.Config, g *ranks.Group) (result string, pieces int, err error) {
	m, err := model.NewShared(dev, c, model.DefaultOptimizer(), g)
	if err != nil {
		return "", 0, err
	}
	defer m.Close()
	steps := m.StepStats().Submits
	if steps != len(m.Pieces())+1 {
		return "", 0, fmt.Errorf("%d submissions of pieces of %d words", steps, m.Pieces())
	}
	b := data.Batch{Size: c.Batch, Length: c.Length}
	if c.Input.IsTokens() {
		b.Tokens = make([]int32, c.Length*c.Batch)
	} else {
		b.Values = make([]float32, c.Length*c.Batch*c.Input.Width)
	}
	b.Labels = make([]int32, c.Batch*len(m.Batch().Labels)/m.Batch().Size)
	var losses []model.Stats
	for step := range 3 {
		src := philox.New(uint64(step), 9)
		for i := range b.Values {
			b.Values[i] = float32(src.Normal())
		}
		for i := range b.Tokens {
			b.Tokens[i] = int32(src.IntN(c.Input.Vocabulary))
		}
		for i := range b.Labels {
			b.Labels[i] = int32(src.IntN(c.Output.Width))
		}
		m.Take(m.Batch(), b)
		s, err := m.TrainStep(model.Position{Step: int64(step)}, c.Batch)
		if err != nil {
			return "", 0, err
		}
		losses = append(losses, s)
	}
	snapshot, err := m.Parameters()
	if err != nil {
		return "", 0, err
	}
	bytes, err := snapshot.Encoded()
	return fmt.Sprint(losses, bytes), len(m.Pieces()), errors.Join(err, m.CheckSame())
}
