package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// smallTask is a task on a small amount of data, and the cells that are trained on it.
type smallTask struct {
	name   string
	config data.Config
	cells  []string
}

// smallTasks has every task that package data knows; files are written below dir.
func smallTasks(t testing.TB, dir string) []smallTask {
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := datatest.WriteMNIST(dir, 60, 12, 1); err != nil {
		t.Fatal(err)
	}
	words := func(n int) string {
		return strings.Repeat(" the cat sat on the mat and the dog ran \n a dog and a cat sat \n the end \n", n)
	}
	for split, n := range map[string]int{"train": 30, "valid": 3, "test": 3} {
		write("ptb/ptb."+split+".txt", words(n))
	}
	// Two classes of waves, and what comes next in one.
	table := func(rows int, separator string, labelFirst bool) string {
		var b strings.Builder
		for row := range rows {
			var cells []string
			for i := range 12 {
				cells = append(cells, fmt.Sprintf("%.4f", math.Sin(float64(i*(1+row%2))+0.1*float64(row))))
			}
			label := fmt.Sprint(2*(row%2) - 1)
			if labelFirst {
				cells = append([]string{label}, cells...)
			} else {
				cells = append(cells, label)
			}
			b.WriteString(strings.Join(cells, separator) + "\n")
		}
		return b.String()
	}
	write("ucr/Waves_TRAIN.tsv", table(30, "\t", true))
	write("ucr/Waves_TEST.tsv", table(10, "\t", true))
	recurrent := []string{"spectral", "rnn"}
	stream := []string{"spectral", "lstm"}
	return []smallTask{
		{"adding", data.Config{Length: 9, ValidSize: 8, TestSize: 8}, []string{"spectral", "rnn", "gru"}},
		{"copy", data.Config{Length: 3, ValidSize: 8, TestSize: 8}, []string{"ornn", "lstm", "spectral-lstm"}},
		{"mnist", data.Config{Length: 28}, recurrent},
		{"pmnist", data.Config{Length: 1}, []string{"spectral-mlp", "resnet", "mlp", "spectral-resnet"}},
		{"ptb", data.Config{Length: 5}, stream},
		{"ptb-char", data.Config{Length: 7}, stream},
		{"text:" + write("input.txt", words(12)), data.Config{Length: 6, Shares: data.Shares{Train: 0.8, Valid: 0.1, Test: 0.1}}, stream},
		{"ucr:Waves", data.Config{}, recurrent},
		{"csv:" + write("waves.csv", table(40, ",", false)), data.Config{}, []string{"spectral", "irnn"}},
		{"series:" + write("series.csv", table(60, ";", false)), data.Config{Length: 4}, recurrent},
	}
}

// combinations are settings that no task has by itself, each on a task and with a cell that take them; together they have all of them.
var combinations = []struct {
	name, task, cell string
	set              func(m *model.Config)
}{
	{"dropout, dropped states, noise, modrelu, two layers", "adding", "spectral", func(m *model.Config) {
		m.Layers, m.Dropout, m.DropoutState, m.Initial, m.InitialNoise, m.Activation = 2, 0.2, 0.2, "noise", 0.1, "modrelu"
	}},
	{"tied, dropout, dropped states, scaled-tanh", "ptb", "spectral", func(m *model.Config) {
		m.Tied, m.Dropout, m.DropoutState, m.Activation = true, 0.2, 0.2, "scaled-tanh"
	}},
	{"tied, dropout over time, modrelu, two layers", "text", "rnn", func(m *model.Config) {
		m.Layers, m.Tied, m.Embedding, m.Dropout, m.DropoutOverTime, m.Activation = 2, true, m.Hidden, 0.2, true, "modrelu"
	}},
	{"dropout over time, dropped states, noise", "copy", "lstm", func(m *model.Config) {
		m.Dropout, m.DropoutOverTime, m.DropoutState, m.Initial, m.InitialNoise = 0.2, true, 0.2, "noise", 0.1
	}},
	{"dropped states, noise, two layers", "adding", "gru", func(m *model.Config) {
		m.Layers, m.DropoutState, m.Initial, m.InitialNoise = 2, 0.2, "noise", 0.1
	}},
	{"dropout, scaled-tanh, three layers", "pmnist", "spectral-resnet", func(m *model.Config) {
		m.Layers, m.Dropout, m.Activation = 3, 0.2, "scaled-tanh"
	}},
	{"dropout, noise, scaled-tanh", "series", "irnn", func(m *model.Config) {
		m.Dropout, m.Initial, m.InitialNoise, m.Activation = 0.2, "noise", 0.1, "scaled-tanh"
	}},
}

// open returns the settings of a small run of 50 steps, and its task.
func (s smallTask) open(t testing.TB, dir, cell string) (Config, data.Task) {
	t.Helper()
	c := Config{Task: s.name, Config: s.config, Seed: 3}
	task, err := c.OpenTask(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { task.Close() })
	c = Default(s.name, task.Spec(), Config{Model: model.Config{Cell: cell, Hidden: 8}})
	c.Config, c.Seed, c.Epochs, c.Steps, c.EvalEvery, c.SaveEvery = s.config, 3, 0, 50, 25, 0
	c.Model.Batch, c.Model.Reflectors = 6, 3
	return c, task
}

// lossesOf runs in a folder and returns the loss of every step, then those of evaluations. It stops after a step, or 0 for never.
func lossesOf(t testing.TB, dev *gpu.Device, c Config, task data.Task, dir string, resume bool, stop int64) []float64 {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var losses, evals []float64
	_, err := Run(ctx, c, Options{Dev: dev, Task: task, Folder: Folder{Dir: dir}, Resume: resume, Observe: func(e Event) {
		switch e := e.(type) {
		case StepEvent:
			losses = append(losses, e.Loss)
			if e.Step == stop {
				cancel()
			}
		case EvalEvent:
			evals = append(evals, e.Value)
		}
	}})
	if stop > 0 && !errors.Is(err, ErrInterrupted) || stop == 0 && err != nil {
		t.Fatal(err)
	}
	return append(losses, evals...)
}

// tasksOf returns the names of tasks without their arguments.
func tasksOf(names []string) []string {
	var list []string
	for _, n := range names {
		name, _, _ := strings.Cut(n, ":")
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// TestEveryTask trains some cells for 50 steps on every task, every cell on one, and combinations of further settings: losses and evaluations of the CPU and of Vulkan agree to a thousandth, and on each device
// the run that is interrupted in the middle of an epoch and resumed leaves the same bits as one that is not.
func TestEveryTask(t *testing.T) {
	dir := t.TempDir()
	tasks := smallTasks(t, dir)
	var have []string
	for _, s := range tasks {
		have = append(have, s.name)
	}
	if all := tasksOf(data.TaskNames()); !slices.Equal(all, tasksOf(have)) {
		t.Errorf("the tasks are %q, those tried %q", all, tasksOf(have))
	}
	for _, cell := range model.Cells() {
		if !slices.ContainsFunc(tasks, func(s smallTask) bool { return slices.Contains(s.cells, cell) }) {
			t.Errorf("no task is tried with the cell %s", cell)
		}
	}
	for _, k := range combinations {
		if !slices.Contains(tasksOf(have), k.task) {
			t.Errorf("there is no task %s to try %s on", k.task, k.name)
		}
	}
	devices := map[string]*gpu.Device{}
	for _, name := range []string{"cpu", "vulkan"} {
		if testing.Short() && name == "vulkan" { // under the race detector: minutes, and nothing that other tests do not do at once
			continue
		}
		dev, err := gpu.Open(name, gpu.Options{})
		if err != nil && name == "vulkan" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
			t.Log("no Vulkan device:", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		devices[name] = dev
	}
	for _, s := range tasks {
		task, _, _ := strings.Cut(s.name, ":")
		for _, cell := range s.cells {
			t.Run(task+"/"+cell, func(t *testing.T) {
				c, task := s.open(t, dir, cell)
				sameOnDevices(t, devices, c, task)
			})
		}
		for _, k := range combinations {
			if k.task != task {
				continue
			}
			t.Run(task+"/"+k.cell+"/"+k.name, func(t *testing.T) {
				c, task := s.open(t, dir, k.cell)
				k.set(&c.Model)
				sameOnDevices(t, devices, c, task)
			})
		}
	}
}

// sameOnDevices trains undisturbed, and interrupted and resumed.
func sameOnDevices(t *testing.T, devices map[string]*gpu.Device, c Config, task data.Task) {
	t.Helper()
	all := map[string][]float64{}
	for name, dev := range devices {
		whole, cut := memoryDir(t), memoryDir(t)
		all[name] = lossesOf(t, dev, c, task, whole, false, 0)
		lossesOf(t, dev, c, task, cut, false, 23)
		lossesOf(t, dev, c, task, cut, true, 0)
		if d := difference(folderOf(t, whole), folderOf(t, cut)); d != "" {
			t.Errorf("%s: interrupted and resumed: %s", name, d)
		}
	}
	if want, got := all["cpu"], all["vulkan"]; got != nil {
		agree(t, want, got)
	}
}

func agree(t *testing.T, cpu, vulkan []float64) {
	t.Helper()
	if len(cpu) != len(vulkan) || len(cpu) < 52 {
		t.Fatalf("%d losses on the CPU, %d on Vulkan; want 50, and evaluations", len(cpu), len(vulkan))
	}
	worst := 0.0
	for i, want := range cpu {
		e := math.Abs(vulkan[i]-want) / max(1, math.Abs(want))
		if !(e <= 1e-3) {
			t.Errorf("loss %d is %g on Vulkan, %g on the CPU", i+1, vulkan[i], want)
		}
		worst = max(worst, e)
	}
	t.Logf("from %.3g to %.3g; the devices differ by %.2g at most", cpu[0], cpu[49], worst)
}

// TestEpochsOfAStream: a stream carries its state through an epoch and begins each anew. With parameters that do not move, the losses of the second
// epoch are those of the first, bit for bit, and those of an epoch change where its second batch begins with the initial state.
func TestEpochsOfAStream(t *testing.T) {
	dir := t.TempDir()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	for _, s := range smallTasks(t, dir) {
		c, task := s.open(t, dir, "rnn")
		if !task.Spec().Stream {
			continue
		}
		perEpoch := int64(task.Spec().Batches(data.Train, c.Model.Batch, c.Model.Length))
		c.Steps, c.EvalEvery = 2*perEpoch, 2 // evaluations between the batches must not matter
		c.Optimizer.Name, c.Optimizer.LR, c.Optimizer.Clip, c.Optimizer.Schedule = "sgd", 1e-30, 0, model.Constant
		losses := lossesOf(t, dev, c, task, t.TempDir(), false, 0)
		first, second := losses[:perEpoch], losses[perEpoch:2*perEpoch]
		if !slices.Equal(first, second) {
			t.Errorf("%s: losses %g in the first epoch, %g in the second", s.name, first, second)
		}
		net, err := model.New(dev, c.Model, c.Optimizer)
		if err != nil {
			t.Fatal(err)
		}
		counted, err := task.Fill(data.Train, 0, 1, net.Batch())
		if err != nil {
			t.Fatal(err)
		}
		stats, err := net.TrainStep(model.Position{}, counted)
		if err != nil {
			t.Fatal(err)
		}
		if fresh := stats.LossSum / float64(counted); math.Abs(fresh-first[1]) < 1e-6 { // without a carried state they would be equal bit for bit
			t.Errorf("%s: the second batch has the loss %g whatever came before it", s.name, fresh)
		}
		net.Close()
	}
}
