package cache

import (
	"strings"
	"time"
)

// A value in the form that encoding/json wrote it in, with no escape in it, is read without encoding/json, which
// learns the type anew in every process: that was a twentieth of a warm call. Any other form is left to it.

// A plainReader reads the members of such a value one after the other. bad: it is of another form.
type plainReader struct {
	rest string
	bad  bool
}

// text reads a member. before is all that stands before its value, up to the quote.
func (r *plainReader) text(before string) string {
	rest, begins := strings.CutPrefix(r.rest, before)
	value, rest, ends := strings.Cut(rest, `"`)
	r.rest = rest
	r.bad = r.bad || !begins || !ends
	for i := range len(value) {
		// What may stand for something else, and what encoding/json would judge.
		if c := value[i]; c < ' ' || c > '~' || c == '\\' {
			r.bad = true
		}
	}
	return value
}

// mayText is text for a member that may be left out.
func (r *plainReader) mayText(before string) string {
	if !strings.HasPrefix(r.rest, before) {
		return ""
	}
	return r.text(before)
}

func (r *plainReader) time(before string) (t time.Time) {
	// As encoding/json does, which is stricter than time.Parse.
	if t.UnmarshalText([]byte(r.text(before))) != nil {
		r.bad = true
	}
	return t
}

// ends tells whether the whole value was read, in the form that it has to have.
func (r *plainReader) ends() bool { return !r.bad && r.rest == "}" }

// read reads keys, or leaves them as they are.
func (v *storedKeys) read(data []byte) (ok bool) {
	r := plainReader{rest: string(data)}
	got := storedKeys{
		Version:         1,
		AccessKeyId:     r.text(`{"Version":1,"AccessKeyId":"`),
		SecretAccessKey: r.text(`,"SecretAccessKey":"`),
		Arn:             r.mayText(`,"Arn":"`),
		Added:           r.time(`,"Added":"`),
	}
	if ok = r.ends(); ok {
		*v = got
	}
	return ok
}

// read reads a session, or leaves it as it is.
func (v *storedSession) read(data []byte) (ok bool) {
	r := plainReader{rest: string(data)}
	got := storedSession{
		Version:         1,
		AccessKeyId:     r.text(`{"Version":1,"AccessKeyId":"`),
		SecretAccessKey: r.text(`,"SecretAccessKey":"`),
		SessionToken:    r.text(`,"SessionToken":"`),
		AccountId:       r.mayText(`,"AccountId":"`),
		Issued:          r.time(`,"Issued":"`),
		Expires:         r.time(`,"Expires":"`),
	}
	if ok = r.ends(); ok {
		*v = got
	}
	return ok
}
