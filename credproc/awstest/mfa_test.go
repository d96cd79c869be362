package awstest

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	badCode   = "MultiFactorAuthentication failed with invalid MFA one time pass code."
	badSerial = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
)

func (w world) withCode(at time.Time) *sts.GetSessionTokenInput {
	return &sts.GetSessionTokenInput{SerialNumber: &w.mfa.Serial, TokenCode: aws.String(w.mfa.Code(at))}
}

// get asks for a session with a code, and gives its error.
func (w world) get(t *testing.T, in *sts.GetSessionTokenInput) error {
	t.Helper()
	_, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), in)
	return err
}

func TestACodeWorksOnce(t *testing.T) {
	c := newClock()
	w := newWorld(t, Options{Now: c.now})
	first := w.withCode(c.now())
	if err := w.get(t, first); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, w.get(t, first), http.StatusForbidden, "AccessDenied", badCode)
	wantRefusal(t, w.get(t, w.withCode(c.now().Add(-step*time.Second))), http.StatusForbidden, "AccessDenied", badCode)
	if err := w.get(t, w.withCode(c.now().Add(step*time.Second))); err != nil {
		t.Errorf("the next step's code: %v", err)
	}
}

func TestWhichStepsAreTaken(t *testing.T) {
	for name, row := range map[string]struct {
		off time.Duration
		ok  bool
	}{
		"this one": {0, true}, "the one before": {-step * time.Second, true}, "the one after": {step * time.Second, true},
		"two before": {-2 * step * time.Second, false}, "two after": {2 * step * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			w := newWorld(t, Options{Now: c.now})
			err := w.get(t, w.withCode(c.now().Add(row.off)))
			if (err == nil) != row.ok {
				t.Error(err)
			}
		})
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		edit    func(world, *sts.GetSessionTokenInput)
		message string
	}{
		"an unknown serial number": {
			func(_ world, in *sts.GetSessionTokenInput) {
				in.SerialNumber = aws.String("arn:aws:iam::111111111111:mfa/nobody")
			}, badSerial,
		},
		"another user's device": {
			func(w world, in *sts.GetSessionTokenInput) {
				d := w.AddUser(home, "bob").AddMFA("bob")
				in.SerialNumber, in.TokenCode = &d.Serial, aws.String(d.Code(time.Now()))
			}, badSerial,
		},
		"a FIDO key": {
			func(w world, in *sts.GetSessionTokenInput) { in.SerialNumber = &w.user.AddMFAFIDO("key").Serial }, badSerial,
		},
		"a serial number without a code": {
			func(_ world, in *sts.GetSessionTokenInput) { in.TokenCode = nil },
			"MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
		},
		"a code without a serial number": {
			func(_ world, in *sts.GetSessionTokenInput) { in.SerialNumber = nil },
			"MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
		},
		"a code of another device": {
			func(w world, in *sts.GetSessionTokenInput) {
				in.TokenCode = aws.String(w.user.AddMFA("spare").Code(time.Now()))
			}, badCode,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			in := w.withCode(time.Now())
			row.edit(w, in)
			wantRefusal(t, w.get(t, in), http.StatusForbidden, "AccessDenied", row.message)
		})
	}
}

func TestEitherOfTwoDevicesWorks(t *testing.T) {
	w := newWorld(t, Options{})
	spare := w.user.AddMFA("spare")
	for _, d := range []*Device{w.mfa, spare} {
		err := w.get(t, &sts.GetSessionTokenInput{SerialNumber: &d.Serial, TokenCode: aws.String(d.Code(time.Now()))})
		if err != nil {
			t.Errorf("%s: %v", d.Serial, err)
		}
	}
}

func TestACodeIsSpentEvenIfTheRoleRefuses(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, RequireMFA: true, ExternalID: "x1"}}})
	code := w.mfa.Code(time.Now())
	in := assume(admin, func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &w.mfa.Serial, &code })
	_, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), in)
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/Admin")
	in.ExternalId = aws.String("x1")
	_, err = client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), in)
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied", badCode)
}

func TestACodeServesTheRoleDirectly(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, RequireMFA: true}}, MaxSession: 4 * time.Hour})
	code := w.mfa.Code(time.Now())
	out, err := client(w.Server, keyCreds(w.key)).AssumeRole(t.Context(), assume(admin, func(in *sts.AssumeRoleInput) {
		in.SerialNumber, in.TokenCode, in.DurationSeconds = &w.mfa.Serial, &code, aws.Int32(4*3600)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(*out.Credentials.Expiration); left < 3*time.Hour {
		t.Errorf("%s left", left)
	}
}

func TestRoleCredentialsHaveNoDevice(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin}}})
	code := w.mfa.Code(time.Now())
	_, err := client(w.Server, w.role(t, keyCreds(w.key))).AssumeRole(t.Context(), assume(next, func(in *sts.AssumeRoleInput) {
		in.SerialNumber, in.TokenCode = &w.mfa.Serial, &code
	}))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied", badSerial)
}

func TestManyAtOnceSpendACodeOnce(t *testing.T) {
	w := newWorld(t, Options{})
	in := w.withCode(time.Now())
	var wg sync.WaitGroup
	var won atomic.Int32
	for range 16 {
		wg.Go(func() {
			if _, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), in); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || w.Count("GetSessionToken") != 16 {
		t.Errorf("%d of %d calls got a session", won.Load(), w.Count("GetSessionToken"))
	}
}
