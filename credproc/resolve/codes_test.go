package resolve_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
)

func TestACodeRequestSaysWhatItIsFor(t *testing.T) {
	w := newWorld(t)
	config := strings.Replace(roads, "[profile prod]", "[profile prod]\nmfa_process = show-code", 1)
	if _, err := w.r.Credentials(t.Context(), w.plan(config, "prod", credproc.Options{})); err != nil {
		t.Fatal(err)
	}
	got := w.codes.asked[0]
	if got.Serial != device || got.Target != "prod" || got.Role != "arn:aws:iam::222222222222:role/Admin" ||
		got.MFAProcess.Value != "show-code" || got.Attempt != 1 || got.Refused != "" {
		t.Errorf("%+v", got)
	}
}

// wrong is a code that the device shows at no time near now.
func (w *world) wrong() string {
	shown := map[string]bool{}
	for s := -3; s <= 3; s++ {
		shown[w.device.Code(time.Now().Add(time.Duration(s)*30*time.Second))] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !shown[code] {
			return code
		}
	}
}

func TestAWrongCodeIsAskedForAgain(t *testing.T) {
	for _, target := range []string{"prod", "long"} {
		t.Run(target, func(t *testing.T) {
			w := newWorld(t)
			w.codes.next = func(r resolve.CodeRequest) (string, error) {
				if r.Attempt < 3 {
					return w.wrong(), nil
				}
				return w.device.Code(time.Now()), nil
			}
			c := w.credentials(target)
			w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Admin/alice")
			for i, r := range w.codes.asked {
				if r.Attempt != i+1 || (r.Refused == "") != (i == 0) {
					t.Errorf("request %d: attempt %d, refused %q", i, r.Attempt, r.Refused)
				}
			}
			if len(w.codes.asked) != 3 {
				t.Errorf("asked %d times", len(w.codes.asked))
			}
		})
	}
}

func TestThreeWrongCodesAreARefusal(t *testing.T) {
	w := newWorld(t)
	w.codes.next = func(resolve.CodeRequest) (string, error) { return w.wrong(), nil }
	w.codes.seed = device
	_, err := w.r.Credentials(t.Context(), w.plan(roads, "prod", credproc.Options{}))
	if e := wantRefused(t, err, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."); e.Facts.Seed != device {
		t.Errorf("the seed of %q is stored", e.Facts.Seed)
	}
	w.wantSaw("GetSessionToken with code AccessDenied, GetSessionToken with code AccessDenied, GetSessionToken with code AccessDenied")
	if len(w.codes.asked) != 3 || w.kept.writes != 0 {
		t.Errorf("asked %d times, stored %d items", len(w.codes.asked), w.kept.writes)
	}
}

func wantRefused(t *testing.T, err error, code, message string) *sts.RefusedError {
	t.Helper()
	var refused *sts.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("want a RefusedError, got %v", err)
	}
	if refused.Code != code || refused.Message != message {
		t.Fatalf("want %s: %s, got %s: %s", code, message, refused.Code, refused.Message)
	}
	return refused
}

func TestWhereThereIsNoOtherCodeTheRefusalIsTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.codes.next = func(r resolve.CodeRequest) (string, error) {
		if r.Attempt > 1 {
			return "", fmt.Errorf("%w: --mfa-code is one", resolve.ErrNoOtherCode)
		}
		return w.wrong(), nil
	}
	_, err := w.r.Credentials(t.Context(), w.plan(roads, "prod", credproc.Options{}))
	wantRefused(t, err, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
	w.wantSaw("GetSessionToken with code AccessDenied")
}

func TestAPromptThatEndsEndsTheCall(t *testing.T) {
	cancelled := errors.New("cancelled")
	for _, attempt := range []int{1, 2} {
		w := newWorld(t)
		w.codes.next = func(r resolve.CodeRequest) (string, error) {
			if r.Attempt == attempt {
				return "", cancelled
			}
			return w.wrong(), nil
		}
		if _, err := w.r.Credentials(t.Context(), w.plan(roads, "prod", credproc.Options{})); !errors.Is(err, cancelled) {
			t.Errorf("attempt %d: %v", attempt, err)
		}
		if n := w.aws.Count("GetSessionToken"); n != attempt-1 {
			t.Errorf("attempt %d: %d calls", attempt, n)
		}
	}
}

func TestOnlyAWrongCodeIsAskedForAgain(t *testing.T) {
	w := newWorld(t)
	config := strings.Replace(roads, device, device+"-phone", 1)
	_, err := w.r.Credentials(t.Context(), w.plan(config, "prod", credproc.Options{}))
	wantRefused(t, err, "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	if len(w.codes.asked) != 1 {
		t.Errorf("asked %d times", len(w.codes.asked))
	}
}

// told is Locks that notes what those who wait are told.
type told struct {
	freely
	names []string
	errs  []error
}

func (h *told) Failed(name string, why error) {
	h.names, h.errs = append(h.names, name), append(h.errs, why)
}

func TestThoseWhoWaitForTheSameDeviceHearOfAFailure(t *testing.T) {
	w := newWorld(t)
	var h told
	w.r.Locks = &h
	w.refuse("AssumeRole")
	if _, err := w.r.Credentials(t.Context(), w.plan(roads, "prod", credproc.Options{})); err == nil || len(h.names) > 0 {
		t.Errorf("a call without a code: %v, told %v", err, h.names)
	}
	_, err := w.r.Credentials(t.Context(), w.plan(roads, "long", credproc.Options{}))
	if err == nil || len(h.names) != 1 || h.names[0] != resolve.DeviceLock(device) || !errors.Is(h.errs[0], err) {
		t.Errorf("a call with a code: %v, told %v, %v", err, h.names, h.errs)
	}
}
