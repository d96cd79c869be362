package dialog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hatstand/mfa"
)

// maxAssuan is how long a line may be, its end included. (Assuan manual, "Client requests")
const maxAssuan = 1000

// errGarbage is a server that does not speak Assuan.
var errGarbage = errors.New("it does not speak the Assuan protocol")

// An assuanError is a refusal by the server.
type assuanError struct {
	code   uint16 // of libgpg-error, without its source
	text   string
	failed bool // a line "S ERROR" came before: it failed in itself
}

func (e *assuanError) Error() string { return e.text }

// The codes of libgpg-error that matter here.
const (
	gpgTimeout       = 62
	gpgCanceled      = 99
	gpgNotConfirmed  = 114
	gpgFullyCanceled = 198
)

// An assuan is a client's end of a connection.
type assuan struct {
	w io.Writer
	r *bufio.Reader
}

// newAssuan reads the server's greeting.
func newAssuan(r io.Reader, w io.Writer) (*assuan, error) {
	a := &assuan{w: w, r: bufio.NewReaderSize(r, maxAssuan+2)}
	_, err := a.reply()
	return a, err
}

// call sends a command with its argument and gives the data that the server returns. The argument is
// escaped, so that it stays one argument of this one command, and cut where a line would get too long.
func (a *assuan) call(command, arg string) (string, error) {
	line := command
	if arg != "" {
		line += " " + assuanEscape(arg, maxAssuan-len(command)-2)
	}
	if _, err := io.WriteString(a.w, line+"\n"); err != nil {
		return "", io.EOF // it is gone
	}
	return a.reply()
}

// reply reads up to OK or ERR.
func (a *assuan) reply() (string, error) {
	var data strings.Builder
	failed := false
	for {
		raw, err := a.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return "", errGarbage
		}
		if err != nil {
			return "", err
		}
		line := strings.TrimSuffix(string(raw), "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == "OK":
			return data.String(), nil
		case word == "ERR":
			return "", newAssuanError(rest, failed)
		case word == "D":
			if data.Len()+len(rest) > mfa.MaxLine {
				return "", fmt.Errorf("an answer of more than %d bytes", mfa.MaxLine)
			}
			data.WriteString(assuanUnescape(rest))
		case word == "S":
			failed = failed || strings.HasPrefix(rest, "ERROR ")
		case strings.HasPrefix(line, "#"), line == "":
		default:
			return "", errGarbage
		}
	}
}

func newAssuanError(rest string, failed bool) error {
	number, text, _ := strings.Cut(rest, " ")
	code, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return errGarbage
	}
	text, _, _ = strings.Cut(text, " <")
	if text == "" {
		text = "error " + number
	}
	return &assuanError{code: uint16(code), text: text, failed: failed}
}

func assuanEscape(text string, max int) string {
	var b strings.Builder
	for _, c := range text {
		next := string(c)
		switch c {
		case '%', '\n', '\r':
			next = fmt.Sprintf("%%%02X", c)
		}
		if b.Len()+len(next) > max {
			break
		}
		b.WriteString(next)
	}
	return b.String()
}

func assuanUnescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
