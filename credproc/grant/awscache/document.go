package awscache

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A document is a JSON object whose members keep their order and their spelling.
type document []member

type member struct {
	name  string
	key   []byte // the name as it is written, with its quotes
	value json.RawMessage
}

func parse(data []byte) (document, error) {
	if !utf8.Valid(data) || !json.Valid(data) { // the latter also minds how deep it is
		return nil, errNotJSON
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotJSON
	}
	var d document
	for dec.More() {
		from := dec.InputOffset()
		name, err := dec.Token()
		if err != nil {
			return nil, errNotJSON
		}
		key := data[from:dec.InputOffset()]
		m := member{name: name.(string), key: key[bytes.IndexByte(key, '"'):]}
		if err := dec.Decode(&m.value); err != nil {
			return nil, errNotJSON
		}
		d = append(d, m)
	}
	return d, nil
}

// A field is a member that is known. Where decode is not called, the document has no such member, or it is null; where
// encode returns nil, none is written.
type field struct {
	name   string
	decode func(json.RawMessage) bool
	encode func() []byte
}

func textField(name string, text *string) field {
	decode := func(value json.RawMessage) bool { return json.Unmarshal(value, text) == nil }
	encode := func() []byte {
		if *text == "" {
			return nil
		}
		return quote(*text)
	}
	return field{name, decode, encode}
}

func timeField(name string, at *time.Time) field {
	decode := func(value json.RawMessage) (ok bool) {
		var text string
		if json.Unmarshal(value, &text) != nil {
			return false
		}
		if text == "" {
			return true
		}
		*at, ok = parseTime(text)
		return ok
	}
	encode := func() []byte {
		if at.IsZero() {
			return nil
		}
		return quote(at.UTC().Format(timeLayout))
	}
	return field{name, decode, encode}
}

// timeLayout is what every reader takes.
const timeLayout = "2006-01-02T15:04:05Z"

// parseTime reads what the AWS CLI and the SDKs write: RFC 3339, with any offset and fraction (Go), an offset without a
// colon, and "UTC" where a Z should be (botocore's JSONFileCache). What is less than a second is cut off.
func parseTime(text string) (time.Time, bool) {
	if rest, ok := strings.CutSuffix(text, "UTC"); ok {
		text = rest + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		at, err := time.Parse(layout, text)
		at = at.UTC().Truncate(time.Second)
		if err == nil && at.Year() >= 1 && at.Year() <= 9999 {
			return at, true
		}
	}
	return time.Time{}, false
}

// read fills fields from a document, and returns the document without what is in them. Of members that have one name
// the last counts, as in every reader.
func (d document) read(fields []field) (rest document, err error) {
	rest = slices.Clone(d)
	for _, f := range fields {
		var last json.RawMessage
		for i, m := range d {
			if m.name == f.name {
				last, rest[i].value = m.value, nil
			}
		}
		if last == nil || string(last) == "null" {
			continue
		}
		if !f.decode(last) {
			return nil, unreadable(f.name)
		}
	}
	return rest, nil
}

// write puts fields where they were in a document that they were read from, and new ones at its end.
func (d document) write(fields []field) []byte {
	var b bytes.Buffer
	add := func(key, value []byte) {
		if value == nil {
			return
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.Write(key)
		b.WriteString(": ")
		b.Write(value)
	}
	written := map[string]bool{}
	for _, m := range d {
		known := slices.IndexFunc(fields, func(f field) bool { return f.name == m.name })
		switch {
		case known < 0:
			add(m.key, m.value)
		case !written[m.name]:
			add(m.key, fields[known].encode())
			written[m.name] = true
		}
	}
	for _, f := range fields {
		if !written[f.name] {
			add(quote(f.name), f.encode())
		}
	}
	return slices.Concat([]byte("{"), b.Bytes(), []byte("}"))
}

func quote(text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
