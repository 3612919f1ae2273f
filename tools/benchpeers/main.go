// Command benchpeers measures two programs against each other: it runs their commands in turn and prints the ratio of the medians of the
// seconds that they report. A command reports by printing lines of JSON with a field median_s; its first such line counts.
//
//	go run ./tools/benchpeers -rounds 5 -ours 'bin/spectral-gpu bench --suite step --cell spectral --json' -peer 'python3 peer.py'
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each command runs")
	ours := flag.String("ours", "", "our command line, run by sh")
	peer := flag.String("peer", "", "the peer's command line, run by sh")
	flag.Parse()
	if *ours == "" || *peer == "" || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "benchpeers: -ours and -peer are command lines that print JSON with median_s; -rounds is at least 1")
		os.Exit(2)
	}
	if err := compare(*rounds, *ours, *peer); err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
}

// compare runs the commands alternately, so that a change of the machine's speed meets both.
func compare(rounds int, ours, peer string) error {
	var a, b []float64
	for range rounds {
		for _, c := range []struct {
			cmd string
			dst *[]float64
		}{{ours, &a}, {peer, &b}} {
			s, err := measure(c.cmd)
			if err != nil {
				return fmt.Errorf("%s: %w", c.cmd, err)
			}
			*c.dst = append(*c.dst, s)
		}
	}
	ma, mb := median(a), median(b)
	fmt.Printf("ours %.5f s   peer %.5f s   ours/peer %.3f   (medians of %d alternating runs; ours %.5f … %.5f, peer %.5f … %.5f)\n",
		ma, mb, ma/mb, rounds, slices.Min(a), slices.Max(a), slices.Min(b), slices.Max(b))
	return nil
}

func measure(cmd string) (float64, error) {
	c := exec.Command("sh", "-c", cmd)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return 0, err
	}
	return firstMedian(out)
}

// firstMedian returns median_s of the first line of JSON that has one.
func firstMedian(out []byte) (float64, error) {
	sc := bufio.NewScanner(bytes.NewReader(out))
	for sc.Scan() {
		var line struct {
			Median *float64 `json:"median_s"`
		}
		if json.Unmarshal(sc.Bytes(), &line) == nil && line.Median != nil && *line.Median > 0 {
			return *line.Median, nil
		}
	}
	return 0, errors.New("no line of JSON with a positive median_s in its output")
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
