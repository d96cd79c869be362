// Package picture draws what stood on a terminal as an SVG image, for the documents: one that reads on light and on dark
// pages, and by its title and description for those who do not see it.
package picture

import (
	"fmt"
	"strings"
)

// Measures in pixels. The letters of common monospaced fonts are 0.6 of their size wide.
const (
	fontSize, lineHeight, margin = 14, 20, 16
	letterTenths                 = 84 // a letter's width in tenths
)

const style = `<style>
.window{fill:#f6f8fa;stroke:#d0d7de}
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#1f2328}
.typed{font-weight:600;fill:#0550ae}
.comment{fill:#59636e}
@media (prefers-color-scheme:dark){
.window{fill:#0d1117;stroke:#3d444d}
text{fill:#e6edf3}
.typed{fill:#79c0ff}
.comment{fill:#9198a1}
}
</style>
`

// SVG draws lines of a terminal of so many columns. What begins with "$ " was typed; if the rest begins with "#", it is a
// comment.
func SVG(title, description string, columns int, lines []string) string {
	width, height := columns*letterTenths/10+2*margin, len(lines)*lineHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" `+
		`aria-labelledby="title description">`+"\n", width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"description\">%s</desc>\n", escaped(title), escaped(description))
	fmt.Fprintf(&b, "%s<rect class=\"window\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", style, width-1, height-1)
	for i, line := range lines {
		if line == "" {
			continue
		}
		class := ""
		if typed, ok := strings.CutPrefix(line, "$ "); ok {
			class = ` class="typed"`
			if strings.HasPrefix(typed, "#") {
				class = ` class="comment"`
			}
		}
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n", margin, margin+i*lineHeight+fontSize, class,
			escaped(line))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
