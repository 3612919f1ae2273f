// Command benchpeers measures two programs against each other: it runs their commands in turn and prints the ratio of the medians of the
// seconds that they report. A command reports by printing lines of JSON with a field median_s, or another one that -field names for
// ours; its first such line counts.
//
//	go run ./tools/benchpeers -rounds 5 -ours 'bin/spectral-gpu bench --suite step --cell spectral --json' -peer 'python3 peer.py'
//	go run ./tools/benchpeers -field step_s -ours 'bin/spectral-gpu profile ptb --cell lstm --embedding 200 --device cpu --json' \
//		-peer 'python3 tools/benchpeers/torch_step.py words lstm 1'
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each command runs")
	ours := flag.String("ours", "", "our command line, run by sh")
	field := flag.String("field", "median_s", "the field of our command's JSON that has the seconds")
	peer := flag.String("peer", "", "the peer's command line, run by sh")
	flag.Parse()
	if *ours == "" || *peer == "" || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "benchpeers: -ours and -peer are command lines that print JSON with median_s (ours: with -field); -rounds is at least 1")
		os.Exit(2)
	}
	if err := compare(*rounds, side{*ours, *field}, side{*peer, "median_s"}); err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
}

// side is a command line and the field of its JSON that has the seconds.
type side struct{ cmd, field string }

// compare runs the commands alternately, so that a change of the machine's speed meets both.
func compare(rounds int, ours, peer side) error {
	var a, b []float64
	for range rounds {
		for _, c := range []struct {
			side
			dst *[]float64
		}{{ours, &a}, {peer, &b}} {
			s, err := measure(c.side)
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

func measure(s side) (float64, error) {
	c := exec.Command("sh", "-c", s.cmd)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return 0, err
	}
	return firstSeconds(out, s.field)
}

// firstSeconds returns the given field of the first line of JSON that has it as a positive number.
func firstSeconds(out []byte, field string) (float64, error) {
	sc := bufio.NewScanner(bytes.NewReader(out))
	for sc.Scan() {
		var line map[string]any
		if json.Unmarshal(sc.Bytes(), &line) != nil {
			continue
		}
		if s, ok := line[field].(float64); ok && s > 0 {
			return s, nil
		}
	}
	return 0, fmt.Errorf("no line of JSON with a positive %s in its output", field)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
