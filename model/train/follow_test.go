package train

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/model"
)

// line is a row of metrics of a step, with its loss.
func line(step int, loss string) string { return fmt.Sprintf("%d,0,train,%s,,,,1,\n", step, loss) }

// TestFollower changes the metrics between two looks as runs do, and compares the rows that came, as steps or as "restart".
func TestFollower(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after string
		replace       bool // by another file of that name
		first, second []string
	}{
		{"more rows", earlierHeading + line(1, "1"), earlierHeading + line(1, "1") + line(2, "2"), false, []string{"1=1"}, []string{"2=2"}},
		{"nothing new", earlierHeading + line(1, "1"), earlierHeading + line(1, "1"), false, []string{"1=1"}, nil},
		{"half a row", earlierHeading + "1,0,tra", earlierHeading + line(1, "1"), false, nil, []string{"1=1"}},
		{"half a heading", earlierHeading[:5], earlierHeading + line(1, "1"), false, nil, []string{"1=1"}},
		{"an evaluation", earlierHeading, earlierHeading + "4,,valid@best,0.5,,,,,\n", false, nil, []string{"4=0.5"}},
		{"an evaluation with quantiles", heading, heading + "4,,valid,0.5,,0.9,1.1,,1e-7,0.91,0.95,1,1.05,1.09\n", false, nil, []string{"4=0.5"}},
		{"cut off by a resume", earlierHeading + line(1, "1") + line(2, "2"), earlierHeading + line(1, "1"), false, []string{"1=1", "2=2"}, []string{"restart", "1=1"}},
		{"cut off and grown again, to the same", earlierHeading + line(1, "1") + line(2, "2"), earlierHeading + line(1, "1") + line(2, "2") + line(3, "3"), false,
			[]string{"1=1", "2=2"}, []string{"3=3"}},
		{"cut off and grown again, to another", earlierHeading + line(1, "1") + line(2, "2"), earlierHeading + line(1, "1") + line(2, "5") + line(3, "3"), false,
			[]string{"1=1", "2=2"}, []string{"restart", "1=1", "2=5", "3=3"}},
		{"overwritten", earlierHeading + line(1, "1"), earlierHeading + line(1, "1") + line(2, "2"), true, []string{"1=1"}, []string{"restart", "1=1", "2=2"}},
		{"removed", earlierHeading + line(1, "1"), "", true, []string{"1=1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := Folder{Dir: t.TempDir()}
			f := folder.Follow()
			look := func() (got []string) {
				t.Helper()
				if err := f.Next(func() { got = append(got, "restart") }, func(r Row) { got = append(got, fmt.Sprintf("%d=%g", r.Step, r.Loss)) }); err != nil {
					t.Fatal(err)
				}
				return got
			}
			if got := look(); got != nil {
				t.Errorf("without a file: %q", got)
			}
			write := func(text string) {
				if err := os.WriteFile(folder.Metrics(), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write(c.before)
			if got := look(); !slices.Equal(got, c.first) {
				t.Errorf("first %q, want %q", got, c.first)
			}
			if c.replace {
				if err := os.Rename(folder.Metrics(), folder.Metrics()+".old"); err != nil { // its inode is not given to the next file
					t.Fatal(err)
				}
			}
			if c.after != "" {
				write(c.after)
			}
			if got := look(); !slices.Equal(got, c.second) {
				t.Errorf("then %q, want %q", got, c.second)
			}
			if got := look(); got != nil {
				t.Errorf("once more: %q", got)
			}
		})
	}
}

func TestFollowerRefuses(t *testing.T) {
	for _, text := range []string{"step,loss\n", earlierHeading + "1,2\n", earlierHeading + line(1, "x")} {
		folder := Folder{Dir: t.TempDir()}
		if err := os.WriteFile(folder.Metrics(), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := folder.Follow().Next(nil, func(Row) {}); !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestFollowerReadsLongFiles in many pieces.
func TestFollowerReadsLongFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing concurrent")
	}
	folder := Folder{Dir: t.TempDir()}
	text := []byte(earlierHeading)
	const rows = 1000000
	for i := 1; i <= rows; i++ {
		text = append(text, line(i, "0.25")...)
	}
	if err := os.WriteFile(folder.Metrics(), text, 0o644); err != nil {
		t.Fatal(err)
	}
	n, f := 0, folder.Follow()
	for calls := 1; ; calls++ {
		if err := f.Next(nil, func(r Row) {
			if n++; r.Step != int64(n) || r.Loss != 0.25 {
				t.Fatalf("row %d is %+v", n, r)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if !f.Behind() {
			if n != rows || calls != 2 {
				t.Errorf("%d rows in %d calls", n, calls)
			}
			return
		}
	}
}
