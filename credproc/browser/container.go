package browser

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A container is a tab container of Firefox, addressed as the add-on "Open external links in a
// container" documents it: https://github.com/honsiorovskyi/open-url-in-container
type container struct{ name, color string }

// url is the address inside the container. The colour and the icon are for a container that has to be made.
func (c container) url(to string) string {
	u := "ext+container:name=" + escape(c.name) + "&url=" + escape(to)
	if c.color != "" {
		u += "&color=" + c.color
	}
	return u + "&icon=fingerprint"
}

// escape has no "+" for a space: the address is taken apart as a URI before it is as a query.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// A hue is one of the colours that a container may have, by its place on the colour circle (degrees).
type hue struct {
	name  string
	angle float64
}

// containerColor is the container's colour that is nearest to a profile's: the name of one, or RRGGBB as
// AWS Extend Switch Roles has it. "" is none: the text is neither, or a grey.
func containerColor(text string) string {
	hues := []hue{{"red", 0}, {"orange", 28}, {"yellow", 51}, {"green", 110}, {"turquoise", 170}, {"blue", 220},
		{"purple", 275}, {"pink", 320}}
	text = strings.ToLower(strings.TrimPrefix(text, "#"))
	if slices.ContainsFunc(hues, func(h hue) bool { return h.name == text }) {
		return text
	}
	angle, ok := angleOf(text)
	if !ok {
		return ""
	}
	return slices.MinFunc(hues, func(a, b hue) int {
		return cmp.Compare(apart(a.angle, angle), apart(b.angle, angle))
	}).name
}

// apart is the distance of two angles on the circle.
func apart(a, b float64) float64 {
	d := math.Abs(a - b)
	return min(d, 360-d)
}

// angleOf is the hue of RRGGBB. A grey has none.
func angleOf(text string) (float64, bool) {
	n, err := strconv.ParseUint(text, 16, 24)
	if err != nil || len(text) != 6 {
		return 0, false
	}
	r, g, b := float64(n>>16), float64(n>>8&0xff), float64(n&0xff)
	most, least := max(r, g, b), min(r, g, b)
	span := most - least
	if span < 16 {
		return 0, false
	}
	var angle float64
	switch most {
	case r:
		angle = (g - b) / span
	case g:
		angle = (b-r)/span + 2
	default:
		angle = (r-g)/span + 4
	}
	return math.Mod(angle*60+360, 360), true
}
