package model_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

func TestCheckpointResumesBitForBit(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c, o := small("spectral", data.CrossEntropy), model.DefaultOptimizer()
		run := func(m *model.Network, from, to int64) {
			fill(m)
			for s := from; s <= to; s++ {
				if _, err := m.TrainStep(model.Position{Step: s - 1}, m.Config.Batch); err != nil {
					t.Fatal(err)
				}
			}
		}
		save := func(m *model.Network, name string) []byte {
			path := filepath.Join(t.TempDir(), name)
			if err := model.Save(path, m, model.Position{Step: 8}); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		whole := newNetwork(t, dev, c, o)
		run(whole, 1, 8)

		first := newNetwork(t, dev, c, o)
		run(first, 1, 5)
		path := filepath.Join(t.TempDir(), "half")
		if err := model.Save(path, first, model.Position{Step: 5, Epoch: 1, Index: 2}); err != nil {
			t.Fatal(err)
		}
		ck, err := model.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if ck.Config != c || ck.Optimizer != o || ck.Position != (model.Position{Step: 5, Epoch: 1, Index: 2}) {
			t.Errorf("loaded %+v %+v %+v", ck.Config, ck.Optimizer, ck.Position)
		}
		second := newNetwork(t, dev, c, o)
		if err := ck.Restore(second); err != nil {
			t.Fatal(err)
		}
		run(second, 6, 8)
		if string(save(whole, "a")) != string(save(second, "b")) {
			t.Error("8 steps, and 5 steps saved and resumed for 3 more, give different checkpoints")
		}
	})
}

// TestCopiesAreApart copies a network in memory, with its optimiser: a copy trains to the bits of the original, and none of them sees another.
func TestCopiesAreApart(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		train := func(m *model.Network, from, to int64) {
			fill(m)
			for s := from; s <= to; s++ {
				if _, err := m.TrainStep(model.Position{Step: s - 1}, m.Config.Batch); err != nil {
					t.Fatal(err)
				}
			}
		}
		snapshot := func(m *model.Network) *model.Snapshot {
			s, err := m.Snapshot(model.Position{Step: 5}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		original := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
		train(original, 1, 3)
		kept := snapshot(original)
		train(original, 4, 5)
		want := snapshot(original)
		for range 2 {
			twin, err := (&model.Checkpoint{Snapshot: *kept}).Network(dev)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(twin.Close)
			if reflect.DeepEqual(snapshot(twin).Tensors, want.Tensors) {
				t.Error("the copy has what the original learned after it")
			}
			train(twin, 4, 5)
			if !reflect.DeepEqual(snapshot(twin).Tensors, want.Tensors) {
				t.Error("the copy learns something else than the original")
			}
		}
		if !reflect.DeepEqual(snapshot(original).Tensors, want.Tensors) {
			t.Error("training its copies changed the original")
		}
	})
}

func TestDamagedCheckpoints(t *testing.T) {
	dev := open(t, "cpu")
	m := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := model.Save(good, m, model.Position{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{
		"empty": nil, "truncated header": raw[:20], "truncated data": raw[:len(raw)-4], "longer": append(append([]byte{}, raw...), 0), "text": []byte("not a checkpoint at all"),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Load(path); !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%s: %v, want ErrCheckpoint", name, err)
		}
	}
	ck, err := model.Load(good)
	if err != nil {
		t.Fatal(err)
	}
	other := small("spectral", data.CrossEntropy)
	other.Hidden = 9
	if err := ck.Restore(newNetwork(t, dev, other, model.DefaultOptimizer())); !errors.Is(err, model.ErrCheckpoint) {
		t.Errorf("restore into another shape: %v, want ErrCheckpoint", err)
	}
}

// TestEveryFlippedBitIsRefusedOrHarmless flips bits all over a checkpoint: what still loads holds the same.
func TestEveryFlippedBitIsRefusedOrHarmless(t *testing.T) {
	good := encoded(t, snapshot(t))
	want, err := model.Decode(good)
	if err != nil {
		t.Fatal(err)
	}
	harmless := 0
	for bit := 0; bit < 8*len(good); bit += 1 + 3*(bit/8/4000) { // every bit of the header, fewer further on
		raw := bytes.Clone(good)
		raw[bit/8] ^= 1 << (bit % 8)
		got, err := model.Decode(raw)
		if err != nil {
			continue
		}
		harmless++
		if !reflect.DeepEqual(got, want) {
			t.Errorf("bit %d of byte %d (%q) changes what is read", bit%8, bit/8, good[bit/8])
		}
	}
	t.Logf("%d bytes, %d flips that change nothing", len(good), harmless)
	if harmless > 16 {
		t.Errorf("%d flips were not noticed; only those of the padding's spaces may be", harmless)
	}
}

// snapshot returns a small network's state, and encoded a file's bytes.
func snapshot(t testing.TB) *model.Snapshot {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	c := small("spectral", data.CrossEntropy)
	c.Hidden, c.Reflectors, c.Layers = 3, 2, 1
	m, err := model.New(dev, c, model.DefaultOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := m.Snapshot(model.Position{Step: 7, Epoch: 1, Index: 2, Owed: model.Owed{Eval: true}}, json.RawMessage(`{"of":"the caller"}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t testing.TB, s *model.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshotComesBackWhole(t *testing.T) {
	s := snapshot(t)
	s.Tensors = append(s.Tensors, model.NamedTensor{Name: "state.h", Rows: 2, Cols: 3, Data: []float32{1, 2, 3, 4, 5, -6}})
	c, err := model.Decode(encoded(t, s))
	if err != nil || c.Warning != "" {
		t.Fatalf("%v, warning %q", err, c.Warning)
	}
	slices.SortFunc(s.Tensors, func(a, b model.NamedTensor) int { return strings.Compare(a.Name, b.Name) })
	if !reflect.DeepEqual(&c.Snapshot, s) {
		t.Errorf("got %+v\nwant %+v", c.Snapshot, *s)
	}
	m := newNetwork(t, open(t, "cpu"), s.Config, s.Optimizer)
	if err := c.Restore(m); !errors.Is(err, model.ErrCheckpoint) || !strings.Contains(err.Error(), "state.h") {
		t.Errorf("a tensor that the network has no place for: %v", err)
	}
}

// TestWhatTheLoaderRefusesIsNotSaved: a file that could not be read back never takes the place of a good one.
func TestWhatTheLoaderRefusesIsNotSaved(t *testing.T) {
	for name, change := range map[string]func(*model.Snapshot){
		"NaN parameter":     func(s *model.Snapshot) { s.Tensors[0].Data[1] = float32(math.NaN()) },
		"infinite moment":   func(s *model.Snapshot) { s.Tensors[len(s.Tensors)-1].Data[0] = float32(math.Inf(1)) },
		"negative step":     func(s *model.Snapshot) { s.Position.Step = -5 },
		"negative batch":    func(s *model.Snapshot) { s.Position.Index = -1 },
		"epoch beyond step": func(s *model.Snapshot) { s.Position.Epoch = 8 },
		"settings":          func(s *model.Snapshot) { s.Config.Hidden = 0 },
		"optimiser":         func(s *model.Snapshot) { s.Optimizer.LR = math.NaN() },
		"twice":             func(s *model.Snapshot) { s.Tensors[1].Name = s.Tensors[0].Name },
		"wrong size":        func(s *model.Snapshot) { s.Tensors[1].Rows++ },
	} {
		s := snapshot(t)
		change(s)
		var b bytes.Buffer
		if err := s.Encode(&b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %d bytes were written, %v", name, b.Len(), err)
		}
	}
}

// TestSettingsOfACheckpointAreChecked gives the loader settings that can be read but not be, in a file without checksums.
func TestSettingsOfACheckpointAreChecked(t *testing.T) {
	old := unsealed(t)
	c, err := model.Decode(old)
	if err != nil || c.Warning == "" || c.Position.Step != 7 {
		t.Fatalf("a file of the earlier format: %v, want it read with a warning", err)
	}
	for name, r := range map[string][2]string{
		"step":           {`\"step\":7`, `\"step\":-5`},
		"batch":          {`\"index\":2`, `\"index\":-2`},
		"unknown field":  {`\"index\":2`, `\"index\":2,\"indices\":2`},
		"hidden":         {`\"hidden\":3`, `\"hidden\":-3`},
		"loss":           {`\"loss\":\"cross-entropy\"`, `\"loss\":\"hinge\"`},
		"of the network": {`\"hidden\":3`, `\"hidden\":3,\"depth\":3`},
		"learning rate":  {`\"lr\":0.004`, `\"lr\":-0.004`},
	} {
		if !bytes.Contains(old, []byte(r[0])) {
			t.Fatalf("%s: the file has no %s", name, r[0])
		}
		raw := reheaded(t, old, r[0], r[1])
		if _, err := model.Decode(raw); err == nil {
			t.Errorf("%s: %s was taken", name, r[1])
		}
	}
}

// TestVersionOfACheckpoint: a file names the program that wrote it, one without that is taken as well.
func TestVersionOfACheckpoint(t *testing.T) {
	c, err := model.Decode(encoded(t, snapshot(t)))
	if err != nil || c.Version == "" || c.Version != model.Version() {
		t.Errorf("version %q, %v; want %q", c.Version, err, model.Version())
	}
	old := unsealed(t)
	entry := `\"version\":\"` + model.Version() + `\",`
	if !bytes.Contains(old, []byte(entry)) {
		t.Fatalf("the file has no %s", entry)
	}
	if c, err = model.Decode(reheaded(t, old, entry, "")); err != nil || c.Version != "" {
		t.Errorf("a file without a version: %q, %v", c.Version, err)
	}
}

// unsealed returns a checkpoint of the earlier format, without checksums.
func unsealed(t testing.TB) []byte {
	raw := encoded(t, snapshot(t))
	for _, key := range []string{"settings", "tensors"} {
		i := bytes.Index(raw, []byte(`"sha256.`+key))
		end := i + bytes.IndexAny(raw[i:], ",}")
		cut := string(raw[i:end])
		if raw[end] == ',' {
			cut += ","
		} else {
			cut = "," + cut
		}
		raw = reheaded(t, raw, cut, "")
	}
	return reheaded(t, raw, "spectral-gpu/2", "spectral-gpu/1")
}

// reheaded replaces a part of the header, whose length comes before it.
func reheaded(t testing.TB, raw []byte, old, with string) []byte {
	t.Helper()
	n := binary.LittleEndian.Uint64(raw)
	head := bytes.Replace(raw[8:8+n], []byte(old), []byte(with), 1)
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(out, head...), raw[8+n:]...)
}

// FuzzLoad reads damaged checkpoints and restores what is taken: seeds are whole files of both formats.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte{})
	f.Add(encoded(f, snapshot(f)))
	f.Add(unsealed(f))
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		f.Fatal(err)
	}
	good := snapshot(f)
	m, err := model.New(dev, good.Config, good.Optimizer)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { m.Close(); dev.Close() })
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := model.Decode(raw)
		if err != nil {
			return
		}
		if err := c.Restore(m); err != nil && !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%v is no ErrCheckpoint", err)
		}
		if err := c.Encode(io.Discard); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzActivation(f *testing.F) {
	for _, s := range []string{"relu", "leaky-relu", "leaky-relu:0.2", "leaky-relu:1e-9", "tanh", "identity", "leaky-relu:NaN", "relu:1", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := model.ParseActivation(s)
		if err == nil && !(a.Slope >= 0 && a.Slope <= 1) || err != nil && !errors.Is(err, model.ErrConfig) {
			t.Errorf("%q gives %+v, %v", s, a, err)
		}
	})
}

// The shorter side of a rectangular weight is stored with room behind its rows, of which nothing outside knows: its tensor has the shape of V, and
// comes back as it was, with the optimiser's moments.
func TestRectangularWeightsKeepTheirShapes(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		m := newNetwork(t, dev, small("spectral-lstm", data.CrossEntropy), model.DefaultOptimizer())
		fill(m)
		for s := range int64(3) {
			if _, err := m.TrainStep(model.Position{Step: s}, m.Config.Batch); err != nil {
				t.Fatal(err)
			}
		}
		first, err := m.Snapshot(model.Position{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := m.Config.Hidden
		for name, cols := range map[string]int{"layers.0.U": 4 * n, "layers.0.V": n, "optim.m.layers.0.V": n} {
			i := slices.IndexFunc(first.Tensors, func(x model.NamedTensor) bool { return x.Name == name })
			if i < 0 || first.Tensors[i].Rows != m.Config.Reflectors || first.Tensors[i].Cols != cols {
				t.Fatalf("%s: %d × %d of %d tensors, want %d × %d", name, first.Tensors[max(i, 0)].Rows, first.Tensors[max(i, 0)].Cols, len(first.Tensors), m.Config.Reflectors, cols)
			}
		}
		again := newNetwork(t, dev, m.Config, model.DefaultOptimizer())
		if err := (&model.Checkpoint{Snapshot: *first}).Restore(again); err != nil {
			t.Fatal(err)
		}
		fill(again)
		want, err := m.TrainStep(model.Position{Step: 3}, m.Config.Batch)
		got, err2 := again.TrainStep(model.Position{Step: 3}, m.Config.Batch)
		if err != nil || err2 != nil || got != want {
			t.Errorf("the next step: %+v, want %+v; %v, %v", got, want, err, err2)
		}
	})
}
