package nn_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
)

// build makes a network, trains a step and closes it.
func build(dev *gpu.Device, c nn.Config) error {
	net, err := nn.New(dev, c)
	if err != nil || net.Train == nil {
		net.Close() // nil where there is an error
		return err
	}
	defer net.Close()
	s, err := net.TrainStep(1, 0.01, 2)
	if err == nil && !s.Finite {
		return gpu.ErrNotFinite
	}
	return err
}

// TestNothingPanics: what is nil, zero, negative or no number is an error, or has a sensible meaning.
func TestNothingPanics(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	in, nan, inf := nn.Shape{Length: 2, Batch: 2, Width: 3}, math.NaN(), math.Inf(1)
	twice, weight := &nn.Linear{Out: 3}, &nn.Dense{}
	dropout := &nn.Dropout{Rate: 0.5}
	table := &nn.Embedding{Vocabulary: 4, Width: 3}
	for name, c := range map[string]struct {
		layer nn.Layer
		want  error
	}{
		"no layer":                     {nil, gpu.ErrShape},
		"a nil pointer":                {(*nn.Linear)(nil), gpu.ErrShape},
		"a nil layer in a sequence":    {nn.Sequential{&nn.Linear{Out: 2}, nil}, gpu.ErrShape},
		"a nil layer with a name":      {nn.Sequential{nn.Named("x", nil)}, gpu.ErrShape},
		"a nil pointer in a sequence":  {nn.Sequential{(*nn.Recurrent)(nil)}, gpu.ErrShape},
		"no layers":                    {nn.Sequential{}, nil},
		"a zero linear layer":          {&nn.Linear{}, gpu.ErrShape},
		"a negative linear layer":      {&nn.Linear{Out: -1}, gpu.ErrShape},
		"a huge linear layer":          {&nn.Linear{Out: math.MaxInt}, gpu.ErrShape},
		"a nil pointer for a weight":   {&nn.Linear{Out: 2, Weight: (*nn.Dense)(nil)}, gpu.ErrShape},
		"an unknown activation":        {&nn.Linear{Out: 2, Act: gpu.Activation{Kind: 99}}, gpu.ErrShape},
		"a slope that is no number":    {&nn.Linear{Out: 2, Act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: float32(nan)}}, gpu.ErrShape},
		"a zero recurrence":            {&nn.Recurrent{}, gpu.ErrShape},
		"a negative recurrence":        {&nn.Recurrent{Hidden: -3}, gpu.ErrShape},
		"a direct input of no width":   {&nn.Recurrent{Hidden: 4, Direct: true}, gpu.ErrShape},
		"dropped states that are none": {&nn.Recurrent{Hidden: 4, Perturb: nn.Perturb{Dropout: nan}}, gpu.ErrShape},
		"negative noise":               {&nn.Recurrent{Hidden: 4, Perturb: nn.Perturb{Noise: -1}}, gpu.ErrShape},
		"a zero LSTM":                  {&nn.LSTM{}, gpu.ErrShape},
		"a huge LSTM":                  {&nn.LSTM{Hidden: math.MaxInt / 2}, gpu.ErrShape},
		"a zero GRU":                   {&nn.GRU{}, gpu.ErrShape},
		"a negative GRU":               {&nn.GRU{Hidden: -1}, gpu.ErrShape},
		"a zero block":                 {&nn.Residual{}, nil},
		"a negative block":             {&nn.Residual{Inner: -2}, gpu.ErrShape},
		"a block of one weight":        {&nn.Residual{W1: weight, W2: weight}, gpu.ErrShape},
		"a zero embedding":             {&nn.Embedding{}, gpu.ErrShape},
		"an embedding of values":       {&nn.Embedding{Vocabulary: 3, Width: 2}, gpu.ErrShape},
		"a tie to nothing":             {&nn.Linear{Out: 3, Weight: nn.Tied{}}, gpu.ErrShape},
		"a tie to what comes later":    {nn.Sequential{&nn.Linear{Out: 4, Weight: nn.Tied{Table: table}}, table}, gpu.ErrShape},
		"a dropout of everything":      {&nn.Dropout{Rate: 1}, gpu.ErrShape},
		"a dropout that is no number":  {&nn.Dropout{Rate: nan}, gpu.ErrShape},
		"one dropout in two places":    {nn.Sequential{dropout, &nn.Linear{Out: 3}, dropout}, nil},
		"one layer in two places":      {nn.Sequential{twice, twice}, gpu.ErrShape},
		"two layers of one name":       {nn.Sequential{nn.Named("x", &nn.Linear{Out: 3}), nn.Named("x", &nn.Linear{Out: 3})}, gpu.ErrShape},
	} {
		for _, measured := range []bool{true, false} {
			nntest.Survive(t, name, c.want, func() error {
				cfg := nn.Config{Layer: c.layer, Loss: nn.SquaredError{}, Rule: nn.Adam{}, In: in}
				if measured {
					_, err := nn.Measure(dev, cfg)
					return err
				}
				return build(dev, cfg)
			})
		}
	}
	layer := func() nn.Layer { return &nn.Linear{Out: 2} }
	for name, c := range map[string]struct {
		edit func(c *nn.Config)
		want error
	}{
		"all is there":            {func(*nn.Config) {}, nil},
		"no loss":                 {func(c *nn.Config) { c.Loss = nil }, nil},
		"no rule":                 {func(c *nn.Config) { c.Rule = nil }, nil},
		"a nil pointer to a rule": {func(c *nn.Config) { c.Rule = (*nn.Adam)(nil) }, nil},
		"no input":                {func(c *nn.Config) { c.In = nn.Shape{} }, gpu.ErrShape},
		"a negative input":        {func(c *nn.Config) { c.In.Batch = -1 }, gpu.ErrShape},
		"an input that overflows": {func(c *nn.Config) { c.In = nn.Shape{Length: 1 << 40, Batch: 1 << 40, Width: 3} }, gpu.ErrShape},
		"a rate that is none":     {func(c *nn.Config) { c.Rates[1] = nan }, gpu.ErrSetting},
		"a negative rate":         {func(c *nn.Config) { c.Rates[0] = -1 }, gpu.ErrSetting},
		"a decay that is none":    {func(c *nn.Config) { c.Decay = nan }, gpu.ErrSetting},
		"an infinite decay":       {func(c *nn.Config) { c.Decay = inf }, gpu.ErrSetting},
		"adam: NaN":               {func(c *nn.Config) { c.Rule = nn.Adam{Beta1: nan} }, gpu.ErrSetting},
		"adam: β of 1":            {func(c *nn.Config) { c.Rule = nn.Adam{Beta1: 0.9, Beta2: 1} }, gpu.ErrSetting},
		"adam: β of nearly 1":     {func(c *nn.Config) { c.Rule = nn.Adam{Beta1: 0.9, Beta2: 1 - 1e-12} }, gpu.ErrSetting},
		"adam: negative ε":        {func(c *nn.Config) { c.Rule = nn.Adam{Eps: -1e-8} }, gpu.ErrSetting},
		"adam: an ε of nothing":   {func(c *nn.Config) { c.Rule = nn.Adam{Beta1: 0.9, Beta2: 0.999, Eps: 1e-50} }, gpu.ErrSetting},
		"adam: no ε":              {func(c *nn.Config) { c.Rule = nn.Adam{Beta1: 0.9, Beta2: 0.999} }, nil},
		"adam: a negative clip":   {func(c *nn.Config) { c.Rule = nn.Adam{Clip: -1} }, gpu.ErrSetting},
		"adam: a clip of NaN":     {func(c *nn.Config) { c.Rule = nn.Adam{Clip: nan} }, gpu.ErrSetting},
		"rmsprop: no α":           {func(c *nn.Config) { c.Rule = nn.RMSprop{} }, nil},
		"rmsprop: no α but ε":     {func(c *nn.Config) { c.Rule = nn.RMSprop{Eps: 1e-6} }, nil},
		"rmsprop: no ε":           {func(c *nn.Config) { c.Rule = nn.RMSprop{Alpha: 0.9} }, nil},
		"rmsprop: an α of NaN":    {func(c *nn.Config) { c.Rule = nn.RMSprop{Alpha: nan} }, gpu.ErrSetting},
		"sgd: a momentum of 1":    {func(c *nn.Config) { c.Rule = nn.SGD{Momentum: 1} }, gpu.ErrSetting},
		"sgd: negative momentum":  {func(c *nn.Config) { c.Rule = nn.SGD{Momentum: -0.5} }, gpu.ErrSetting},
		"tokens that are values":  {func(c *nn.Config) { c.Tokens = true }, nil},
	} {
		nntest.Survive(t, name, c.want, func() error {
			cfg := nn.Config{Layer: layer(), Loss: nn.SquaredError{}, Rule: nn.Adam{}, In: in}
			c.edit(&cfg)
			return build(dev, cfg)
		})
	}

	net, err := nn.New(dev, nn.Config{Layer: layer(), Loss: nn.CrossEntropy{}, Rule: nn.SGD{}, In: in})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	plain, err := nn.New(dev, nn.Config{Layer: layer(), In: in})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	step := func(n int64, rate float64, counted int) func() error {
		return func() error { _, err := net.TrainStep(n, rate, counted); return err }
	}
	predict := func(samples ...[]float64) func() error {
		return func() error { _, err := net.Predict(samples); return err }
	}
	for name, c := range map[string]struct {
		want error
		f    func() error
	}{
		"no device":                  {gpu.ErrNoDevice, func() error { return build(nil, nn.Config{Layer: layer(), In: in}) }},
		"no device: measure":         {gpu.ErrNoDevice, func() error { _, err := nn.Measure(nil, nn.Config{Layer: layer(), In: in}); return err }},
		"step 0":                     {gpu.ErrSetting, step(0, 0.1, 1)},
		"a rate of NaN":              {gpu.ErrSetting, step(1, nan, 1)},
		"an infinite rate":           {gpu.ErrSetting, step(1, 1e300, 1)},
		"nothing counts":             {nil, step(1, 0.1, 0)},
		"less than nothing counts":   {nil, step(1, 0.1, -7)},
		"a step without a rule":      {gpu.ErrShape, func() error { _, err := plain.TrainStep(1, 1, 1); return err }},
		"an evaluation without loss": {gpu.ErrShape, func() error { _, err := plain.EvalStep(); return err }},
		"the batch without a rule": {nil, func() error {
			copy(plain.Train.Values(), []float32{1})
			_ = plain.Train.Labels()
			_ = plain.Eval.Targets()
			_ = plain.Eval.Tokens()
			return nil
		}},
		"predict a short sample":      {gpu.ErrShape, predict([]float64{1})},
		"predict no sample":           {nil, predict()},
		"predict a NaN":               {gpu.ErrNotFinite, predict([]float64{1, 2, 3, 4, 5, nan})},
		"predict beyond fp32":         {gpu.ErrNotFinite, predict([]float64{1, 2, 3, 4, 5, 1e39})},
		"predict no matrix":           {gpu.ErrShape, func() error { _, err := net.PredictMat(nil); return err }},
		"predict a nil matrix":        {gpu.ErrShape, func() error { _, err := net.PredictMat((*mat.Dense)(nil)); return err }},
		"predict an empty matrix":     {nil, func() error { _, err := net.PredictMat(&mat.Dense{}); return err }},
		"forward of nothing":          {gpu.ErrShape, func() error { f, err := net.Forward(nn.Shape{}, false); f.Close(); return err }},
		"forward of a negative shape": {gpu.ErrShape, func() error { _, err := net.Forward(nn.Shape{Length: -1, Batch: 1, Width: 3}, true); return err }},
		"the tail of more than all":   {gpu.ErrShape, func() error { _, _, err := net.Eval.TailSum(99); return err }},
		"the tail of less than none":  {gpu.ErrShape, func() error { _, _, err := net.Eval.TailSum(-1); return err }},
		"params in no arena": {nil, func() error {
			p := nn.NewParams(dev.Info(), nil, 1, true)
			_, _ = layer().Declare(p, in)
			return p.Complete()
		}},
		"a tensor of a negative size": {gpu.ErrShape, func() error {
			p := nn.NewParams(dev.Info(), new(gpu.Arena), 1, true)
			p.Add(nn.Tensor{Name: "a", Rows: -1, Cols: 2})
			return p.Complete()
		}},
		"register nothing": {gpu.ErrShape, func() error {
			p := nn.NewParams(dev.Info(), new(gpu.Arena), 1, true)
			p.Register(nil)
			return p.Complete()
		}},
		"host memory that is none": {nil, func() error {
			_ = nn.Host(gpu.View{})
			_ = nn.Host(new(gpu.Arena).Unit("u", gpu.DeviceToHost).Reserve(2, 2))
			return nil
		}},
	} {
		nntest.Survive(t, name, c.want, c.f)
	}
}
