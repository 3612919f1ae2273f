package model

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// A checkpoint is a safetensors file whose metadata holds the settings and the position as JSON, and a SHA-256 of each of the two:
// of the settings with the format's name, and of the tensors with their names, types and shapes in the order of their names.

// The formats. The first has no checksums; it is read with a warning.
const (
	checkpointFormat  = "spectral-gpu/2"
	checkpointFormat1 = "spectral-gpu/1"
)

// Keys of the metadata.
const (
	keyFormat   = "format"
	keySettings = "spectral-gpu"
	keySumOf    = "sha256." // and what it covers
)

// header is what a checkpoint says beside its tensors.
type header struct {
	Version   string          `json:"version,omitempty"` // of the program that wrote it
	Config    Config          `json:"config"`
	Kind      *int            `json:"kind,omitempty"` // of the first format
	Optimizer Optimizer       `json:"optimizer"`
	Position  Position        `json:"position"`
	Encoding  data.Encoding   `json:"encoding,omitzero"`
	Note      json.RawMessage `json:"note,omitempty"`
}

// Encode writes the file. What Decode would refuse is not written. Errors: ErrConfig, ErrNotFinite, or those of w.
func (s *Snapshot) Encode(w io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	settings, err := json.Marshal(header{Version: Version(), Config: s.Config, Optimizer: s.Optimizer, Position: s.Position, Encoding: s.Encoding, Note: s.Note})
	if err != nil {
		return err
	}
	views := map[string]safetensors.TensorView{}
	for _, t := range s.Tensors {
		if len(t.Data) == 0 {
			continue
		}
		v, err := safetensors.NewTensorView(safetensors.F32, []uint64{uint64(t.Rows), uint64(t.Cols)}, encode(t.Data))
		if err != nil {
			return fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		views[t.Name] = v
	}
	info := map[string]string{keyFormat: checkpointFormat, keySettings: string(settings),
		keySumOf + "settings": sumOfSettings(checkpointFormat, string(settings)), keySumOf + "tensors": sumOfTensors(views)}
	return safetensors.SerializeToWriter(views, info, w)
}

func sumOfSettings(format, settings string) string {
	return hexSum(sha256.Sum256([]byte(format + "\n" + settings)))
}

func sumOfTensors(views map[string]safetensors.TensorView) string {
	h := sha256.New()
	for _, name := range sortedKeys(views) {
		hashTensor(h, name, views[name])
	}
	return hexSum([sha256.Size]byte(h.Sum(nil)))
}

func hashTensor(h hash.Hash, name string, v safetensors.TensorView) {
	fmt.Fprintf(h, "%q %v %v\n", name, v.DType(), v.Shape())
	h.Write(v.Data())
}

func hexSum(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Decode reads a file. It refuses what is not whole, what its checksums contradict, settings and positions that cannot be, and
// numbers that are not finite.
func Decode(content []byte) (*Checkpoint, error) {
	st, err := safetensors.Deserialize(content)
	if err != nil {
		return nil, fmt.Errorf("%d bytes that are no whole safetensors file: %w", len(content), err)
	}
	_, meta, err := safetensors.ReadMetadata(content)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{}
	if c.Warning, err = checkSums(meta.Metadata(), st); err != nil {
		if bad := notFinite(st); bad != nil {
			err = fmt.Errorf("%w; %w", bad, err)
		}
		return nil, err
	}
	if err := c.decodeSettings(meta.Metadata()[keySettings]); err != nil {
		return nil, fmt.Errorf("its settings cannot be read: %w", err)
	}
	for _, v := range sortedTensors(st) {
		t, err := decodeTensor(v)
		if err != nil {
			return nil, err
		}
		c.Tensors = append(c.Tensors, t)
	}
	if err = c.check(); errors.Is(err, ErrNotFinite) {
		err = fmt.Errorf("%w; %s", err, remedy)
	}
	return c, err
}

// remedy is what becomes of a run whose checkpoint is of no use.
const remedy = "take a copy of it, or the other of the run's two (" + CheckpointFile + ", " + BestFile + "), or start the run anew with --overwrite"

// notFinite names the first number of the tensors that is not finite.
func notFinite(st safetensors.SafeTensors) error {
	for _, v := range sortedTensors(st) {
		t, err := decodeTensor(v)
		if err != nil {
			continue // another fault
		}
		if where := t.NotFinite(); where != "" {
			return fmt.Errorf("%w: tensor %s", ErrNotFinite, where)
		}
	}
	return nil
}

func sortedTensors(st safetensors.SafeTensors) []safetensors.NamedTensorView {
	tensors := st.Tensors()
	slices.SortFunc(tensors, func(a, b safetensors.NamedTensorView) int { return cmp.Compare(a.Name, b.Name) })
	return tensors
}

// checkSums compares the checksums that the metadata holds.
func checkSums(meta map[string]string, st safetensors.SafeTensors) (warning string, err error) {
	format := meta[keyFormat]
	if format == checkpointFormat1 {
		for key := range meta {
			if key != keyFormat && key != keySettings {
				return "", fmt.Errorf("its format is %q, which has no %q", format, key)
			}
		}
		return "an earlier version wrote it, without checksums: damage to its numbers would not be noticed", nil
	}
	if format != checkpointFormat {
		return "", fmt.Errorf("its format is %q, this program reads %q", format, checkpointFormat)
	}
	views := map[string]safetensors.TensorView{}
	for _, v := range st.Tensors() {
		views[v.Name] = v.TensorView
	}
	want := map[string]string{keyFormat: format, keySettings: meta[keySettings],
		keySumOf + "settings": sumOfSettings(format, meta[keySettings]), keySumOf + "tensors": sumOfTensors(views)}
	for _, key := range sortedKeys(want) {
		if got, ok := meta[key]; !ok || got != want[key] {
			return "", fmt.Errorf("it is damaged: %s is %q, what it holds gives %q; %s", key, got, want[key], remedy)
		}
	}
	if len(meta) != len(want) {
		return "", fmt.Errorf("it is damaged: its metadata has %d entries, want %d", len(meta), len(want))
	}
	return "", nil
}

func (c *Checkpoint) decodeSettings(text string) error {
	var h header
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows them")
	}
	c.Version, c.Config, c.Optimizer, c.Position, c.Encoding, c.Note = h.Version, h.Config, h.Optimizer, h.Position, h.Encoding, h.Note
	return nil
}

func decodeTensor(v safetensors.NamedTensorView) (NamedTensor, error) {
	shape, raw := v.TensorView.Shape(), v.TensorView.Data()
	if v.TensorView.DType() != safetensors.F32 || len(shape) != 2 || shape[0] > math.MaxInt32 || shape[1] > math.MaxInt32 {
		return NamedTensor{}, fmt.Errorf("tensor %s is %v %v, want F32 with rows and columns", v.Name, v.TensorView.DType(), shape)
	}
	t := NamedTensor{Name: v.Name, Rows: int(shape[0]), Cols: int(shape[1]), Data: make([]float32, len(raw)/4)}
	for i := range t.Data {
		t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return t, nil
}

func encode(words []float32) []byte {
	raw := make([]byte, 0, 4*len(words))
	for _, w := range words {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(w))
	}
	return raw
}
