package saml

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A message is one of the DevTools protocol, in either direction.
type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// longestMessage bounds one of the browser's: a form comes twice in it, and the second time in base64.
const longestMessage = 8 << 20

// devtools talks to a browser over a pipe: JSON, with a zero byte behind each message. It waits for no answer: a
// browser that does not do as it is told shows that by what does not come.
type devtools struct {
	mu   sync.Mutex
	to   io.Writer
	last int
	from *bufio.Reader
}

func newDevtools(to io.Writer, from io.Reader) *devtools {
	return &devtools{to: to, from: bufio.NewReaderSize(from, 64<<10)}
}

// send sends a command to a session; "": to the browser itself. It returns the command's number.
func (d *devtools) send(session, method string, params any) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	raw, err := json.Marshal(params)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(message{ID: d.last, SessionID: session, Method: method, Params: raw})
	if err != nil {
		return 0, err
	}
	_, err = d.to.Write(append(text, 0))
	return d.last, err
}

// next is the next message. io.EOF: the browser has ended.
func (d *devtools) next() (message, error) {
	var m message
	var text []byte
	for {
		part, err := d.from.ReadSlice(0)
		text = append(text, part...)
		switch {
		case len(text) > longestMessage:
			return m, fmt.Errorf("the browser sends a message of more than %d bytes", longestMessage)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return m, io.EOF
		}
		break
	}
	if json.Unmarshal(text[:len(text)-1], &m) != nil {
		return m, errors.New("the browser sent something that is not a message of the DevTools protocol")
	}
	return m, nil
}
