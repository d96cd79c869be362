package credproc_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc"
	"hatstand/profiles"
)

// While a person is asked for the code, another process may put other keys in the place of those the
// call is made with.
func TestWhatReplacedKeysMadeIsNotKept(t *testing.T) {
	w := newWorld(t)
	next := w.codes.next
	w.codes.next = func(r credproc.CodeRequest) (string, error) {
		entry := w.keys["me"]
		entry.c.AccessKeyID = "AKIAOTHERKEYOFME0000"
		w.keys["me"] = entry
		return next(r)
	}
	if c := w.wear("me"); !c.HasKeys() {
		t.Fatal("no credentials, though the code was spent")
	}
	if n := len(w.kept.items); n != 0 {
		t.Errorf("%d sessions of the old keys were kept", n)
	}
}

// Keys in the keyring win over a file's, but a plan that was made for temporary ones is not run with
// lasting ones.
func TestTemporaryKeysInAFileAreThose(t *testing.T) {
	w := newWorld(t)
	const config = "[profile bare]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\naws_session_token = token\n"
	c, err := w.r.Credentials(t.Context(), w.plan(config, "bare", credproc.Options{}))
	if err != nil || c.AccessKeyID != "ASIAIOSFODNN7EXAMPLE" || c.SessionToken != "token" {
		t.Errorf("got %q with token %v, %v", c.AccessKeyID, c.SessionToken != "", err)
	}
	w.wantSaw("")
}

func TestEnvironmentsKeysAreCorrectedThere(t *testing.T) {
	w := newWorld(t)
	ambient := credproc.Options{Ambient: aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}}
	_, err := w.r.Credentials(t.Context(), planOf(t, "[profile e]\nrole_arn = arn:aws:iam::222222222222:role/Open\ncredential_source = Environment\n",
		profiles.Request{Target: "e", Getenv: w.getenv}, ambient))
	hints, ok := err.(interface{ Hints() []string })
	if !ok {
		t.Fatalf("%v", err)
	}
	const want = `the access key of profile "e" was deleted or made inactive, or belongs to another partition; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to working keys, with AWS_SESSION_TOKEN if they are temporary`
	if h := hints.Hints(); len(h) == 0 || h[0] != want {
		t.Errorf("got %q", h)
	}
}
