package resolve_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

const narrowMe = "[profile me]\nregion = eu-west-1\n"

func TestTheRootUserIsFederatedForNobody(t *testing.T) {
	w := newWorld(t)
	w.r.Keys = ring{"me": {credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret}, "arn:aws:iam::111111111111:root"}}
	_, err := w.r.Credentials(t.Context(), w.plan(narrowMe, "me", credproc.Options{Federate: true, ReadOnly: true}))
	var e *credproc.Error
	if !errors.As(err, &e) || e.Kind != credproc.NotUserKeys || len(w.aws.Calls()) != 0 {
		t.Errorf("%v, %v", err, w.aws.Calls())
	}
}

func TestAnotherFederatedUserIsRefused(t *testing.T) {
	w := newWorld(t)
	w.r.Connect = func(string, profiles.Endpoint, credentials.Value) (resolve.STS, error) {
		return fixed{sts.Issue{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "t", Expires: w.clock.now().Add(time.Hour),
			ARN: "arn:aws:sts::111111111111:federated-user/mallory"}}, nil
	}
	_, err := w.r.Credentials(t.Context(), w.plan(narrowMe, "me", credproc.Options{Federate: true, ReadOnly: true}))
	var e *resolve.Error
	if !errors.As(err, &e) || e.Kind != resolve.BadAnswer || w.kept.writes != 0 {
		t.Errorf("%v, %d items were kept", err, w.kept.writes)
	}
}

func TestAFederatedUsersNameFits(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("a", 40)
	user := w.aws.AddUser("111111111111", long)
	k := user.AddKey()
	w.r.Keys = ring{"me": {credentials.Value{AccessKeyID: k.ID, SecretAccessKey: k.Secret}, ""}}
	w.r.Identity = func(context.Context, string, profiles.Endpoint, credentials.Value) (string, error) {
		return "arn:aws:iam::111111111111:user/" + long, nil
	}
	if _, err := w.r.Credentials(t.Context(), w.plan(narrowMe, "me", credproc.Options{Federate: true, ReadOnly: true})); err != nil {
		t.Fatal(err)
	}
	if calls := w.aws.Calls(); len(calls) != 1 || calls[0].Params["Name"] != long[:32] {
		t.Errorf("%v", calls)
	}
}
