package awstest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hatstand/credproc/awstest/identitycenter"
	"hatstand/credproc/awstest/loginsession"
)

// Fault is a disturbance. Before the action takes effect, or After it, it can
// call a Hook, wait, and then answer with an error, drop the connection, or
// (with neither) let the call go on.
type Fault struct {
	Action string // "AssumeRole", "getSigninToken", ...; "" is any
	Times  int    // how many calls it meets; 0 is one, below 0 is all
	After  bool   // the action has taken effect; only its answer is lost or late

	Hook    func() // called once a call; it may block
	Latency time.Duration
	Drop    bool          // close the connection without an answer
	Skew    time.Duration // the server's clock for this call, on top of SetSkew
	Body    Body          // how the answer's body is sent
	Expired time.Duration // above 0: what STS gives has expired that long ago

	// Omit is a member of a JSON answer that is left out.
	Omit string

	// Envelope is the element around an error in place of AWS's own: "Error" has none around it (as Ceph's),
	// "Errors" is moto's, "none" leaves the body empty.
	Envelope string

	// Status, Code and Message are the error; what is left empty follows from
	// the rest: Throttling is 400 "Rate exceeded", InternalFailure 500,
	// ServiceUnavailable 503.
	Status  int
	Code    string
	Message string
	// Reason is the "reason" of Identity Center's AccessDeniedException and
	// InvalidRequestException, and the "error" of CreateOAuth2Token.
	Reason string
	// RetryAfter, if above 0, is how long the error asks to wait (Retry-After).
	RetryAfter time.Duration
}

// Body is how the body of an answer is sent.
type Body int

const (
	Whole    Body = iota
	Half          // the first half of what Content-Length says, and then the connection is closed
	Stalled       // the first half, and then nothing until the client leaves
	Dripping      // two bytes a second
)

// send writes a body; false: the connection is to be cut.
func (b Body) send(ctx context.Context, w http.ResponseWriter, body []byte) bool {
	out := http.NewResponseController(w)
	half := len(body) / 2
	switch b {
	case Half, Stalled:
		_, _ = w.Write(body[:half])
		_ = out.Flush()
		if b == Stalled {
			<-ctx.Done()
		}
		return false
	case Dripping:
		for len(body) > 0 {
			n := min(2, len(body))
			_, _ = w.Write(body[:n])
			_ = out.Flush()
			body = body[n:]
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return false
			}
		}
		return true
	}
	_, _ = w.Write(body) // the client may be gone; that is its business
	return true
}

// Fault adds a disturbance; those that fit a call are met in the order in which
// they were added.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// ClearFaults forgets the disturbances that have not been met. Unlike Reset it keeps the calls.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault is the next disturbance for an action; the zero Fault is none.
func (s *Server) takeFault(action string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f *Fault) bool { return f.Action == "" || f.Action == action })
	if i < 0 {
		return Fault{}
	}
	f := s.faults[i]
	taken := *f
	if f.Times > 0 {
		f.Times--
		if f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
	}
	return taken
}

// pass is the hook and the wait; false: the client left meanwhile.
func (f Fault) pass(ctx context.Context) bool {
	if f.Hook != nil {
		f.Hook()
	}
	if f.Latency <= 0 {
		return true
	}
	t := time.NewTimer(f.Latency)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// breaks says whether the answer is not the action's own.
func (f Fault) breaks() bool { return f.Drop && !f.After || f.Status != 0 || f.Code != "" }

func (f Fault) answer(x *exchange) reply {
	if f.Drop {
		return reply{}
	}
	if x.call.Action == loginsession.CreateOAuth2Token {
		return fromSignIn(loginsession.Failure(f.Status, f.Code, f.Reason, f.Message))
	}
	if ofCenter(x.call.Service) {
		return fromCenter(identitycenter.Failure(x.call.Service, f.Status, f.Code, f.Message, f.Reason))
	}
	e := refusal{status: f.Status, code: f.Code, message: f.Message}
	if e.code == "" {
		e.code = "InternalFailure"
		if e.status == http.StatusServiceUnavailable {
			e.code = "ServiceUnavailable"
		}
	}
	status, message := http.StatusInternalServerError, "The request processing has failed because of an unknown "+
		"error, exception or failure."
	switch e.code {
	case "Throttling":
		status, message = http.StatusBadRequest, "Rate exceeded"
	case "ServiceUnavailable":
		status, message = http.StatusServiceUnavailable, "The request has failed due to a temporary failure of the "+
			"server."
	}
	if e.status == 0 {
		e.status = status
	}
	if e.message == "" {
		e.message = message
	}
	out := x.fail(&e)
	inner := branch("Error", leaf("Code", e.code), leaf("Message", e.message))
	switch f.Envelope {
	case "":
		return out
	case "none":
		out.body = nil
	default:
		root := inner
		if f.Envelope != "Error" {
			root = branch(f.Envelope, inner)
		}
		out.body = xmlReply(e.status, x.id, x.namespace(), root).body
	}
	return out
}

// spoil takes what the fault omits from an answer, and tells when to come back.
func (f Fault) spoil(out *reply) {
	if f.RetryAfter > 0 && out.header != nil {
		out.header.Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	var answer map[string]any
	if f.Omit == "" || json.Unmarshal(out.body, &answer) != nil {
		return
	}
	omit(answer, f.Omit)
	if body, err := json.Marshal(answer); err == nil {
		out.body = body
	}
}

// omit takes a member from an object, and from those in it.
func omit(answer map[string]any, name string) {
	delete(answer, name)
	for _, v := range answer {
		if inner, ok := v.(map[string]any); ok {
			omit(inner, name)
		}
	}
}
