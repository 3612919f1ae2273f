package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// tableReader reads rows of values that are parted by a delimiter (RFC 4180: a value may be quoted, and then hold
// delimiters, line ends and doubled quotes). The delimiter is found in the first row: a tab where there is one, else a
// semicolon, else a comma. Blanks around values are not part of them. A byte-order mark of UTF-8 and Windows line ends
// are read as what they are; notes tell of them. Everything else that is no such table is a PlaceError, a carriage
// return without a line feed among it.
type tableReader struct {
	file      string
	in        *bufio.Reader
	delimiter byte

	line    int    // number of the last line read, from 1
	content []byte // of the lines of the row
	row     []field
	text    []byte // of quoted values of the row, without their quotes
	blank   int    // first of the empty lines that were read last, 0 for none

	mark       bool // there was a byte-order mark
	windowsEnd int  // Windows line ends
}

// field is a value of a row. Its text is valid until the next row is read.
type field struct {
	text         []byte
	line, column int // of its first character, from 1
	quoted       bool
}

func newTableReader(file string, in io.Reader) (*tableReader, error) {
	r := &tableReader{file: file, in: bufio.NewReaderSize(in, 1<<20)}
	head, err := firstLine(r.in)
	if err != nil {
		return nil, err
	}
	if err := checkEncoding(file, head); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte(utf8Mark)) {
		r.mark = true
		r.in.Discard(len(utf8Mark)) // was peeked at
		head = head[len(utf8Mark):]
	}
	r.delimiter = findDelimiter(head)
	return r, nil
}

// firstLine returns what begins with the first line that is not empty, without reading on, and leaves it unread. A line
// longer than the buffer is cut.
func firstLine(in *bufio.Reader) ([]byte, error) {
	for n := 1; ; n = in.Buffered() + 1 {
		head, err := in.Peek(min(n, in.Size()))
		if len(head) > 0 {
			head, _ = in.Peek(in.Buffered()) // all that has come
		}
		text := bytes.TrimLeft(head, "\r\n")
		switch {
		case err == io.EOF, in.Buffered() == in.Size(), bytes.IndexByte(text, '\n') >= 0:
			return head, nil
		case err != nil:
			return nil, err
		}
	}
}

// findDelimiter looks at the first line that is not empty.
func findDelimiter(head []byte) byte {
	head = bytes.TrimLeft(head, "\r\n")
	quoted := false
	found := byte(',')
	for _, c := range head {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			return found
		case c == '\t':
			return c
		case c == ';':
			found = c
		}
	}
	return found
}

// notes tell what was read otherwise than it stands in the file.
func (r *tableReader) notes() (all []string) {
	if r.mark {
		all = append(all, fmt.Sprintf("%s begins with a byte-order mark, which is not part of its first value", r.file))
	}
	if r.windowsEnd > 0 {
		all = append(all, fmt.Sprintf("%s has %d Windows line ends, each read as one line end", r.file, r.windowsEnd))
	}
	return all
}

// next returns the next row, or io.EOF. Empty lines at the end of the file are no rows; others are refused.
func (r *tableReader) next() ([]field, error) {
	r.content, r.text, r.row = r.content[:0], r.text[:0], r.row[:0]
	for {
		if err := r.readLine(); err != nil {
			return nil, err
		}
		if len(bytes.Trim(r.content, " \t\r")) > 0 {
			break
		}
		r.content = r.content[:0]
		if r.blank == 0 {
			r.blank = r.line
		}
	}
	if r.blank > 0 {
		return nil, r.bad(r.blank, 1, "an empty line between rows", "a row", "delete it")
	}
	s := rowScanner{tableReader: r, line: r.line}
	for {
		if err := s.value(); err != nil {
			return nil, err
		}
		if s.at == len(r.content) {
			return r.row, nil
		}
		s.at++ // the delimiter
	}
}

// headerAlone is the error of a table without a row of values.
func (r *tableReader) headerAlone() error {
	return r.bad(r.line, 0, "the end of the table behind its header", "rows", "")
}

func (r *tableReader) bad(line, column int, found, want, hint string) error {
	return &PlaceError{File: r.file, Line: line, Column: column, Found: found, Want: want, Hint: hint}
}

// readLine appends the next line without its end to the content of the row, or returns io.EOF.
func (r *tableReader) readLine() error {
	start := len(r.content)
	for {
		part, err := r.in.ReadSlice('\n')
		r.content = append(r.content, part...)
		if err == nil || err == io.EOF && len(r.content) > start {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	r.line++
	line := r.content[start:]
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
			r.windowsEnd++
		}
	}
	r.content = r.content[:start+len(line)]
	if at := invalidUTF8(line); at >= 0 {
		return r.bad(r.line, 1+utf8.RuneCount(line[:at]), fmt.Sprintf("byte 0x%02X, which is no UTF-8", line[at]), "UTF-8",
			"convert it (iconv -f LATIN1 -t UTF-8, if it is Latin-1)")
	}
	if at := bytes.IndexByte(line, 0); at >= 0 {
		return r.bad(r.line, 1+utf8.RuneCount(line[:at]), "a byte 0", "text", "")
	}
	return nil
}

// rowScanner goes through the content of a row.
type rowScanner struct {
	*tableReader
	at   int // in the content
	line int // of that

	counted int // place in the content up to which columns are counted, and
	columns int // the characters of its line before it
}

// column returns the column of a place in the content, which is never before the last that was asked for.
func (s *rowScanner) column(at int) int {
	s.columns += utf8.RuneCount(s.content[s.counted:at])
	s.counted = at
	return 1 + s.columns
}

func (s *rowScanner) skipBlanks() {
	for s.at < len(s.content) && s.content[s.at] != s.delimiter && (s.content[s.at] == ' ' || s.content[s.at] == '\t') {
		s.at++
	}
}

// value reads one value, up to the delimiter or the end of the row.
func (s *rowScanner) value() error {
	s.skipBlanks()
	f := field{line: s.line, column: s.column(s.at)}
	if s.at < len(s.content) && s.content[s.at] == '"' {
		if err := s.quoted(&f); err != nil {
			return err
		}
	} else {
		start := s.at
		end := bytes.IndexByte(s.content[start:], s.delimiter)
		if end < 0 {
			end = len(s.content) - start
		}
		s.at = start + end
		f.text = bytes.TrimRight(s.content[start:s.at], " \t\r")
		if at := bytes.IndexByte(s.content[start:s.at], '\r'); at >= 0 && !s.ends(start+at) {
			return s.loneReturn(start + at)
		}
	}
	s.row = append(s.row, f)
	return nil
}

// quoted reads a value from its opening quote on. It may read further lines.
func (s *rowScanner) quoted(f *field) error {
	f.quoted = true
	from := len(s.text)
	s.at++
	for {
		end := bytes.IndexByte(s.content[s.at:], '"')
		if end < 0 { // it goes on in the next line
			s.text = append(append(s.text, s.content[s.at:]...), '\n')
			s.at = len(s.content)
			s.counted, s.columns = s.at, 0
			s.line++
			if err := s.readLine(); err == io.EOF {
				return s.bad(f.line, f.column, "a quote that is never closed", "a quote at the end of the value", "")
			} else if err != nil {
				return err
			}
			continue
		}
		s.text = append(s.text, s.content[s.at:s.at+end]...)
		s.at += end + 1
		if s.at < len(s.content) && s.content[s.at] == '"' { // doubled: one of the value
			s.text = append(s.text, '"')
			s.at++
			continue
		}
		break
	}
	f.text = s.text[from:]
	s.skipBlanks()
	if s.ends(s.at) {
		s.at = len(s.content)
	}
	if s.at < len(s.content) && s.content[s.at] != s.delimiter {
		if s.content[s.at] == '\r' {
			return s.loneReturn(s.at)
		}
		r, _ := utf8.DecodeRune(s.content[s.at:])
		return s.bad(s.line, s.column(s.at), fmt.Sprintf("%q behind a closing quote", r), fmt.Sprintf("the delimiter %q", s.delimiter),
			"double a quote that is part of the value")
	}
	return nil
}

// ends tells whether nothing but blanks and carriage returns comes from a place of the row on.
func (s *rowScanner) ends(at int) bool { return len(bytes.Trim(s.content[at:], " \t\r")) == 0 }

// loneReturn is the error of a carriage return within a row. Where the first line has one and none ends as those of Windows do, all lines
// of the file end so.
func (s *rowScanner) loneReturn(at int) error {
	hint := "delete it, or quote the value that holds it"
	if s.line == 1 && s.windowsEnd == 0 {
		hint = `convert the file: tr '\r' '\n'`
	}
	return s.bad(s.line, s.column(at), "a carriage return alone, as old Macintosh files end their lines", "line ends of Unix or Windows", hint)
}
