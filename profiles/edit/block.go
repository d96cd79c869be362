package edit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"hatstand/profiles"
)

// A block is what Sync keeps in a config file, a line before it and one behind it included:
//
//	# hatstand profiles sync corp: begin. Written by hatstand; do not edit between these lines.
//	...
//	# hatstand profiles sync corp: end 3f9a0c1d2e4b5a69
type block struct {
	source string
	line   int    // the first line's number
	sum    string // of the lines between, as the last line has it
	// Where the first line starts, where the line after it starts, where the last line starts and where it ends.
	start, body, end, after int
}

const markerStart = "# hatstand profiles sync "

func beginMarker(source string) string {
	return markerStart + source + ": begin. Written by hatstand; do not edit between these lines."
}

func endMarker(source, sum string) string { return markerStart + source + ": end " + sum }

// markerPattern matches both lines of a block.
func markerPattern() *regexp.Regexp {
	return regexp.MustCompile(`^` + markerStart + `(.+?): (?:(begin)\..*|end ([0-9a-f]{16})) *$`)
}

// checksum is 16 hexadecimal digits of the SHA-256 of lines, whose ends are taken for "\n": an editor may have changed
// them all at once.
func checksum(lines []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(lines, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:8])
}

// blocks are all of the file, in its order. One without its end, inside another or there twice is an *Error.
func (s *source) blocks() ([]block, error) {
	var all []block
	var open *block
	pattern := markerPattern()
	wrong := func(line int, reason string) error {
		return &Error{Kind: BrokenBlock, Location: profiles.Location{Path: s.path, Line: line}, Reason: reason}
	}
	for start, line := 0, 1; ; {
		next := s.nextMarker(start)
		if next < 0 {
			break
		}
		line += bytes.Count(s.data[start:next], []byte("\n"))
		start = next
		after := len(s.data)
		if i := bytes.IndexByte(s.data[start:], '\n'); i >= 0 {
			after = start + i + 1
		}
		m := pattern.FindStringSubmatch(strings.TrimRight(string(s.data[start:after]), "\r\n"))
		switch {
		case m == nil:
		case m[2] != "" && open != nil:
			return nil, wrong(line, "the block of profiles sync "+m[1]+" begins inside that of "+open.source+
				", which began at line "+strconv.Itoa(open.line))
		case m[2] != "":
			for _, b := range all {
				if b.source == m[1] {
					return nil, &Error{Kind: RepeatedBlock, Location: profiles.Location{Path: s.path, Line: line},
						Reason: "the block of profiles sync " + m[1] + " is there twice: it began at line " +
							strconv.Itoa(b.line) + " before"}
				}
			}
			open = &block{source: m[1], line: line, start: start, body: after}
		case open == nil || open.source != m[1]:
			return nil, wrong(line, "the block of profiles sync "+m[1]+" ends here, but has no beginning")
		default:
			open.end, open.after, open.sum = start, after, m[3]
			all = append(all, *open)
			open = nil
		}
		if after == len(s.data) {
			break
		}
		start, line = after, line+1
	}
	if open != nil {
		return nil, wrong(open.line, "the block of profiles sync "+open.source+" begins here, but has no end")
	}
	return all, nil
}

// nextMarker is where the first line at or after start begins that may be a marker, or -1.
func (s *source) nextMarker(start int) int {
	for at := start; ; at++ {
		i := bytes.Index(s.data[at:], []byte(markerStart))
		if i < 0 {
			return -1
		}
		if at += i; at == len(s.file.ByteOrderMark()) || at > 0 && s.data[at-1] == '\n' {
			return at
		}
	}
}

// managed refuses a profile whose section is in a block. If the block's last line is lost, everything after its first
// line counts as in it.
func (s *source) managed(name string, start int) error {
	in := ""
	pattern := markerPattern()
	for at := s.nextMarker(0); at >= 0 && at < start; at = s.nextMarker(at + 1) {
		text, _, _ := bytes.Cut(s.data[at:], []byte("\n"))
		if m := pattern.FindStringSubmatch(strings.TrimRight(string(text), "\r")); m != nil {
			if in = ""; m[2] != "" {
				in = m[1]
			}
		}
	}
	if in == "" {
		return nil
	}
	return &Error{Kind: InBlock, Profile: name, Key: in,
		Location: profiles.Location{Path: s.path, Line: 1 + bytes.Count(s.data[:start], []byte("\n"))},
		Reason:   "it is in the block of profiles sync " + in + ", which is written as a whole"}
}
