package picture

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsDrawnIsWhatStoodThere(t *testing.T) {
	lines := []string{"$ a <b> && c", "$ # why", "  out  put", "", `"end"`}
	svg := SVG("T & t", "d < e", 40, lines)
	var doc struct {
		XMLName     xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Role        string   `xml:"role,attr"`
		Width       int      `xml:"width,attr"`
		Height      int      `xml:"height,attr"`
		Title       string   `xml:"title"`
		Description string   `xml:"desc"`
		Text        []struct {
			Y     int    `xml:"y,attr"`
			Class string `xml:"class,attr"`
			Line  string `xml:",chardata"`
		} `xml:"text"`
	}
	if err := xml.Unmarshal([]byte(svg), &doc); err != nil {
		t.Fatalf("%v\n%s", err, svg)
	}
	if doc.Title != "T & t" || doc.Description != "d < e" || doc.Role != "img" || doc.Width != 368 || doc.Height != 132 {
		t.Errorf("%+v", doc)
	}
	var got, classes []string
	for _, l := range doc.Text {
		got, classes = append(got, l.Line), append(classes, l.Class)
		if l.Y > doc.Height {
			t.Errorf("%q is below the window", l.Line)
		}
	}
	if want := slices.Delete(slices.Clone(lines), 3, 4); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !slices.Equal(classes, []string{"typed", "comment", "", ""}) {
		t.Errorf("%q", classes)
	}
	if !strings.Contains(svg, "prefers-color-scheme:dark") {
		t.Error("it is for light pages alone")
	}
}
