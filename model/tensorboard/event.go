package tensorboard

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields that are written, by their messages.
const (
	eventTime, eventStep, eventVersion, eventSummary, eventSession = 1, 2, 3, 5, 7

	sessionStatus = 1
	sessionStart  = 1 // SessionLog.START

	summaryValue = 1

	valueTag, valueSimple, valueHistogram, valueTensor, valueMetadata = 1, 2, 5, 8, 9

	metadataPlugin, metadataClass = 1, 4
	pluginName, pluginContent     = 1, 2
	classTensor                   = 2 // DATA_CLASS_TENSOR

	tensorType, tensorShape, shapeDim, dimSize = 1, 2, 2, 1
	typeFloat                                  = 1

	histogramMin, histogramMax, histogramNum, histogramSum, histogramSquares, histogramLimits, histogramCounts = 1, 2, 3, 4, 5, 6, 7

	hparamsStart, hparamsEnd             = 3, 4 // of HParamsPluginData
	startParams, startTime               = 1, 5
	endStatus, endTime                   = 1, 2
	statusSuccess, statusFailure         = 1, 2
	mapKey, mapValue                     = 1, 2
	structNumber, structText, structBool = 2, 3, 4 // of google.protobuf.Value
	tagStart, tagEnd                     = "_hparams_/session_start_info", "_hparams_/session_end_info"
	hparamsPlugin                        = "hparams"
)

// message is an encoded protocol buffer under construction.
type message []byte

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func (m message) message(field protowire.Number, b message) message { return m.bytes(field, b) }

func (m message) text(field protowire.Number, s string) message { return m.bytes(field, []byte(s)) }

func (m message) int(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) double(field protowire.Number, v float64) message {
	return protowire.AppendFixed64(protowire.AppendTag(m, field, protowire.Fixed64Type), math.Float64bits(v))
}

func (m message) float(field protowire.Number, v float32) message {
	return protowire.AppendFixed32(protowire.AppendTag(m, field, protowire.Fixed32Type), math.Float32bits(v))
}

// doubles is a packed list.
func (m message) doubles(field protowire.Number, list []float64) message {
	var packed []byte
	for _, v := range list {
		packed = protowire.AppendFixed64(packed, math.Float64bits(v))
	}
	return m.bytes(field, packed)
}

// seconds is a time as the format has it.
func (w *Writer) seconds() float64 { return float64(w.now().UnixMicro()) / 1e6 }

// event writes an event with the current time.
func (w *Writer) event(step int64, what message) {
	m := message(nil).double(eventTime, w.seconds())
	if step != 0 {
		m = m.int(eventStep, step)
	}
	w.record(append(m, what...))
}

// Scalar is a number with its tag; what is before a slash in it groups tags.
type Scalar struct {
	Tag   string
	Value float64
}

// Scalars writes numbers of a step.
func (w *Writer) Scalars(step int64, values ...Scalar) {
	var s message
	for _, v := range values {
		s = s.message(summaryValue, message(nil).text(valueTag, v.Tag).float(valueSimple, float32(v.Value)))
	}
	w.event(step, message(nil).message(eventSummary, s))
}

// bins is into how many equal parts the range of a histogram is divided.
const bins = 30

// Histogram writes how numbers are distributed, in equal bins over their range. Nothing is written where there are none, or one is not finite.
func (w *Writer) Histogram(step int64, tag string, values []float32) {
	if len(values) == 0 {
		return
	}
	lo, hi := float64(slices.Min(values)), float64(slices.Max(values))
	if math.IsNaN(lo) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return
	}
	var sum, squares float64
	limits, counts := make([]float64, bins), make([]float64, bins)
	for i := range limits {
		limits[i] = lo + (hi-lo)*float64(i+1)/bins
	}
	limits[bins-1] = hi
	if hi == lo {
		limits, counts = []float64{hi}, []float64{0}
	}
	for _, v := range values {
		x := float64(v)
		sum, squares = sum+x, squares+x*x
		i, _ := slices.BinarySearch(limits, x) // the first limit that is no smaller
		counts[i]++
	}
	h := message(nil).double(histogramMin, lo).double(histogramMax, hi).double(histogramNum, float64(len(values))).double(histogramSum, sum).double(histogramSquares, squares).
		doubles(histogramLimits, limits).doubles(histogramCounts, counts)
	w.event(step, message(nil).message(eventSummary, message(nil).message(summaryValue, message(nil).text(valueTag, tag).message(valueHistogram, h))))
}

// Start writes the hyper-parameters of the run: numbers, texts and bools by name; what is none of these is written as a text.
func (w *Writer) Start(params map[string]any) {
	var info message
	for _, name := range slices.Sorted(maps.Keys(params)) {
		var v message
		switch p := params[name].(type) {
		case float64:
			v = v.double(structNumber, p)
		case int:
			v = v.double(structNumber, float64(p))
		case int64:
			v = v.double(structNumber, float64(p))
		case uint64:
			v = v.double(structNumber, float64(p))
		case bool:
			v = v.int(structBool, protowireBool(p))
		default:
			v = v.text(structText, fmt.Sprint(p))
		}
		info = info.message(startParams, message(nil).text(mapKey, name).message(mapValue, v))
	}
	w.plugin(tagStart, message(nil).message(hparamsStart, info.double(startTime, w.seconds())))
}

// End writes that the run has ended for good.
func (w *Writer) End(good bool) {
	status := int64(statusFailure)
	if good {
		status = statusSuccess
	}
	w.plugin(tagEnd, message(nil).message(hparamsEnd, message(nil).int(endStatus, status).double(endTime, w.seconds())))
}

func protowireBool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// plugin writes what the plugin of hyper-parameters reads: its data stands in the metadata of an empty tensor.
func (w *Writer) plugin(tag string, content message) {
	metadata := message(nil).message(metadataPlugin, message(nil).text(pluginName, hparamsPlugin).message(pluginContent, content)).int(metadataClass, classTensor)
	empty := message(nil).int(tensorType, typeFloat).message(tensorShape, message(nil).message(shapeDim, message(nil).int(dimSize, 0)))
	v := message(nil).text(valueTag, tag).message(valueTensor, empty).message(valueMetadata, metadata)
	w.event(0, message(nil).message(eventSummary, message(nil).message(summaryValue, v)))
}
