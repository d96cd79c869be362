package testkit

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Photograph is what a camera sees of text on a terminal whose own background is ground: each character
// is two squares high. It knows the escape sequences that a QR code is drawn with, and no others.
func Photograph(text string, ground color.Gray) (image.Image, error) {
	const size, around = 4, 6
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, 400*size, (len(lines)+around)*2*size))
	draw.Draw(img, img.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	form := regexp.MustCompile(`\x1b\[([0-9;]*)m|.`)
	for row, line := range lines {
		fore, back := color.Gray{128}, ground
		column := around
		for _, m := range form.FindAllStringSubmatch(line, -1) {
			switch m[1] {
			case "":
			case "30;47", "38;5;16;48;5;231":
				fore, back = color.Gray{0}, color.Gray{255}
				continue
			case "0":
				fore, back = color.Gray{128}, ground
				continue
			default:
				return nil, fmt.Errorf("an escape sequence that is not known: %q", m[0])
			}
			halves := map[string][2]color.Gray{" ": {back, back}, "█": {fore, fore}, "▀": {fore, back}, "▄": {back, fore}}
			cell, known := halves[m[0]]
			if !known {
				return nil, fmt.Errorf("a character that is not known: %q", m[0])
			}
			for half, c := range cell {
				at := image.Rect(0, 0, size, size).Add(image.Pt(column*size, ((row+around/2)*2+half)*size))
				draw.Draw(img, at, image.NewUniform(c), image.Point{}, draw.Src)
			}
			column++
		}
	}
	return img, nil
}

var ErrNoScanner = errors.New("no zbarimg")

// Scan reads the QR code in a picture as a telephone does.
func Scan(dir string, img image.Image) (string, error) {
	file := filepath.Join(dir, "picture.png")
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer os.Remove(file)
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		return "", err
	}
	return ScanFile(file)
}

func ScanFile(file string) (string, error) {
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		return "", ErrNoScanner
	}
	out, err := exec.Command(program, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	return strings.TrimSuffix(string(out), "\n"), err
}
