package credproc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/profiles"
)

func TestOptionsAreHeldToTheProfileAndToAWSsLimits(t *testing.T) {
	const role = "[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\nsession_tags = own=1\npolicy_arns = arn:aws:iam::aws:policy/Own"
	many := func(n int) (tags []profiles.Tag, arns []string) {
		for i := range n {
			tags = append(tags, profiles.Tag{Key: fmt.Sprint("k", i)})
			arns = append(arns, fmt.Sprint("arn:aws:iam::aws:policy/P", i))
		}
		return tags, arns
	}
	tags49, arns9 := many(49)
	tags50, arns10 := many(50)
	arns9, arns10 = arns9[:9], arns10[:10]
	for _, row := range []struct {
		name   string
		config string
		o      credproc.Options
		option string // "": it is taken
		says   string
	}{
		{name: "a session name needs a role", o: credproc.Options{SessionName: "me"}, option: "session name", says: "needs a role"},
		{name: "a source identity needs a role", o: credproc.Options{SourceIdentity: "me"}, option: "source identity", says: "needs a role"},
		{name: "a session tag needs a role", o: credproc.Options{Tags: tags49[:1]}, option: "session tag", says: "needs a role"},
		{name: "a session policy needs a role", o: credproc.Options{Policy: "{}"}, option: "session policy", says: "needs a role"},
		{name: "a policy ARN needs a role", o: credproc.Options{PolicyARNs: arns9[:1]}, option: "policy ARN", says: "needs a role"},
		{name: "a read-only policy needs a role", o: credproc.Options{ReadOnly: true}, option: "read-only policy", says: "needs a role"},
		{name: "a temporary base without a role takes no duration", config: "credential_process = other-tool", o: credproc.Options{Duration: time.Hour}, option: "duration", says: "temporary already"},
		{name: "a session of 36 h and a second is too long", o: credproc.Options{Duration: 36*time.Hour + time.Second}, option: "duration", says: "129600"},
		{name: "a session of 899 s is too short", o: credproc.Options{Duration: 899 * time.Second}, option: "duration", says: "900"},
		{name: "a session of 900 s is taken", o: credproc.Options{Duration: 900 * time.Second}},
		{name: "a role of 12 h and a second is too long", config: role, o: credproc.Options{Duration: 12*time.Hour + time.Second}, option: "duration", says: "43200"},
		{name: "a role of 899 s is too short", config: role, o: credproc.Options{Duration: 899 * time.Second}, option: "duration", says: "900"},
		{name: "half a second cannot be asked for", config: role, o: credproc.Options{Duration: 900*time.Second + time.Second/2}, option: "duration", says: "second"},
		{name: "a role of 12 h is taken", config: role, o: credproc.Options{Duration: 12 * time.Hour}},
		{name: "a session name is ASCII", config: role, o: credproc.Options{SessionName: "ren\u00e9"}, option: "session name", says: "A-Z a-z 0-9"},
		{name: "a session name of 65 characters is too long", config: role, o: credproc.Options{SessionName: strings.Repeat("n", 65)}, option: "session name", says: "2 to 64"},
		{name: "a session name of 64 characters is taken", config: role, o: credproc.Options{SessionName: strings.Repeat("n", 64)}},
		{name: "a source identity of one character is too short", config: role, o: credproc.Options{SourceIdentity: "n"}, option: "source identity", says: "2 to 64"},
		{name: "a policy is JSON", config: role, o: credproc.Options{Policy: "{"}, option: "session policy", says: "JSON"},
		{name: "a policy of 2049 characters is too long", config: role, o: credproc.Options{Policy: `{"":"` + strings.Repeat("p", 2048+1-7) + `"}`}, option: "session policy", says: "2048"},
		{name: "a policy of 2048 characters is taken", config: role, o: credproc.Options{Policy: `{"":"` + strings.Repeat("p", 2048-7) + `"}`}},
		{name: "the profile's tag counts: 50 more are too many", config: role, o: credproc.Options{Tags: tags50}, option: "session tag", says: "50"},
		{name: "the profile's tag counts: 49 more are taken", config: role, o: credproc.Options{Tags: tags49}},
		{name: "the profile's policy counts: 10 more are too many", config: role, o: credproc.Options{PolicyARNs: arns10}, option: "policy ARN", says: "10"},
		{name: "the profile's policy counts: 9 more are taken", config: role, o: credproc.Options{PolicyARNs: arns9}},
		{name: "the read-only policy counts as a policy too", config: role, o: credproc.Options{PolicyARNs: arns9, ReadOnly: true}, option: "policy ARN", says: "10"},
		{name: "a policy's ARN is one", config: role, o: credproc.Options{PolicyARNs: []string{"ReadOnlyAccess"}}, option: "policy ARN", says: "ReadOnlyAccess"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := row.config
			if !strings.HasPrefix(config, "[") {
				config = "[profile prod]\nregion = eu-west-1\n" + config
			}
			_, err := credproc.NewPlan(chainOf(t, bases+config, "", profiles.Request{}), row.o)
			if row.option == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *credproc.Error
			if !errors.As(err, &refused) || refused.Subject != row.option {
				t.Fatalf("want an Error about the %s, got %#v", row.option, err)
			}
			if want := `profile "prod": `; !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("want %q ... %q, got %q", want, row.says, err)
			}
		})
	}
}
