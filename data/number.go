package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// missingMarks are what tables write where a value is missing, in lower case. An empty value is missing too.
var missingMarks = []string{"", "nan", "na", "n/a", "null", "none", "?"}

func isMissing(text []byte) bool {
	if len(text) > 4 {
		return false
	}
	for _, mark := range missingMarks {
		if strings.EqualFold(string(text), mark) {
			return true
		}
	}
	return false
}

// isNumber tells whether a value is a number or missing.
func isNumber(text []byte) bool {
	_, err := strconv.ParseFloat(string(text), 64)
	return err == nil || isMissing(text)
}

// number reads the number of a field; what is missing is NaN. where names the column, as part of a sentence. The error is
// a PlaceError.
func (r *tableReader) number(f field, where string) (float32, error) {
	if isMissing(f.text) {
		return float32(math.NaN()), nil
	}
	v, err := strconv.ParseFloat(string(f.text), 64)
	bad := func(what, hint string) (float32, error) {
		return 0, r.bad(f.line, f.column, excerpt(string(f.text))+what, "a number"+where, hint)
	}
	switch {
	case math.IsInf(v, 0), math.Abs(v) > math.MaxFloat32:
		return bad(", which float32 cannot hold", "")
	case err == nil:
		return float32(v), nil
	case r.delimiter != ',' && strings.Count(string(f.text), ",") == 1 && isNumber([]byte(strings.Replace(string(f.text), ",", ".", 1))):
		return bad("", "write decimal points, not commas")
	}
	return bad("", "")
}

// missing is the error of a missing value where there must be one.
func (r *tableReader) missing(f field, where, hint string) error {
	found := "nothing"
	if len(f.text) > 0 {
		found = fmt.Sprintf("the missing value %s", excerpt(string(f.text)))
	}
	return r.bad(f.line, f.column, found, "a number"+where, hint)
}
