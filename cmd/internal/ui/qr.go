package ui

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/pquerna/otp"
)

// A QRCode is the modules of a QR code, row by row, true where dark, without the quiet zone around it.
type QRCode [][]bool

const (
	// ISO/IEC 18004: version v has 17+4v modules a side, v from 1 to 40; the finder pattern in three
	// corners is 7 wide; 4 modules around the code are light.
	qrLeast, qrMost = 21, 177
	qrFinder        = 7
	qrQuiet         = 4
	// Cameras make do with less, and a window of 24 rows has no more.
	qrQuietLeast = 2
)

var errNoQR = errors.New("the text does not fit a QR code")

// NewQRCode encodes a URL. Its error does not repeat it: it may be a secret.
func NewQRCode(url string) (QRCode, error) {
	key, err := otp.NewKeyFromURL(url)
	if err != nil {
		return nil, errNoQR
	}
	img, err := key.Image(qrMost, qrMost)
	if err != nil {
		return nil, errNoQR
	}
	return readQRImage(img)
}

// readQRImage finds the modules of a clean image of a QR code, dark on light, of any scale and with any
// border.
func readQRImage(img image.Image) (QRCode, error) {
	dark := func(x, y int) bool { return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 128 }
	var box image.Rectangle // of all that is dark: the finder patterns reach into three corners
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if dark(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	finder := 0
	for finder < box.Dx() && dark(box.Min.X+finder, box.Min.Y) {
		finder++
	}
	size := finder / qrFinder // of a module
	if size == 0 || box.Dx() != box.Dy() || box.Dx()%size != 0 {
		return nil, errors.New("the image is not of a QR code")
	}
	n := box.Dx() / size
	if n < qrLeast || n > qrMost || n%4 != 1 {
		return nil, errors.New("the image is not of a QR code")
	}
	q := make(QRCode, n)
	for y := range q {
		q[y] = make([]bool, n)
		for x := range q[y] {
			q[y][x] = dark(box.Min.X+x*size+size/2, box.Min.Y+y*size+size/2)
		}
	}
	return q, nil
}

// dark tells of a place in or around the code.
func (q QRCode) dark(x, y int) bool {
	return y >= 0 && y < len(q) && x >= 0 && x < len(q) && q[y][x]
}

// Image is the code, dark on light, with its quiet zone; a module is so many pixels wide and high.
func (q QRCode) Image(module int) image.Image {
	side := (len(q) + 2*qrQuiet) * module
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if q.dark(x/module-qrQuiet, y/module-qrQuiet) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return img
}

// A Canvas is what a terminal can show.
type Canvas struct {
	columns, rows int // 0: not known
	utf8          bool
	// ink is the escape sequence for dark characters on light ground, whatever the terminal's own colours;
	// "" if it takes none.
	ink string
}

// NewCanvas makes the canvas for a terminal with that many columns and rows.
func NewCanvas(goos string, getenv func(string) string, columns, rows int) Canvas {
	return Canvas{
		columns: columns, rows: rows,
		utf8: goos == "windows" || saysUTF8(cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"))),
		ink:  inkOf(getenv("TERM"), goos),
	}
}

// Colours reports whether the terminal takes escape sequences.
func (c Canvas) Colours() bool { return c.ink != "" }

func saysUTF8(locale string) bool {
	locale = strings.ToLower(locale)
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// inkOf picks colours that themes leave alone, where there are some.
func inkOf(term, goos string) string {
	switch {
	case term == "dumb", term == "" && goos != "windows":
		return ""
	case strings.Contains(term, "256color"), goos == "windows":
		return "\x1b[38;5;16;48;5;231m"
	}
	return "\x1b[30;47m"
}

// Draw gives the code in half-block characters, two modules a character, with the quiet zone around it;
// below is how many more lines have to be seen with it. A code that cannot be shown whole and right is
// not shown: why says what is missing.
func (q QRCode) Draw(c Canvas, below int) (text, why string) {
	quiet := qrQuiet
	if !q.fits(c, quiet, below) {
		quiet = qrQuietLeast
	}
	switch {
	case c.ink == "":
		return "", "this terminal (TERM) shows no colours"
	case !c.utf8:
		return "", "the locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8"
	case !q.fits(c, quiet, below):
		columns, rows := q.size(quiet)
		return "", fmt.Sprintf("it needs a window of %d columns and %d rows", columns, rows+below)
	}
	var b strings.Builder
	for y := -quiet; y < len(q)+quiet; y += 2 {
		b.WriteString(c.ink)
		for x := -quiet; x < len(q)+quiet; x++ {
			switch top, bottom := q.dark(x, y), q.dark(x, y+1); {
			case top && bottom:
				b.WriteRune('█')
			case top:
				b.WriteRune('▀')
			case bottom:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String(), ""
}

// size is what a drawing takes, in characters.
func (q QRCode) size(quiet int) (columns, rows int) {
	columns = len(q) + 2*quiet
	return columns, (columns + 1) / 2
}

func (q QRCode) fits(c Canvas, quiet, below int) bool {
	columns, rows := q.size(quiet)
	return columns <= c.columns && rows+below <= c.rows
}
