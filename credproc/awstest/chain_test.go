package awstest

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const next = "arn:aws:iam::333333333333:role/Next"

func TestRoleChainingIsCappedAtAnHour(t *testing.T) {
	const tooLong = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
	lasting := func(seconds int32) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.DurationSeconds = &seconds }
	}
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}, MaxSession: 12 * time.Hour})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin}}, MaxSession: 12 * time.Hour})

	w.role(t, keyCreds(w.key), lasting(43200)) // long-lived keys may ask for 12 h
	ses := w.session(t)
	role := w.role(t, ses, lasting(3600))
	for name, row := range map[string]struct {
		creds aws.Credentials
		arn   string
	}{
		"from a session": {ses, admin}, "from a role": {role, next},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(w.Server, row.creds).AssumeRole(t.Context(), assume(row.arn, lasting(3601)))
			wantRefusal(t, err, http.StatusBadRequest, "ValidationError", tooLong)
			if _, err := client(w.Server, row.creds).AssumeRole(t.Context(), assume(row.arn)); err != nil {
				t.Errorf("at the default of an hour: %v", err)
			}
		})
	}
}

func TestARoleMayBeTrustedByItsARNOrOneSession(t *testing.T) {
	for name, row := range map[string]struct {
		principal string
		ok        bool
	}{
		"the role":                  {admin, true},
		"the role session":          {"arn:aws:sts::222222222222:assumed-role/Admin/alice", true},
		"another session":           {"arn:aws:sts::222222222222:assumed-role/Admin/bob", false},
		"the role's account":        {other, true},
		"the first user's account":  {home, false},
		"the user behind the chain": {"arn:aws:iam::111111111111:user/alice", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
			w.AddRole(next, Role{Trust: []Trust{{Principal: row.principal}}})
			_, err := client(w.Server, w.role(t, keyCreds(w.key))).AssumeRole(t.Context(), assume(next))
			if (err == nil) != row.ok {
				t.Error(err)
			}
		})
	}
}

func TestMFAContextOfASession(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, RequireMFA: true}}})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin, RequireMFA: true}}})

	if _, err := client(w.Server, w.session(t)).AssumeRole(t.Context(), assume(admin)); err == nil {
		t.Error("a session without MFA satisfies a role that wants it")
	}
	out, err := client(w.Server, keyCreds(w.key)).GetSessionToken(t.Context(), w.withCode(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	role := w.role(t, tempCreds(out.Credentials))
	_, err = client(w.Server, role).AssumeRole(t.Context(), assume(next))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:sts::222222222222:assumed-role/Admin/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::333333333333:role/Next")
}

func TestSourceIdentitySticks(t *testing.T) {
	source := func(id string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.SourceIdentity = &id }
	}
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, SetSourceIdentity: true}}})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin, SetSourceIdentity: true}}})
	role := w.role(t, keyCreds(w.key), source("alice"))

	out, err := client(w.Server, role).AssumeRole(t.Context(), assume(next))
	if err != nil || aws.ToString(out.SourceIdentity) != "alice" {
		t.Errorf("inherited: %+v, %v", out, err)
	}
	if _, err := client(w.Server, role).AssumeRole(t.Context(), assume(next, source("alice"))); err != nil {
		t.Errorf("said again: %v", err)
	}
	_, err = client(w.Server, role).AssumeRole(t.Context(), assume(next, source("bob")))
	wantRefusal(t, err, http.StatusBadRequest, "ValidationError", "The source identity is already set for this assume role session")

	w.AddRole(next, Role{Trust: []Trust{{Principal: admin}}})
	_, err = client(w.Server, role).AssumeRole(t.Context(), assume(next))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:sts::222222222222:assumed-role/Admin/alice is not authorized to perform: sts:SetSourceIdentity on resource: arn:aws:iam::333333333333:role/Next")
}

func TestTransitiveTagsAreInherited(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home, Tags: []string{"*"}}}})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin, Tags: []string{"team"}}}})
	last := "arn:aws:iam::333333333333:role/Last"
	w.AddRole(last, Role{Trust: []Trust{{Principal: next}}})
	role := w.role(t, keyCreds(w.key), func(in *sts.AssumeRoleInput) {
		in.Tags, in.TransitiveTagKeys = tags("team", "a", "cost", "b"), []string{"team"}
	})
	_, err := client(w.Server, role).AssumeRole(t.Context(), assume(next, func(in *sts.AssumeRoleInput) { in.Tags = tags("Team", "c") }))
	wantRefusal(t, err, http.StatusBadRequest, "InvalidParameterValue",
		"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")

	out, err := client(w.Server, role).AssumeRole(t.Context(), assume(next))
	if err != nil {
		t.Fatal(err) // "cost" is not transitive, so that next need not allow it
	}
	_, err = client(w.Server, tempCreds(out.Credentials)).AssumeRole(t.Context(), assume(last))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:sts::333333333333:assumed-role/Next/alice is not authorized to perform: sts:TagSession on resource: "+last)
}

func TestSessionPoliciesNarrowTheNextCall(t *testing.T) {
	inline := func(p string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.Policy = &p }
	}
	const who = "User: arn:aws:sts::222222222222:assumed-role/Admin/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::333333333333:role/Next"
	for name, row := range map[string]struct {
		edit func(*sts.AssumeRoleInput)
		want string
	}{
		"read only": {
			func(in *sts.AssumeRoleInput) { in.PolicyArns = policyARNs("arn:aws:iam::aws:policy/ReadOnlyAccess") },
			who + " because no session policy allows the sts:AssumeRole action",
		},
		"read only and another": {
			func(in *sts.AssumeRoleInput) {
				in.PolicyArns = policyARNs("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess")
			}, "",
		},
		"an inline policy that allows it": {inline(`{"Statement":{"Effect":"Allow","Action":["sts:*"],"Resource":"*"}}`), ""},
		"an inline policy that allows something else": {
			inline(`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
			who + " because no session policy allows the sts:AssumeRole action",
		},
		"an inline policy that denies it": {
			inline(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"STS:assumerole","Resource":"*"}]}`),
			who + " with an explicit deny in a session policy",
		},
		"an inline policy of everything but it": {
			inline(`{"Statement":[{"Effect":"Allow","NotAction":"sts:*","Resource":"*"}]}`),
			who + " because no session policy allows the sts:AssumeRole action",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}})
			w.AddRole(next, Role{Trust: []Trust{{Principal: admin}}})
			_, err := client(w.Server, w.role(t, keyCreds(w.key), row.edit)).AssumeRole(t.Context(), assume(next))
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, http.StatusForbidden, "AccessDenied", row.want)
		})
	}
}

func TestARoleMayLackThePermission(t *testing.T) {
	w := newWorld(t, Options{})
	w.AddRole(admin, Role{Trust: []Trust{{Principal: home}}, Allow: []string{"s3:*"}})
	w.AddRole(next, Role{Trust: []Trust{{Principal: admin}}})
	_, err := client(w.Server, w.role(t, keyCreds(w.key))).AssumeRole(t.Context(), assume(next))
	wantRefusal(t, err, http.StatusForbidden, "AccessDenied",
		"User: arn:aws:sts::222222222222:assumed-role/Admin/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::333333333333:role/Next because no identity-based policy allows the sts:AssumeRole action")
}
