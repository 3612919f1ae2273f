package data

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readAll returns the texts of all rows.
func readAll(content string) (rows [][]string, r *tableReader, err error) {
	if r, err = newTableReader("f", strings.NewReader(content)); err != nil {
		return nil, nil, err
	}
	for {
		fields, err := r.next()
		if err == io.EOF {
			return rows, r, nil
		} else if err != nil {
			return rows, r, err
		}
		var row []string
		for _, f := range fields {
			row = append(row, string(f.text))
		}
		rows = append(rows, row)
	}
}

func TestTable(t *testing.T) {
	longValue := strings.Repeat("1", 1000) // 2,000 of them are more than a buffer
	tests := []struct {
		name, content string
		want          [][]string
		notes         int
	}{
		{"commas", "a,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		{"no last line end", "a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}, 0},
		{"tabs go first", "a,b\tc;d\n", [][]string{{"a,b", "c;d"}}, 0},
		{"semicolons before commas", "1,5;2,5\n", [][]string{{"1,5", "2,5"}}, 0},
		{"one column", "a\nb\n", [][]string{{"a"}, {"b"}}, 0},
		{"a tab in quotes is no delimiter", "\"a\tb\",c\n", [][]string{{"a\tb", "c"}}, 0},
		{"quotes", `"a","b ""c""",  "d" ,e"f` + "\n", [][]string{{"a", `b "c"`, "d", `e"f`}}, 0},
		{"lines in quotes", "a,\"b\nc\n\",d\ne,f,g\n", [][]string{{"a", "b\nc\n", "d"}, {"e", "f", "g"}}, 0},
		{"empty values", ",\n,,\"\"\n", [][]string{{"", ""}, {"", "", ""}}, 0},
		{"blanks", "  a , b\tc ,  \n", [][]string{{"a , b", "c ,"}}, 0},
		{"blanks and commas", "  a , b c ,  \n", [][]string{{"a", "b c", ""}}, 0},
		{"Windows", "\xef\xbb\xbfa,b\r\n\"c\",\"d\r\ne\"\r\n\r\n", [][]string{{"a", "b"}, {"c", "d\ne"}}, 2},
		{"returns before the end", "a,b\r\r\n1,\"2\"\r\r\n3,\"4\"\r", [][]string{{"a", "b"}, {"1", "2"}, {"3", "4"}}, 1},
		{"a return in quotes", "a,\"b\rc\"\n", [][]string{{"a", "b\rc"}}, 0},
		{"empty lines at the end", "a\n\n \n\n", [][]string{{"a"}}, 0},
		{"nothing", "", nil, 0},
		{"a long line", strings.Repeat(longValue+",", 2000) + "\n", [][]string{strings.Split(strings.Repeat(longValue+",", 2000), ",")}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r, err := readAll(tt.content)
			if d := cmp.Diff(tt.want, got); err != nil || d != "" || len(r.notes()) != tt.notes {
				t.Errorf("%v, notes %v\n%.1000s", err, r.notes(), d)
			}
		})
	}
}

func TestTableRefuses(t *testing.T) {
	tests := []struct{ name, content, says string }{
		{"empty line", "a,b\n\n \n1,2\n", "f:2:1: found an empty line between rows, want a row; delete it"},
		{"open quote", "a,b\n1,\"2\n3,4\n", "f:2:3: found a quote that is never closed"},
		{"behind a quote", "a,\"b\"\né,\"2\n3\"x,4\n", `f:3:3: found 'x' behind a closing quote, want the delimiter ','`},
		{"Latin-1", "a,b\né,\xe9\n", "f:2:3: found byte 0xE9, which is no UTF-8"},
		{"Latin-1 in quotes", "a,\"b\n\xe9\"\n", "f:2:1: found byte 0xE9"},
		{"UTF-16", "\xff\xfea\x00,\x00", "f:1:1: found a byte-order mark of UTF-16LE"},
		{"binary", "a,b\n1,\x00\n", "f:2:3: found a byte 0, want text"},
		{"old Macintosh", "a,b\r1,2\r", `f:1:4: found a carriage return alone, as old Macintosh files end their lines, want line ends of Unix or Windows; convert the file: tr '\r' '\n'`},
		{"old Macintosh, quoted", "\"a\",\"b\"\r\"1\",\"2\"\r", "f:1:8: found a carriage return alone"},
		{"old Macintosh, one column", "1\r2\r", "f:1:2: found a carriage return alone"},
		{"old Macintosh, an empty value first", "1,2\r,4\r", "f:1:4: found a carriage return alone"},
		{"one carriage return", "a,b\r\n1,\r2\r\n", "f:2:3: found a carriage return alone, as old Macintosh files end their lines, want line ends of Unix or Windows; delete it, or quote"},
		{"spreadsheet", "PK\x03\x04\x14\x00", "f:1:5: found a byte 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll(tt.content)
			if !errors.Is(err, ErrCorrupt) || !strings.HasPrefix(err.Error(), tt.says) && !strings.Contains(tt.name, "spreadsheet") {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
		})
	}
}

// Whatever the bytes, the reader ends with rows or with a place that is in the file; and what the standard library
// reads as well, in strict form, is read alike.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\r\n\"1\n\"\"2\";3\n", "\xef\xbb\xbfx\ty\n", "\"", "a\n\nb", "\xff\xfe", "1,\"2\"3\n", ",,\n,\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		rows, r, err := readAll(content)
		if err != nil {
			var place *PlaceError
			if !errors.As(err, &place) || place.Line < 1 || place.Column < 1 || place.Line > 1+strings.Count(content, "\n") {
				t.Fatalf("%v", err)
			}
			return
		}
		if strings.ContainsAny(content, " \t\r\f\v\u0085\u00a0") || strings.HasPrefix(content, utf8Mark) || strings.Contains(content, "\n\n") || strings.HasPrefix(content, "\n") {
			return // blanks, carriage returns and empty lines are another matter there
		}
		other := csv.NewReader(strings.NewReader(content))
		other.FieldsPerRecord, other.Comma = -1, rune(r.delimiter)
		want, err := other.ReadAll()
		if err != nil {
			return // a quote within an unquoted value, which is a character here
		}
		if d := cmp.Diff(want, rows); d != "" {
			t.Fatalf("%q: %s", content, d)
		}
	})
}

func TestInterpolate(t *testing.T) {
	nan := float32(math.NaN())
	tests := []struct {
		name    string
		e       Encoding
		raw     []float32
		want    []float32
		refused bool
	}{
		{"whole", Encoding{}, []float32{1, 2}, []float32{1, 2}, false},
		{"refused", Encoding{}, []float32{1, nan}, nil, true},
		{"gap", Encoding{Missing: MissingPad}, []float32{1, nan, nan, 4}, []float32{1, 2, 3, 4}, false},
		{"ends", Encoding{Missing: MissingPad}, []float32{nan, 1, nan, 3, nan, nan}, []float32{1, 2, 3}, false},
		{"nothing", Encoding{Missing: MissingPad}, []float32{nan, nan}, nil, true},
		{"channels", Encoding{Missing: MissingPad, Channels: 2}, []float32{nan, nan, 1, nan, nan, 5, 3, 7, nan, nan}, []float32{1, 5, 2, 5, 3, 7}, false},
		{"a channel of nothing", Encoding{Missing: MissingPad, Channels: 2}, []float32{1, nan, 2, nan}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.e.clean(tt.raw)
			if d := cmp.Diff(tt.want, got); d != "" || (err != nil) != tt.refused {
				t.Errorf("%v%s", err, d)
			}
		})
	}
}
