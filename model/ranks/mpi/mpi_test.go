//go:build mpi && cgo

package mpi_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/ranks"
	"github.com/spectral-gpu/spectral-gpu/model/ranks/mpi"
)

// TestMain is that of the test, or what mpirun has started: a rank.
func TestMain(m *testing.M) {
	if part := os.Getenv("SPECTRAL_TEST_RANK"); part != "" {
		os.Exit(beRank(part))
	}
	os.Exit(m.Run())
}

// mpirun starts so many of this program as ranks, and returns what they and mpirun say.
func mpirun(t *testing.T, n int, part string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", fmt.Sprint(n), exe}
	if version, _ := exec.Command("mpirun", "--version").Output(); bytes.Contains(version, []byte("Open MPI")) {
		args = append([]string{"--oversubscribe", "--bind-to", "none"}, args...)
	}
	cmd := exec.Command("mpirun", args...)
	cmd.Env = append(os.Environ(), "SPECTRAL_TEST_RANK="+part, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// beRank does a part of a test and returns the exit code.
func beRank(part string) int {
	world, err := mpi.Open()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	g := ranks.New(world)
	g.Code = func(error) int { return 6 }
	switch part {
	case "sums":
		err = sums(g, world.Place())
	case "fails":
		if g.Rank() == 1 {
			err = errors.New("no room")
			break
		}
		err = errors.Join(g.Barrier(), g.Barrier())
		if of := (*ranks.Error)(nil); !errors.As(err, &of) || of.Rank != 1 || of.Code != 6 || of.Text != "no room" {
			fmt.Println("unexpected:", err)
		}
	case "slow": // is not lost
		if g.Rank() == 1 {
			time.Sleep(mpi.Patience + 2*time.Second)
		}
		err = g.Barrier()
	case "out of step":
		err = g.Sum(make([]float32, 3+g.Rank()), make([]float32, 3+g.Rank()), nil)
	}
	if err == nil {
		if err = g.Barrier(); err == nil {
			err = world.Close()
		}
	}
	if err != nil {
		fmt.Printf("rank %d: %v\n", g.Rank(), err)
		g.Fail(err)
		world.Abort(6)
	}
	return 0
}

// sums adds vectors of many lengths; each element tells its place and what it is the sum of.
func sums(g *ranks.Group, place ranks.Place) error {
	if place.Size != g.Size() || place.Rank < 0 || place.Rank >= place.Size || place.Cores < 1 || g.Host(0) == "" {
		return fmt.Errorf("place %+v among %d ranks on %s", place, g.Size(), g.Host(0))
	}
	for _, n := range []int{0, 1, 33, 1000, 100000, 3000000, 1000} {
		src, dst, tail := make([]float32, n), make([]float32, n), []float64{1, float64(g.Rank())}
		for i := range src {
			src[i] = float32((i%1000)*10 + g.Rank())
		}
		if err := g.Sum(dst, src, tail); err != nil {
			return err
		}
		below := g.Size() * (g.Size() - 1) / 2
		for i, v := range dst {
			if want := float32((i%1000)*10*g.Size() + below); v != want {
				return fmt.Errorf("%d words, element %d: %v, want %v", n, i, v, want)
			}
		}
		if tail[0] != float64(g.Size()) || tail[1] != float64(below) {
			return fmt.Errorf("tail %v", tail)
		}
	}
	if err := begun(g); err != nil {
		return err
	}
	content, err := g.Broadcast(bytes.Repeat([]byte{byte(g.Rank())}, 100000*(1+g.Rank())))
	if err == nil && !bytes.Equal(content, make([]byte, 100000)) {
		err = fmt.Errorf("%d bytes of rank 0", len(content))
	}
	return err
}

// begun adds vectors beside work that takes the rank longer than one of them, and nothing for another.
func begun(g *ranks.Group) error {
	var dst [3][]float32
	for i, n := range []int{2000000, 70000, 1000000} {
		src := make([]float32, n)
		dst[i] = make([]float32, n)
		for j := range src {
			src[j] = float32(j%1000*10 + g.Rank())
		}
		g.Begin(dst[i], src)
		if i == 1 {
			for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
			}
		}
	}
	tail := []float64{1}
	if err := g.Sum(nil, nil, tail); err != nil || tail[0] != float64(g.Size()) {
		return fmt.Errorf("tail %v, %w", tail, err)
	}
	below := g.Size() * (g.Size() - 1) / 2
	for i, d := range dst {
		for j, v := range d {
			if want := float32(j%1000*10*g.Size() + below); v != want {
				return fmt.Errorf("begun sum %d, element %d: %v, want %v", i, j, v, want)
			}
		}
	}
	return nil
}

func TestMPISums(t *testing.T) {
	for n := 1; n <= 4; n++ {
		if out, err := mpirun(t, n, "sums"); err != nil {
			t.Errorf("%d ranks: %v\n%s", n, err, out)
		}
	}
}

func TestMPIFailure(t *testing.T) {
	for part, want := range map[string]string{"fails": "rank 1: no room", "out of step": "rank "} {
		start := time.Now()
		out, err := mpirun(t, 3, part)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 6 || !strings.Contains(out, want) || strings.Contains(out, "unexpected") || time.Since(start) > 10*time.Second {
			t.Errorf("%s: after %v: %v\n%s", part, time.Since(start), err, out)
		}
	}
}

// TestMPIPatience: a rank that is busy for longer than a lost one is waited for.
func TestMPIPatience(t *testing.T) {
	if out, err := mpirun(t, 2, "slow"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
