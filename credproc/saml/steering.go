package saml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// A steering has a browser's pages ask before they post to AWS, and leads the first of them to the provider.
type steering struct {
	tools *devtools
	page  string
	spoke atomic.Bool // the browser has said something

	begun bool
	pages map[string]bool // sessions of the pages that are open
	must  map[int]string  // commands that have to succeed, by their numbers
}

// run is over when a response has come, or the browser has ended or is of no use.
func (s *steering) run() (string, error) {
	s.pages, s.must = map[string]bool{}, map[int]string{}
	if err := s.attach(""); err != nil {
		return "", err
	}
	for {
		m, err := s.tools.next()
		if errors.Is(err, io.EOF) {
			return "", io.EOF
		}
		if err != nil {
			return "", browserFault(err)
		}
		s.spoke.Store(true)
		if name := s.must[m.ID]; name != "" && m.Error != nil {
			return "", browserFault(fmt.Errorf("the browser refuses %s", name))
		}
		delete(s.must, m.ID)
		response, err := s.event(m)
		if err != nil || response != "" {
			return response, err
		}
	}
}

// command sends one that has to succeed.
func (s *steering) command(session, method string, params any) error {
	number, err := s.tools.send(session, method, params)
	if err != nil {
		return io.EOF // nobody reads any more
	}
	s.must[number] = method
	return nil
}

// try sends a command that may fail: what it is about may be gone by now.
func (s *steering) try(session, method string, params any) error {
	if _, err := s.tools.send(session, method, params); err != nil {
		return io.EOF
	}
	return nil
}

// attach has all pages that a session opens wait until they are steered too.
func (s *steering) attach(session string) error {
	params := map[string]any{"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}
	if session == "" {
		return s.command(session, "Target.setAutoAttach", params)
	}
	return s.try(session, "Target.setAutoAttach", params)
}

func (s *steering) event(m message) (response string, err error) {
	switch m.Method {
	case "Target.attachedToTarget":
		var t target
		if err := decode(m.Params, &t); err != nil {
			return "", err
		}
		return "", s.attached(t)
	case "Target.detachedFromTarget":
		var t target
		if err := decode(m.Params, &t); err != nil {
			return "", err
		}
		delete(s.pages, t.SessionID)
		if s.begun && len(s.pages) == 0 {
			return "", io.EOF // some browsers go on without a window
		}
	case "Fetch.requestPaused":
		var r pausedRequest
		if err := decode(m.Params, &r); err != nil {
			return "", err
		}
		return s.paused(m.SessionID, r)
	}
	return "", nil
}

// attached begins to steer a page or a frame. The first page goes to the provider.
func (s *steering) attached(t target) error {
	id, kind := t.SessionID, t.TargetInfo.Type
	if kind == "page" || kind == "iframe" {
		if err := s.try(id, "Fetch.enable", map[string]any{"patterns": patterns()}); err != nil {
			return err
		}
		if err := s.attach(id); err != nil {
			return err
		}
	}
	if err := s.try(id, "Runtime.runIfWaitingForDebugger", struct{}{}); err != nil {
		return err
	}
	if kind != "page" {
		return nil
	}
	s.pages[id] = true
	if s.begun {
		return nil
	}
	s.begun = true
	return s.command(id, "Page.navigate", map[string]any{"url": s.page})
}

// paused takes a response, and answers its page in AWS's place. Other requests go on.
func (s *steering) paused(session string, r pausedRequest) (string, error) {
	response, ok := formResponse(r)
	if !ok {
		return "", s.try(session, "Fetch.continueRequest", map[string]any{"requestId": r.RequestID})
	}
	_ = s.try(session, "Fetch.fulfillRequest", map[string]any{
		"requestId": r.RequestID, "responseCode": 200,
		"responseHeaders": []map[string]string{{"name": "Content-Type", "value": "text/html; charset=utf-8"},
			{"name": "Cache-Control", "value": "no-store"}, {"name": "Content-Security-Policy", "value": "default-src 'none'"}},
		"body": base64.StdEncoding.EncodeToString([]byte(donePage)),
	})
	return response, nil // whatever becomes of the page
}
