package tensorboard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A reader by the description of the format.

// TestChecksum: the check value of CRC-32C.
func TestChecksum(t *testing.T) {
	if c := uint32(0xe3069283); masked([]byte("123456789")) != bits.RotateLeft32(c, -15)+0xa282ead8 {
		t.Errorf("%x", masked([]byte("123456789")))
	}
}

// records takes a file apart and checks its checksums.
func records(t *testing.T, raw []byte) (all [][]byte) {
	t.Helper()
	sum := func(b []byte) uint32 { // bit by bit, with the polynomial of Castagnoli
		c := ^uint32(0)
		for _, x := range b {
			c ^= uint32(x)
			for range 8 {
				c = c>>1 ^ 0x82f63b78*(c&1)
			}
		}
		return bits.RotateLeft32(^c, -15) + 0xa282ead8
	}
	for len(raw) > 0 {
		if len(raw) < 16 {
			t.Fatalf("%d bytes are left over", len(raw))
		}
		n := binary.LittleEndian.Uint64(raw)
		if binary.LittleEndian.Uint32(raw[8:]) != sum(raw[:8]) || n > uint64(len(raw)-16) {
			t.Fatalf("a record of %d bytes: wrong checksum, or cut", n)
		}
		data := raw[12 : 12+n]
		if binary.LittleEndian.Uint32(raw[12+n:]) != sum(data) {
			t.Fatal("wrong checksum of the data")
		}
		all, raw = append(all, data), raw[16+n:]
	}
	return all
}

// fields are those of a message by number: numbers as their bits, everything else as bytes.
type fields map[protowire.Number][]any

func parse(t *testing.T, raw []byte) fields {
	t.Helper()
	f := fields{}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		raw = raw[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(raw)
		case protowire.Fixed32Type:
			v, n = protowire.ConsumeFixed32(raw)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(raw)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(raw)
		default:
			t.Fatalf("wire type %d", kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f[number], raw = append(f[number], v), raw[n:]
	}
	return f
}

// at follows a path of fields, the first of each.
func (f fields) at(t *testing.T, path ...protowire.Number) any {
	t.Helper()
	for i, n := range path {
		if len(f[n]) == 0 {
			t.Fatalf("no field %v of %v", path[:i+1], f)
		}
		if i == len(path)-1 {
			return f[n][0]
		}
		f = parse(t, f[n][0].([]byte))
	}
	return nil
}

func (f fields) text(t *testing.T, path ...protowire.Number) string {
	return string(f.at(t, path...).([]byte))
}

func (f fields) double(t *testing.T, path ...protowire.Number) float64 {
	return math.Float64frombits(f.at(t, path...).(uint64))
}

func doubles(t *testing.T, packed any) (all []float64) {
	for b := packed.([]byte); len(b) > 0; b = b[8:] {
		all = append(all, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return all
}

type buffer struct {
	bytes.Buffer
	closed bool
}

func (b *buffer) Close() error { b.closed = true; return nil }

func TestEvents(t *testing.T) {
	out := &buffer{}
	w := New(out, 41)
	seconds := 1700000000.0
	w.now = func() time.Time { // half a second passes between any two looks at the clock
		seconds += 0.5
		return time.UnixMicro(int64(seconds * 1e6))
	}
	w.Start(map[string]any{"cell": "spectral", "hidden": 128, "lr": 0.004, "tied": true, "seed": uint64(7), "list": []string{"a"}})
	w.Scalars(41, Scalar{"loss/train", 0.5}, Scalar{"gradient norm", 3})
	w.Histogram(41, "sigma/W", []float32{1, 1, 1.5, 2})
	w.Histogram(41, "sigma/one", []float32{1, 1})
	w.Histogram(41, "bad", []float32{1, float32(math.NaN())})
	w.Histogram(41, "none", nil)
	w.End(true)
	if err := w.Close(); err != nil || !out.closed {
		t.Fatal(err)
	}
	all := records(t, out.Bytes())
	if len(all) != 7 {
		t.Fatalf("%d records, want 7", len(all))
	}
	var e []fields
	for _, r := range all {
		e = append(e, parse(t, r))
	}
	if e[0].text(t, 3) != "brain.Event:2" {
		t.Error("the first event is not the version")
	}
	if e[1].at(t, 2) != uint64(41) || e[1].at(t, 7, 1) != uint64(1) {
		t.Error("the second event does not tell where the session starts")
	}
	params := map[string]fields{}
	for _, p := range parse(t, parse(t, e[2].at(t, 5, 1, 9, 1, 2).([]byte)).at(t, 3).([]byte))[1] {
		entry := parse(t, p.([]byte))
		params[entry.text(t, 1)] = parse(t, entry.at(t, 2).([]byte))
	}
	if e[2].text(t, 5, 1, 1) != "_hparams_/session_start_info" || e[2].text(t, 5, 1, 9, 1, 1) != "hparams" || e[2].at(t, 5, 1, 9, 4) != uint64(2) || e[2].at(t, 5, 1, 8, 1) != uint64(1) {
		t.Error("hyper-parameters without their tag, plugin or tensor")
	}
	start := parse(t, parse(t, e[2].at(t, 5, 1, 9, 1, 2).([]byte)).at(t, 3).([]byte))
	if start.double(t, 5) != 1700000000.5 || len(start) != 2 || len(parse(t, e[2].at(t, 5, 1, 9, 1, 2).([]byte))[1]) != 0 {
		t.Error("the session's start, or a version of the plugin's data other than 0")
	}
	if shape := parse(t, e[2].at(t, 5, 1, 8).([]byte)); shape.at(t, 2, 2, 1) != uint64(0) || len(shape) != 2 {
		t.Error("the tensor is not empty")
	}
	if len(params) != 6 || params["cell"].text(t, 3) != "spectral" || params["hidden"].double(t, 2) != 128 || params["lr"].double(t, 2) != 0.004 || params["tied"].at(t, 4) != uint64(1) ||
		params["seed"].double(t, 2) != 7 || params["list"].text(t, 3) != "[a]" {
		t.Errorf("%v", params)
	}
	if e[3].double(t, 1) != 1700000001.5 || e[3].at(t, 2) != uint64(41) {
		t.Errorf("time %.2f and step", e[3].double(t, 1))
	}
	for i := range e[2:] {
		if e[i+2].double(t, 1) < e[max(i+1, 2)].double(t, 1) {
			t.Errorf("event %d is of an earlier time", i+2)
		}
	}
	for i, want := range []Scalar{{"loss/train", 0.5}, {"gradient norm", 3}} {
		v := parse(t, parse(t, e[3].at(t, 5).([]byte))[1][i].([]byte))
		if v.text(t, 1) != want.Tag || math.Float32frombits(v.at(t, 2).(uint32)) != float32(want.Value) {
			t.Errorf("%v", v)
		}
	}
	h := parse(t, e[4].at(t, 5, 1, 5).([]byte))
	limits, counts := doubles(t, h.at(t, 6)), doubles(t, h.at(t, 7))
	sum := 0.0
	for _, c := range counts {
		sum += c
	}
	if h.double(t, 1) != 1 || h.double(t, 2) != 2 || h.double(t, 3) != 4 || h.double(t, 4) != 5.5 || h.double(t, 5) != 8.25 || len(limits) != len(counts) || sum != 4 ||
		counts[0] != 2 || counts[len(counts)-1] != 1 || limits[len(limits)-1] != 2 || !slices.IsSorted(limits) {
		t.Errorf("%v: %v %v", h, limits, counts)
	}
	if one := parse(t, e[5].at(t, 5, 1, 5).([]byte)); !slices.Equal(doubles(t, one.at(t, 7)), []float64{2}) {
		t.Error("equal numbers")
	}
	end := parse(t, e[6].at(t, 5, 1, 9, 1, 2, 4).([]byte))
	if e[6].text(t, 5, 1, 1) != "_hparams_/session_end_info" || end.at(t, 1) != uint64(1) || end.double(t, 2) <= e[5].double(t, 1) || e[6].text(t, 5, 1, 9, 1, 1) != "hparams" {
		t.Error("the end")
	}
}

// TestNames: files of one second have different names, in their order.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for range 3 {
		w, err := Create(dir, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		all, _ := filepath.Glob(filepath.Join(dir, Pattern))
		last := all[len(all)-1]
		if len(all) != len(names)+1 || slices.Contains(names, last) {
			t.Errorf("%v", all)
		}
		names = all
		if raw, err := os.ReadFile(last); err != nil || len(records(t, raw)) != 2 {
			t.Error(err)
		}
	}
	if _, err := Create(filepath.Join(dir, "none"), 1); err == nil {
		t.Error("a file in a folder that there is not")
	}
}

type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }
func (f full) Close() error              { return nil }

func TestFailureIsKept(t *testing.T) {
	bad := errors.New("no room")
	w := New(full{bad}, 1)
	if err := w.Flush(); !errors.Is(err, bad) {
		t.Error(err)
	}
	w.Scalars(1, Scalar{"a", 1})
	if err := w.Close(); !errors.Is(err, bad) || !errors.Is(w.Err(), bad) {
		t.Error(err)
	}
}
