package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// An element is one of a document's, as it is written: its names have prefixes, not namespaces.
type element struct {
	parent *element
	name   xml.Name // Space is the prefix
	attrs  []xml.Attr
	spaces map[string]string // the namespaces that it declares, by prefix
	kids   []any             // *element, or text
}

// parse reads a document without a DTD.
func parse(raw []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	var root, at *element
	for {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && root != nil && at == nil:
			return root, nil
		case err != nil:
			return nil, errors.New("it is not XML document")
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errors.New("it has a document type")
		case xml.StartElement:
			e := &element{parent: at, name: t.Name, spaces: map[string]string{}}
			for _, a := range t.Attr {
				switch {
				case a.Name.Space == "xmlns":
					e.spaces[a.Name.Local] = a.Value
				case a.Name == xml.Name{Local: "xmlns"}:
					e.spaces[""] = a.Value
				default:
					e.attrs = append(e.attrs, a)
				}
			}
			switch {
			case at != nil:
				at.kids = append(at.kids, e)
			case root == nil:
				root = e
			default:
				return nil, errors.New("it has two roots")
			}
			at = e
		case xml.EndElement:
			if at == nil || at.name != t.Name {
				return nil, errors.New("its elements do not end where they should")
			}
			at = at.parent
		case xml.CharData:
			if at != nil {
				at.kids = append(at.kids, string(t))
			}
		}
	}
}

// space is the namespace that a prefix stands for here.
func (e *element) space(prefix string) string {
	if prefix == "xml" {
		return "http://www.w3.org/XML/1998/namespace"
	}
	for at := e; at != nil; at = at.parent {
		if s, ok := at.spaces[prefix]; ok {
			return s
		}
	}
	return ""
}

// is reports whether an element has a name in a namespace.
func (e *element) is(space, local string) bool {
	return e.name.Local == local && e.space(e.name.Space) == space
}

// children returns the children with a name.
func (e *element) children(space, local string) []*element {
	var all []*element
	if e == nil {
		return nil
	}
	for _, kid := range e.kids {
		if c, ok := kid.(*element); ok && c.is(space, local) {
			all = append(all, c)
		}
	}
	return all
}

// child is the only one of a name; nil if there is none, or several.
func (e *element) child(space, local string) *element {
	if all := e.children(space, local); len(all) == 1 {
		return all[0]
	}
	return nil
}

func (e *element) attr(local string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name == (xml.Name{Local: local}) {
			return a.Value
		}
	}
	return ""
}

func (e *element) text() string {
	var b strings.Builder
	if e != nil {
		for _, kid := range e.kids {
			if s, ok := kid.(string); ok {
				b.WriteString(s)
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// canonical writes an element in exclusive canonical form, without comments (https://www.w3.org/TR/xml-exc-c14n/), and
// without the part that is left out. inclusive are the prefixes of InclusiveNamespaces.
func (e *element) canonical(leftOut *element, inclusive []string) []byte {
	var b bytes.Buffer
	e.write(&b, leftOut, inclusive, map[string]string{})
	return b.Bytes()
}

func (e *element) write(b *bytes.Buffer, leftOut *element, inclusive []string, above map[string]string) {
	used := append([]string{e.name.Space}, inclusive...)
	for _, a := range e.attrs {
		if a.Name.Space != "" && a.Name.Space != "xml" {
			used = append(used, a.Name.Space)
		}
	}
	slices.Sort(used)
	rendered := map[string]string{}
	for prefix, space := range above {
		rendered[prefix] = space
	}
	b.WriteString("<" + qualified(e.name))
	for _, prefix := range slices.Compact(used) {
		space := e.space(prefix)
		if was, ok := rendered[prefix]; ok && was == space || !ok && space == "" {
			continue
		}
		rendered[prefix] = space
		if prefix != "" {
			prefix = ":" + prefix
		}
		b.WriteString(` xmlns` + prefix + `="` + attrText(space) + `"`)
	}
	attrs := slices.Clone(e.attrs)
	slices.SortFunc(attrs, func(x, y xml.Attr) int {
		return strings.Compare(e.attrSpace(x)+"\x00"+x.Name.Local, e.attrSpace(y)+"\x00"+y.Name.Local)
	})
	for _, a := range attrs {
		b.WriteString(" " + qualified(a.Name) + `="` + attrText(a.Value) + `"`)
	}
	b.WriteString(">")
	for _, kid := range e.kids {
		switch kid := kid.(type) {
		case string:
			b.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(kid))
		case *element:
			if kid != leftOut {
				kid.write(b, leftOut, inclusive, rendered)
			}
		}
	}
	b.WriteString("</" + qualified(e.name) + ">")
}

func (e *element) attrSpace(a xml.Attr) string {
	if a.Name.Space == "" {
		return ""
	}
	return e.space(a.Name.Space)
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func attrText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;").Replace(s)
}
