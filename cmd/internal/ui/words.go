package ui

import (
	"fmt"
	"io"
	"strings"
)

// Row writes the cells of a row to Columns. A cell is one line without tabs, whatever a config file says.
func Row(w io.Writer, cells ...string) {
	for i, c := range cells {
		cells[i] = Plain(c)
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// ShortRole is a role's ARN as ACCOUNT:ROLE, the form that exec takes too.
func ShortRole(arn string) string {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || !strings.HasPrefix(f[5], "role/") {
		return arn
	}
	return f[4] + ":" + strings.TrimPrefix(f[5], "role/")
}

// ShortDevice is the part of an MFA serial that tells devices apart.
func ShortDevice(serial string) string {
	return serial[strings.LastIndexByte(serial, '/')+1:]
}

// HexColour is a colour as RRGGBB; "" for any other text.
func HexColour(s string) string {
	s = strings.ToLower(strings.TrimPrefix(s, "#"))
	if len(s) != 6 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}
