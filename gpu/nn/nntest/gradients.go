package nntest

import (
	"fmt"
	"math"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// Options of Gradients.
type Options struct {
	Vocabulary int    // of tokens, where the input is tokens
	Seed       uint64 // of the batch, of the point in the space of parameters, and of directions
	Elements   bool   // compare every element of every tensor, not one derivative of each tensor in a random direction

	// Training has the differences taken of the loss of training steps with the same masks and noise, for networks that compute something
	// else in training than in evaluation. Their rule must leave the parameters as they are where the learning rate is 0.
	Training bool

	// Allowed is the largest error, relative to the norm of a tensor's gradient; 0 stands for 1e-6.
	Allowed float64
}

const (
	step     = 1e-4  // of the differences, which have an error of the fourth order
	proven   = 2     // the number of the training step, which masks depend on
	rounding = 2e-10 // of a difference of losses of order one
)

// Gradients runs a training step of a network on a device of package exact, on a random batch in which some targets do not count, and compares
// the gradient of every tensor with differences of the mean loss. That loss is computed here, from the outputs of the network's evaluation,
// so that the operations of losses are proven, too. The error names the first tensor whose gradient is wrong. Where an activation has a kink
// within the differences they are wrong, too: another Seed tells.
func Gradients(net *nn.Network, o Options) error {
	if o.Allowed == 0 {
		o.Allowed = 1e-6
	}
	c := &check{net: net, opt: o, src: philox.New(o.Seed, philox.Stream("nntest")), values: map[string][]float64{}}
	c.fill()
	if err := c.move(); err != nil {
		return err
	}
	s, err := net.TrainStep(proven, 0, c.counted)
	if err != nil || !s.Finite {
		return fmt.Errorf("a training step: %+v, %w", s, err)
	}
	grads := map[string][]float64{}
	for _, t := range net.Params.Tensors() {
		grads[t.Name] = exact.Read(t.In(net.Params.Grads()))
	}
	c.write() // the step has projected the parameters
	loss, err := c.loss()
	if err != nil {
		return err
	}
	if mean := s.LossSum / float64(c.counted); math.Abs(mean-loss) > 1e-6*(1+math.Abs(loss)) {
		return fmt.Errorf("training has a mean loss of %.9g, from the outputs it is %.9g", mean, loss)
	}
	return c.compare(grads)
}

type check struct {
	net     *nn.Network
	opt     Options
	src     *philox.Source
	counted int
	labels  []int
	targets oracle.Matrix        // Rows is 0 for a loss over classes
	values  map[string][]float64 // of the parameters
}

// fill writes one batch into the memory of training and of evaluation.
func (c *check) fill() {
	train, eval := c.net.Train, c.net.Eval
	out := train.Pass().Out()
	if c.net.Config().Tokens {
		for i := range train.Tokens() {
			train.Tokens()[i] = int32(c.src.IntN(c.opt.Vocabulary))
		}
	} else {
		for i := range train.Values() {
			train.Values()[i] = float32(c.src.Normal())
		}
	}
	for i := range train.Labels() {
		label := c.src.IntN(out.Width)
		if i%5 == 3 {
			label = -1
		} else {
			c.counted++
		}
		train.Labels()[i] = int32(label)
		c.labels = append(c.labels, label)
	}
	for i := range train.Targets() {
		train.Targets()[i] = float32(c.src.Normal())
	}
	copy(eval.Values(), train.Values()) // the same words where they are tokens
	copy(eval.Labels(), train.Labels())
	copy(eval.Targets(), train.Targets())
	if train.Targets() != nil {
		c.targets = oracle.FromFloat32(train.Targets(), out.Rows(), out.Width, out.Width)
	}
}

// move goes from the initial parameters to a point near them where none is 0 that need not be.
func (c *check) move() error {
	for _, t := range c.net.Params.Tensors() {
		v := exact.Read(t.In(c.net.Params.Values()))
		for i := range v {
			by := 0.1 * c.src.Normal()
			if strings.HasSuffix(t.Name, "act") { // parameters of activations stay positive
				by = math.Abs(by)
			}
			if !structural(t, i) {
				v[i] += by
			}
		}
		c.values[t.Name] = v
	}
	c.write()
	// What a step leaves in memory must not matter to the next: the one that is proven is the second.
	_, err := c.net.TrainStep(1, 0, c.counted)
	c.write()
	return err
}

// structural tells whether element i of a tensor is zero by construction.
func structural(t nn.Tensor, i int) bool {
	return t.Group == nn.Reflectors && i%t.Cols < i/t.Cols
}

func (c *check) write() {
	for _, t := range c.net.Params.Tensors() {
		exact.Write(t.In(c.net.Params.Values()), c.values[t.Name])
	}
	c.net.Changed()
}

// loss returns the mean loss of the batch.
func (c *check) loss() (float64, error) {
	run, err := c.net.Eval, error(nil)
	if c.opt.Training {
		run = c.net.Train
		_, err = c.net.TrainStep(proven, 0, c.counted)
	} else {
		_, err = c.net.EvalStep()
	}
	if err != nil {
		return 0, err
	}
	out := run.Pass().Out()
	y := oracle.New(out.Rows(), out.Width, exact.Read(out.Y))
	if c.targets.Rows > 0 {
		return oracle.MSE(y, c.targets, c.labels, 1/float64(c.counted)).Loss, nil
	}
	return oracle.SoftmaxCrossEntropy(y, c.labels, 1/float64(c.counted)).Loss, nil
}

func (c *check) compare(grads map[string][]float64) error {
	all := 0.0
	for _, t := range c.net.Params.Tensors() {
		g := grads[t.Name]
		size := norm(g)
		all = max(all, size)
		for _, d := range c.directions(t) {
			got := 0.0
			for i := range d {
				got += g[i] * d[i]
			}
			want, err := c.derivative(t, d)
			if err != nil {
				return err
			}
			if e := math.Abs(got - want); !(e <= c.opt.Allowed*max(size, math.Abs(want))+rounding) {
				return fmt.Errorf("the gradient of %s is %.12g in direction %.3g, central differences say %.12g", t.Name, got, d, want)
			}
		}
	}
	if all < 1e-4 {
		return fmt.Errorf("no gradient is larger than %g: nothing was compared", all)
	}
	return nil
}

// directions returns unit vectors in which a tensor may move.
func (c *check) directions(t nn.Tensor) [][]float64 {
	var list [][]float64
	if c.opt.Elements {
		for i := range t.Len() {
			if !structural(t, i) {
				d := make([]float64, t.Len())
				d[i] = 1
				list = append(list, d)
			}
		}
		return list
	}
	d := make([]float64, t.Len())
	for i := range d {
		if !structural(t, i) {
			d[i] = c.src.Normal()
		}
	}
	size := norm(d)
	if size == 0 {
		return nil
	}
	for i := range d {
		d[i] /= size
	}
	return [][]float64{d}
}

// derivative returns the derivative of the mean loss by differences.
func (c *check) derivative(t nn.Tensor, direction []float64) (float64, error) {
	var failed error
	at := c.values[t.Name]
	moved := make([]float64, len(at))
	d := oracle.FourPoint(func(x []float64) float64 {
		for i := range moved {
			moved[i] = at[i] + x[0]*direction[i]
		}
		exact.Write(t.In(c.net.Params.Values()), moved)
		c.net.Changed()
		loss, err := c.loss()
		if err != nil {
			failed = err
		}
		return loss
	}, []float64{0}, 0, step)
	exact.Write(t.In(c.net.Params.Values()), at)
	c.net.Changed()
	return d, failed
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}
