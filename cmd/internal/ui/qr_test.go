package ui

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"reflect"
	"strings"
	"testing"

	"hatstand/cmd/internal/testkit"
)

const (
	qrURL = "otpauth://totp/Amazon%20Web%20Services:alice@111111111111?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Amazon%20Web%20Services"
	ink8  = "\x1b[30;47m"
)

func mustScan(t *testing.T, img image.Image, want string) {
	t.Helper()
	got, err := testkit.Scan(t.TempDir(), img)
	if errors.Is(err, testkit.ErrNoScanner) {
		testkit.MissingPart(t, "zbar-tools")
	}
	if err != nil || got != want {
		t.Errorf("read %q, %v, want %q", got, err, want)
	}
}

func TestATelephoneReadsTheCode(t *testing.T) {
	q, err := NewQRCode(qrURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, terminal := range []struct {
		name   string
		ground color.Gray
	}{{"dark", color.Gray{0}}, {"light", color.Gray{255}}, {"grey", color.Gray{120}}} {
		for _, c := range []struct {
			name string
			Canvas
		}{
			{"with room around it", Canvas{200, 100, true, inkOf("xterm-256color", "linux")}},
			{"in a window that it just fits", Canvas{len(q) + 4, len(q)/2 + 3, true, ink8}},
		} {
			t.Run("on a "+terminal.name+" terminal "+c.name, func(t *testing.T) {
				text, why := q.Draw(c.Canvas, 0)
				if why != "" {
					t.Fatal(why)
				}
				img, err := testkit.Photograph(text, terminal.ground)
				if err != nil {
					t.Fatal(err)
				}
				mustScan(t, img, qrURL)
			})
		}
	}
	t.Run("in a picture", func(t *testing.T) { mustScan(t, q.Image(8), qrURL) })
}

func TestACodeIsDrawnWholeOrNotAtAll(t *testing.T) {
	q, err := NewQRCode(qrURL)
	if err != nil {
		t.Fatal(err)
	}
	columns, rows := q.size(qrQuietLeast)
	for _, row := range []struct {
		name  string
		c     Canvas
		below int
		why   string
	}{
		{"it fits", Canvas{columns, rows, true, ink8}, 0, ""},
		{"it fits with what is below", Canvas{columns, rows + 3, true, ink8}, 3, ""},
		{"a column is missing", Canvas{columns - 1, rows, true, ink8}, 0, fmt.Sprintf("it needs a window of %d columns and %d rows", columns, rows)},
		{"a row is missing for what is below", Canvas{columns, rows + 2, true, ink8}, 3, fmt.Sprintf("it needs a window of %d columns and %d rows", columns, rows+3)},
		{"the size is not known", Canvas{0, 0, true, ink8}, 0, fmt.Sprintf("it needs a window of %d columns and %d rows", columns, rows)},
		{"no UTF-8", Canvas{200, 100, false, ink8}, 0, "the locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8"},
		{"no colours, so that dark and light are not known", Canvas{200, 100, true, ""}, 0, "this terminal (TERM) shows no colours"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text, why := q.Draw(row.c, row.below)
			if why != row.why || (text == "") != (why != "") {
				t.Errorf("%q, %q", text, why)
			}
			for line := range strings.Lines(text) {
				if !strings.HasPrefix(line, ink8) || !strings.HasSuffix(line, "\x1b[0m\n") {
					t.Errorf("a line that leaves its colours behind: %q", line)
				}
			}
		})
	}
}

func TestWhatATerminalCanShow(t *testing.T) {
	for _, row := range []struct {
		name, goos string
		env        map[string]string
		ink        string
		utf8       bool
	}{
		{"a terminal of today", "linux", map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, "\x1b[38;5;16;48;5;231m", true},
		{"the Linux console", "linux", map[string]string{"TERM": "linux", "LC_CTYPE": "C.utf8"}, ink8, true},
		{"LC_ALL wins", "linux", map[string]string{"TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.UTF-8"}, ink8, false},
		{"a dumb terminal", "linux", map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}, "", true},
		{"no terminal at all", "darwin", nil, "", false},
		{"Windows has neither variable", "windows", nil, "\x1b[38;5;16;48;5;231m", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := NewCanvas(row.goos, func(k string) string { return row.env[k] }, 80, 24)
			if c != (Canvas{80, 24, row.utf8, row.ink}) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestModulesAreFoundInImagesOfAnySize(t *testing.T) {
	want, err := NewQRCode(qrURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []int{1, 2, 3, 10} {
		got, err := readQRImage(want.Image(module))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d pixels a module: %v", module, err)
		}
	}
	blank, black := image.NewGray(image.Rect(0, 0, 50, 50)), image.NewGray(image.Rect(0, 0, 50, 50))
	draw.Draw(blank, blank.Bounds(), image.White, image.Point{}, draw.Src)
	for name, img := range map[string]image.Image{"nothing": image.NewGray(image.Rectangle{}), "a blank": blank, "a black": black} {
		if q, err := readQRImage(img); err == nil {
			t.Errorf("%s image is a code of %d modules", name, len(q))
		}
	}
}

func TestTheErrorOfATextThatDoesNotFitDoesNotRepeatIt(t *testing.T) {
	for _, text := range []string{"otpauth://totp/x?secret=HUSH" + strings.Repeat("H", 5000), "otpauth://totp/%zz?secret=HUSH", ":\x7fHUSH"} {
		_, err := NewQRCode(text)
		if err == nil || strings.Contains(err.Error(), "HUSH") {
			t.Errorf("%v", err)
		}
	}
}
