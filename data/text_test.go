package data_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/data"
	"pgregory.net/rapid"
)

// writePTB writes files in the form of the Penn Treebank's.
func writePTB(t testing.TB, dir string) {
	t.Helper()
	write(t, dir, "ptb/ptb.train.txt", " the cat sat on the mat \n the dog sat \n a <unk> ran to the dog \n")
	write(t, dir, "ptb/ptb.valid.txt", " the dog ran \n on the mat \n")
	write(t, dir, "ptb/ptb.test.txt", " a cat sat \n the <unk> sat on a dog \n")
}

// stream reads a whole split of a stream in batches: for each row the tokens it shows and those it asks for.
func stream(t failer, task data.Task, split data.Split, size, length int) (shown, asked [][]int32) {
	t.Helper()
	s := task.Spec()
	shown, asked = make([][]int32, size), make([][]int32, size)
	for index := range s.Batches(split, size, length) {
		b, _ := fillLength(t, task, split, 0, index, size, length)
		for r := range size {
			one := rowBatch(s, b, r)
			for step, label := range one.Labels {
				if label != data.NotCounted {
					shown[r], asked[r] = append(shown[r], one.Tokens[step]), append(asked[r], label)
				}
			}
		}
	}
	return shown, asked
}

// The rows of a stream are contiguous parts of the text, one behind the other, and each asks for what comes next.
func TestStreamRows(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-dé\n]{4,60}ab`).Draw(rt, "text")
		task, err := data.Open("text:"+write(t, dir, "text", text), data.Config{Shares: data.Shares{Train: 1}})
		if err != nil {
			rt.Fatal(err)
		}
		s := task.Spec()
		size, length := rapid.IntRange(1, 9).Draw(rt, "size"), rapid.IntRange(1, 70).Draw(rt, "length")
		shown, asked := stream(rt, task, data.Train, size, length)
		var all string
		for r := range size {
			if n := len(asked[r]); n > 0 && !slices.Equal(shown[r][1:], asked[r][:n-1]) {
				rt.Fatalf("row %d shows %v and asks for %v", r, shown[r], asked[r])
			}
			if r > 0 && len(shown[r]) > 0 && shown[r][0] != asked[r-1][len(asked[r-1])-1] {
				rt.Fatalf("row %d does not begin where row %d ends", r, r-1)
			}
			for _, token := range asked[r] {
				all += s.Encoding.Vocabulary[token]
			}
		}
		if want := string([]rune(text)[1:]); all != want {
			rt.Fatalf("asked for %q, want %q", all, want)
		}
	})
}

func TestPTB(t *testing.T) {
	dir := t.TempDir()
	writePTB(t, dir)
	words, chars := mustOpen(t, "ptb", data.Config{Dir: dir}), mustOpen(t, "ptb-char", data.Config{Dir: dir})
	text := func(task data.Task, split data.Split, between string) string {
		shown, asked := stream(t, task, split, 1, 7)
		var all []string
		for _, token := range append(shown[0][:1], asked[0]...) {
			all = append(all, task.Spec().Encoding.Vocabulary[token])
		}
		return strings.Join(all, between)
	}
	if got, want := text(words, data.Valid, " "), "the dog ran <eos> on the mat <eos>"; got != want {
		t.Errorf("words %q, want %q", got, want)
	}
	if got, want := text(chars, data.Test, ""), "a cat sat\nthe <unk> sat on a dog\n"; got != want {
		t.Errorf("characters %q, want %q", got, want)
	}
	s := words.Spec()
	if s.Length != 35 || s.TrainSize != 17 || s.ValidSize != 7 || s.TestSize != 10 || s.Metric != data.Perplexity || s.Input != data.Tokens(11) ||
		s.Output.Width != 11 || !s.Stream || s.Encoding.Vocabulary[0] != "the" || s.Encoding.Vocabulary[1] != "<eos>" || s.Encoding.Unit != data.Word {
		t.Errorf("spec %+v", s)
	}
	// Of the 17 words asked for, three are <eos>, three "the", two "sat", two "dog" and one of each of the other seven.
	want := -(2*3*math.Log(3./17) + 2*2*math.Log(2./17) + 7*math.Log(1./17)) / 17
	if math.Abs(s.Baseline-want) > 1e-12 {
		t.Errorf("baseline %v, want %v", s.Baseline, want)
	}
	if c := chars.Spec(); c.Length != 50 || c.Metric != data.BitsPerCharacter {
		t.Errorf("spec %+v", c)
	}
}

func TestPTBRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := data.Open("ptb", data.Config{Dir: dir}); !errors.Is(err, data.ErrNotFound) ||
		!strings.Contains(err.Error(), "has no ptb.train.txt, ptb.valid.txt, ptb.test.txt; run `spectral-gpu data fetch ptb --data "+dir+"`") {
		t.Errorf("error %v", err)
	}
	writePTB(t, dir)
	path := write(t, dir, "ptb/ptb.test.txt", " a cat \n the bird sat \n")
	_, err := data.Open("ptb", data.Config{Dir: dir})
	if want := `task ptb: ` + path + `:2:6: found the word "bird", want one of the 11 words of the training text`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	write(t, dir, "ptb/ptb.test.txt", "")
	if _, err = data.Open("ptb", data.Config{Dir: dir}); !errors.Is(err, data.ErrCorrupt) || !strings.Contains(err.Error(), "found 0 words, want a text") {
		t.Errorf("error %v", err)
	}
}

func TestText(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("añb\n", 25)
	tests := []struct {
		name, content string
		config        data.Config
		size          int // targets of the training split
		vocabulary    []string
		metric        data.Metric
		notes         int
	}{
		{"characters", text, data.Config{}, 89, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 0},
		{"bytes", text, data.Config{Unit: data.Byte}, 112, nil, data.BitsPerByte, 0}, // 125 bytes, of which 112.5 are 113
		{"words", text, data.Config{Unit: data.Word}, 44, []string{"<eos>", "añb"}, data.Perplexity, 0},
		{"shares", text, data.Config{Shares: data.Shares{Train: 0.5, Test: 0.5}}, 49, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 0},
		{"size", text, data.Config{TrainSize: 10}, 10, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 0},
		{"Windows", "\xef\xbb\xbf" + strings.ReplaceAll(text, "\n", "\r\n"), data.Config{}, 89, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 2},
		{"old Macintosh", strings.ReplaceAll(text, "\n", "\r"), data.Config{}, 89, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 1},
		{"some carriage returns", strings.Replace(text, "\n", "\r", 3), data.Config{}, 89, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 1},
		{"line ends of three kinds", strings.Replace(strings.Replace(text, "\n", "\r", 3), "\n", "\r\n", 2), data.Config{}, 89, []string{"\n", "a", "b", "ñ"}, data.BitsPerCharacter, 2},
		{"Windows bytes", strings.Repeat("\r\n", 50), data.Config{Unit: data.Byte}, 89, nil, data.BitsPerByte, 0},
		{"by count", strings.Repeat("abb", 34) + "é", data.Config{}, 92, []string{"b", "a", "é"}, data.BitsPerCharacter, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, "text:"+write(t, dir, "file", tt.content), tt.config).Spec()
			if d := cmp.Diff(tt.vocabulary, s.Encoding.Vocabulary); d != "" || s.TrainSize != tt.size || s.Metric != tt.metric || len(s.Notes) != tt.notes || s.Length != 50 {
				t.Errorf("%s%+v", d, s)
			}
			if want := max(len(tt.vocabulary), 256*min(1, 1/(1+len(tt.vocabulary)))); s.Output.Width != want {
				t.Errorf("%d outputs, want %d", s.Output.Width, want)
			}
		})
	}
}

func TestTextRefuses(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if f, err := os.Create(large); err != nil || f.Truncate(10<<30) != nil || f.Close() != nil { // takes no space on the disk
		t.Fatal(err)
	}
	var many strings.Builder
	for r := rune(0x10000); r < 0x20001; r++ {
		many.WriteRune(r)
	}
	tests := []struct {
		name, content string
		config        data.Config
		is            error
		says          string
	}{
		{"empty", "", data.Config{}, data.ErrCorrupt, "empty:1:1: found the end of an empty file, want data"},
		{"one character", "aaaaaaaaaa", data.Config{}, data.ErrCorrupt, "one character: found the character \"a\" and no other, 10 in all, want at least two different characters"},
		{"one byte", "aaaaaaaaaa", data.Config{Unit: data.Byte}, data.ErrCorrupt, `found the byte "a" and no other, 10 in all`},
		{"one word", "the the the\n", data.Config{Unit: data.Word}, data.ErrCorrupt, `found the word "the" and no other, 3 in all`},
		{"no word", " \t ", data.Config{Unit: data.Word}, data.ErrCorrupt, "found no word, want at least two different words"},
		{"nothing behind the mark", "\xef\xbb\xbf", data.Config{}, data.ErrCorrupt, "found no character"},
		{"too short", "abc", data.Config{}, data.ErrConfig, "too short, want at least 2, the second of which is predicted; 40 characters would do, or other shares (--shares)"},
		{"too short for training", "ab", data.Config{Shares: data.Shares{Train: 0.3, Valid: 0.7}}, data.ErrConfig, "the split train has 1 of the 2 characters of "},
		{"Latin-1", "first\nsecond caf\xe9\n", data.Config{}, data.ErrCorrupt, "Latin-1:2:11: found byte 0xE9, which is no UTF-8, want UTF-8; convert it (iconv"},
		{"UTF-16", "\xff\xfea\x00b\x00", data.Config{}, data.ErrCorrupt, "UTF-16:1:1: found a byte-order mark of UTF-16LE, want UTF-8; convert it: iconv -f UTF-16 "},
		{"UTF-32", "\xff\xfe\x00\x00a\x00\x00\x00", data.Config{}, data.ErrCorrupt, "UTF-32LE"},
		{"gzip", "\x1f\x8b\x08", data.Config{}, data.ErrCorrupt, "found a gzip-compressed file, want text; decompress it"},
		{"many characters", many.String(), data.Config{}, data.ErrConfig, "more than 65536 different characters"},
		{"unit", "abc", data.Config{Unit: "line"}, data.ErrConfig, `unit "line"; there are character, byte, word`},
		{"shares", "abc", data.Config{Shares: data.Shares{Train: 0.5, Valid: 0.6}}, data.ErrConfig, "shares 0.5, 0.6 and 0"},
		{"size", "abababababababababababababababababababababab", data.Config{TestSize: 4}, data.ErrConfig, "4 targets for test are asked for, and there are 1"},
		{"other option", "abc", data.Config{Label: "x"}, data.ErrConfig, `it has no option "label"; it has unit and shares`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := data.Open("text:"+write(t, dir, tt.name, tt.content), tt.config)
			if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
	for path, says := range map[string]string{dir: "is a directory", filepath.Join(dir, "none"): "there is no file", large: "has 10.00 GiB, and at most 1 GiB are read, since it is held in memory, with 2 bytes more for each token; take a part of it (head -c, split -C)", "": "needs an argument: text:FILE"} {
		if _, err := data.Open("text:"+path, data.Config{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
	for _, task := range []string{"csv:", "series:"} {
		says := "since its numbers are held in memory, 4 bytes each; take fewer rows (head -n, split -l) or fewer columns (cut -f)"
		if _, err := data.Open(task+large, data.Config{}); !errors.Is(err, data.ErrConfig) || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}

// The real texts, where there are any: their published counts.
func TestRealTexts(t *testing.T) {
	dir := os.Getenv(data.DirVariable)
	if dir == "" {
		t.Skip("$SPECTRAL_DATA is not set: real texts are not tested")
	}
	sizes := func(name string, c data.Config) [4]int {
		s := mustOpen(t, name, c).Spec()
		return [4]int{s.TrainSize, s.ValidSize, s.TestSize, s.Output.Width}
	}
	if got, want := sizes("ptb", data.Config{Dir: dir}), [4]int{929588, 73759, 82429, 10000}; got != want { // one less: the first is not asked for
		t.Errorf("ptb: %v, want %v", got, want)
	}
	if got, want := sizes("ptb-char", data.Config{Dir: dir}), [4]int{5017481, 393041, 442422, 50}; got != want {
		t.Errorf("ptb-char: %v, want %v", got, want)
	}
	if got, want := sizes("text:"+filepath.Join(dir, "shakespeare", "input.txt"), data.Config{}), [4]int{1003854, 55768, 55769, 65}; got != want {
		t.Errorf("shakespeare: %v, want %v", got, want)
	}
}
