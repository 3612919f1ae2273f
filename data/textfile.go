package data

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// readOwn reads a text of a user's as it is.
func readOwn(path string) ([]byte, error) {
	f, err := openOwn(path, textContent)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// byteOrderMarks are the first bytes of texts in encodings that are not read.
var byteOrderMarks = []struct{ bytes, encoding string }{
	{"\xff\xfe\x00\x00", "UTF-32LE"}, {"\x00\x00\xfe\xff", "UTF-32BE"}, {"\xff\xfe", "UTF-16LE"}, {"\xfe\xff", "UTF-16BE"},
}

const utf8Mark = "\xef\xbb\xbf"

// checkEncoding refuses what begins as a file in another encoding than UTF-8 does, and compressed files.
func checkEncoding(path string, head []byte) error {
	for _, mark := range byteOrderMarks {
		if bytes.HasPrefix(head, []byte(mark.bytes)) {
			return &PlaceError{File: path, Line: 1, Column: 1, Found: "a byte-order mark of " + mark.encoding, Want: "UTF-8",
				Hint: fmt.Sprintf("convert it: iconv -f %s -t UTF-8", mark.encoding[:len("UTF-16")])}
		}
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		return &PlaceError{File: path, Line: 1, Column: 1, Found: "a gzip-compressed file", Want: "text", Hint: "decompress it: gunzip"}
	}
	return nil
}

// normalText checks that raw is UTF-8 and returns it without byte-order mark and with Unix line ends, in place. Notes
// tell of both.
func normalText(path string, raw []byte) (text []byte, notes []string, err error) {
	if err := checkEncoding(path, raw); err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(raw, []byte(utf8Mark)) {
		raw = raw[len(utf8Mark):]
		notes = append(notes, fmt.Sprintf("%s begins with a byte-order mark, which is not part of the text", path))
	}
	if at := invalidUTF8(raw); at >= 0 {
		line, column := placeOf(raw, at)
		return nil, nil, &PlaceError{File: path, Line: line, Column: column, Found: fmt.Sprintf("byte 0x%02X, which is no UTF-8", raw[at]), Want: "UTF-8",
			Hint: "convert it (iconv -f LATIN1 -t UTF-8, if it is Latin-1), or take bytes as units"}
	}
	if n := bytes.Count(raw, []byte("\r\n")); n > 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		notes = append(notes, fmt.Sprintf("%s has %d Windows line ends, each read as one line end", path, n))
	}
	return raw, notes, nil
}

// returnsToLineEnds makes line ends of the carriage returns that normalText has left of a text, in place, and returns how many.
func returnsToLineEnds(text []byte) (n int) {
	for i, c := range text {
		if c == '\r' {
			text[i] = '\n'
			n++
		}
	}
	return n
}

// invalidUTF8 returns where the first byte is that is no UTF-8, or −1.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

// placeOf returns the line and the column, from 1, of byte number at.
func placeOf(text []byte, at int) (line, column int) {
	before := text[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])
}
