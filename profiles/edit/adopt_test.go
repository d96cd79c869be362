package edit

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

const self = "/usr/local/bin/hatstand"

const (
	corp  = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
	admin = "sso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
)

var request = profiles.Request{Self: self}

func command(name string) string { return self + " credential-process " + name }

// adopts adopts profiles of a config file, each of which must be adopted.
func adopts(t *testing.T, config, credentials string, names ...string) string {
	t.Helper()
	c, outcomes, err := Adopt(mustParse(t, config, credentials), names, request, command)
	if err != nil {
		t.Fatalf("adopt %q: %v\n%s", names, err, config)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	return string(c.Bytes())
}

func releases(t *testing.T, config, credentials string, names ...string) string {
	t.Helper()
	c, outcomes, err := Release(mustParse(t, config, credentials), names, request)
	if err != nil {
		t.Fatalf("release %q: %v\n%s", names, err, config)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	return string(c.Bytes())
}

func TestAdoptedFormReadsWell(t *testing.T) {
	const (
		added = "# added by hatstand adopt, undone by hatstand release prod:\ncredential_process = /usr/local/bin/hatstand credential-process prod\n"
		arn   = "role_arn = arn:aws:iam::222222222222:role/Admin\n"
	)
	for _, row := range []struct{ name, before, after string }{
		{"role settings move, and what SDKs need stays",
			"[profile prod]\nregion = eu-west-1\n" + arn + "source_profile = me\noutput = json\n\n# next\n[profile me]\n",
			"[profile prod]\nregion = eu-west-1\n# moved to [hatstand prod]: role_arn, source_profile\n" + added + "output = json\n\n[hatstand prod]\n" + arn + "source_profile = me\n\n# next\n[profile me]\n"},
		{"what stands apart goes back apart",
			"[profile me]\n[profile prod]\n" + arn + "# why\nexternal_id = abc\nregion = x\n# ours\nsource_profile = me # her\n",
			"[profile me]\n[profile prod]\n# moved to [hatstand prod]: role_arn, external_id\n" + added + "region = x\n# ours\n# moved to [hatstand prod]: source_profile\n\n[hatstand prod]\n" + arn + "# why\nexternal_id = abc\nsource_profile = me # her\n"},
		{"a section of hatstand's own takes them in",
			"[profile me]\n[hatstand prod]\nmfa_process = x\n\n[profile prod]\n" + arn + "source_profile = me\n",
			"[profile me]\n[hatstand prod]\nmfa_process = x\n" + arn + "source_profile = me\n\n[profile prod]\n# moved to [hatstand prod]: role_arn, source_profile\n" + added},
		{"another program's command gives way to the role, as it does in the SDKs",
			"[profile me]\n[profile prod]\ncredential_process = vault\n" + arn + "source_profile = me\n",
			"[profile me]\n[profile prod]\n# moved to [hatstand prod]: credential_process, role_arn, source_profile\n" + added + "\n[hatstand prod]\ncredential_process = vault\n" + arn + "source_profile = me\n"},
		{"hatstand's command that stands there already stays",
			"[profile me]\n[profile prod]\ncredential_process = hatstand credential-process prod\n" + arn + "source_profile = me\n",
			"[profile me]\n[profile prod]\ncredential_process = hatstand credential-process prod\n# moved to [hatstand prod]: role_arn, source_profile\n\n[hatstand prod]\n" + arn + "source_profile = me\n"},
		{"Windows line ends, none at the end",
			"[profile me]\r\n[profile prod]\r\nrole_arn = arn:aws:iam::222222222222:role/Admin\r\nsource_profile = me",
			"[profile me]\r\n[profile prod]\r\n# moved to [hatstand prod]: role_arn, source_profile\r\n" + strings.ReplaceAll(added, "\n", "\r\n") + "\r\n[hatstand prod]\r\nrole_arn = arn:aws:iam::222222222222:role/Admin\r\nsource_profile = me"},
		{"a profile of keyring keys gets the command alone", "[profile prod]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n\n", "[profile prod]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n" + added + "\n"},
		{"a profile of nothing", "[profile prod]", strings.TrimSuffix("[profile prod]\n"+added, "\n")},
		{"a role that is included", "[profile me]\n[profile r]\n" + arn + "source_profile = me\n[profile prod]\ninclude_profile = r\n", "[profile me]\n[profile r]\n" + arn + "source_profile = me\n[profile prod]\ninclude_profile = r\n" + added},
		{"Identity Center's settings move, and their session stays",
			corp + "[profile prod]\nregion = eu-west-1\n" + admin + "output = json\n",
			corp + "[profile prod]\nregion = eu-west-1\n# moved to [hatstand prod]: sso_session, sso_account_id, sso_role_name\n" + added + "output = json\n\n[hatstand prod]\n" + admin},
		{"in the older form, all of them",
			"[profile prod]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nregion = x\nsso_account_id = 111111111111\nsso_role_name = Admin\n",
			"[profile prod]\n# moved to [hatstand prod]: sso_start_url, sso_region\n" + added + "region = x\n# moved to [hatstand prod]: sso_account_id, sso_role_name\n\n" +
				"[hatstand prod]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n"},
		{"another program's command gives way to Identity Center, as it does in the SDKs",
			corp + "[profile prod]\n" + admin + "credential_process = vault\n",
			corp + "[profile prod]\n# moved to [hatstand prod]: sso_session, sso_account_id, sso_role_name, credential_process\n" + added + "\n[hatstand prod]\n" + admin + "credential_process = vault\n"},
		{"of a chain that starts at Identity Center the role moves, and not the base",
			corp + "[profile dev]\n" + admin + "[profile prod]\n" + arn + "source_profile = dev\n",
			corp + "[profile dev]\n" + admin + "[profile prod]\n# moved to [hatstand prod]: role_arn, source_profile\n" + added + "\n[hatstand prod]\n" + arn + "source_profile = dev\n"},
		{"a role from the profile's own permission set moves with it",
			corp + "[profile prod]\n" + admin + arn + "source_profile = prod\n",
			corp + "[profile prod]\n# moved to [hatstand prod]: sso_session, sso_account_id, sso_role_name, role_arn, source_profile\n" + added + "\n[hatstand prod]\n" + admin + arn + "source_profile = prod\n"},
		{"settings of a sign-in that the role has no use for move too, or SDKs would use them",
			corp + "[profile me]\n[profile prod]\n" + arn + "source_profile = me\n" + admin,
			corp + "[profile me]\n[profile prod]\n# moved to [hatstand prod]: role_arn, source_profile, sso_session, sso_account_id, sso_role_name\n" + added + "\n[hatstand prod]\n" + arn + "source_profile = me\n" + admin},
		{"an alias of Identity Center's", corp + "[profile dev]\n" + admin + "[profile prod]\nsource_profile = dev\n",
			corp + "[profile dev]\n" + admin + "[profile prod]\n# moved to [hatstand prod]: source_profile\n" + added + "\n[hatstand prod]\nsource_profile = dev\n"},
		{"a sign-in that is included", corp + "[profile r]\n" + admin + "[profile prod]\ninclude_profile = r\n", corp + "[profile r]\n" + admin + "[profile prod]\ninclude_profile = r\n" + added},
		{"a sign-in, written by hand: already", corp + "[profile prod]\ncredential_process = hatstand credential-process prod\n[hatstand prod]\n" + admin, ""},
		{"written by hand: already", "[profile me]\n[profile prod]\ncredential_process = hatstand credential-process prod\n[hatstand prod]\n" + arn + "source_profile = me\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := row.after
			if want == "" {
				want = row.before
			}
			got := adopts(t, row.before, "", "prod")
			if got != want {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			if again := adopts(t, got, "", "prod"); again != got {
				t.Errorf("the second time:\n%s", again)
			}
			if row.after == "" {
				return
			}
			if back := releases(t, got, "", "prod"); back != row.before {
				t.Errorf("released:\n%q, was\n%q", back, row.before)
			}
			if again := releases(t, row.before, "", mustParse(t, row.before, "").Names()...); again != row.before {
				t.Errorf("what was not adopted changed by a release: %q", again)
			}
		})
	}
}

func TestWhatAdoptingWouldBreakIsRefused(t *testing.T) {
	const role = "role_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n"
	for _, row := range []struct{ name, config, credentials, problem string }{
		{"unknown", "[profile me]\n", "", `profile "p" not found in ~/.aws/config or ~/.aws/credentials`},
		{"keys in the credentials file", "[profile p]\n", "[p]\n" + keys, `profile "p": its credentials come from a file, where the SDKs find them by themselves (~/.aws/credentials:2)`},
		{"another program", "[profile p]\ncredential_process = x\n", "", `profile "p": its credentials come from another program, where the SDKs find them by themselves (~/.aws/config:2)`},
		{"a sign-in for tokens alone", "[profile p]\nsso_session = corp\n" + corp, "", `profile "p": its sign-in gives a token and no credentials (~/.aws/config:2)`},
		{"a sign-in that cannot be", "[profile p]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n" + corp, "", `profile "p": sso_account_id "1" must have 12 digits, not 1 (~/.aws/config:3)`},
		{"Identity Center in the credentials file", corp + "[profile p]\n", "[p]\n" + admin, `profile "p": the SDKs would use its sso_session and not hatstand (~/.aws/credentials:2)`},
		{"a profile of a block", corp + "# hatstand profiles sync corp: begin. Written by hatstand; do not edit between these lines.\n[profile q]\n" + admin + "[profile p]\n" + admin +
			"# hatstand profiles sync corp: end 0123456789abcdef\n", "", `profile "p": it is in the block of profiles sync corp, which is written as a whole (~/.aws/config:9)`},
		{"a profile of a block that does not end", corp + "# hatstand profiles sync corp: begin. Written by hatstand; do not edit between these lines.\n[profile p]\n" + admin, "",
			`profile "p": it is in the block of profiles sync corp, which is written as a whole (~/.aws/config:5)`},
		{"keys beside a role", "[profile me]\n[profile p]\n" + role, "[p]\n" + keys, `profile "p": the SDKs would use its aws_access_key_id and not hatstand (~/.aws/credentials:2)`},
		{"keys beside a role, in the config file", "[profile me]\n[profile p]\n" + role + keys, "", `profile "p": the SDKs would use its aws_access_key_id and not hatstand (~/.aws/config:5)`},
		{"a role in the credentials file", "[profile me]\n[profile p]\n", "[p]\n" + role, `profile "p": the SDKs would use its role_arn and not hatstand (~/.aws/credentials:2)`},
		{"a command in the credentials file", "[profile me]\n[profile p]\n" + role, "[p]\ncredential_process = x\n", `profile "p": the SDKs would use its credential_process and not hatstand (~/.aws/credentials:2)`},
		{"no section in the config file", "[profile me]\n[hatstand p]\n" + role, "", `profile "p": it has no section of its own in ~/.aws/config`},
		{"two sections", "[profile me]\n[profile p]\nx = 1\n[profile p]\n" + role, "", `~/.aws/config:4: profile "p" has this section twice, which the AWS CLI refuses; the other is at line 2`},
		{"two sections of hatstand's", "[profile me]\n[profile p]\n" + role + "[hatstand p]\nx = 1\n[hatstand p]\ny = 1\n", "", `~/.aws/config:7: profile "p" has this section twice, which the AWS CLI refuses; the other is at line 5`},
		{"a setting that stands twice", "[profile me]\n[profile p]\nrole_arn = x\n" + role, "", `~/.aws/config:4: role_arn of profile "p" is set twice, which the AWS CLI refuses`},
		{"a setting in both sections", "[profile me]\n[profile p]\n" + role + "[hatstand p]\nSource_Profile = me\n", "", `~/.aws/config:4: source_profile of profile "p" is also set in [hatstand p], at line 6`},
		{"an empty section of hatstand's", "[profile me]\n[profile p]\n" + role + "[hatstand p]\n", "", "~/.aws/config:5: [hatstand p] is empty"},
		{"a loop", "[profile p]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = q\n[profile q]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = p\n", "", `profile "p": source_profile goes round in a loop: p -> q -> p (~/.aws/config:6)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, outcomes, err := Adopt(mustParse(t, row.config, row.credentials), []string{"p"}, request, command)
			if err != nil {
				t.Fatal(err)
			}
			if o := outcomes[0]; o.Err == nil || o.Err.Error() != row.problem || o.Changed || string(c.Bytes()) != row.config || c.Diff() != "" {
				t.Errorf("error %v, text %q, diff %q", o.Err, c.Bytes(), c.Diff())
			}
		})
	}
	if _, outcomes, _ := Adopt(mustParse(t, "[profile -p]\n", ""), []string{"-p"}, request, command); outcomes[0].Err == nil {
		t.Error("a name that reads as a flag was adopted")
	}
	_, outcomes, err := Adopt(mustParse(t, "[profile p]\n", ""), []string{"p"}, request, func(string) string { return "/a #b/hatstand credential-process p" })
	if err != nil || outcomes[0].Err == nil {
		t.Errorf("a command that does not read back was written: %v", err)
	}
}

// What adopting takes away from other programs is known to whoever says it.
func TestASignInThatMovesIsTold(t *testing.T) {
	config := corp + "[profile dev]\n" + admin + "[profile old]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n" +
		"[profile prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = dev\n[profile alias]\nsource_profile = dev\n"
	want := map[string]profiles.SSOSetting{
		"dev": {Session: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1", AccountID: "111111111111", RoleName: "Admin"},
		"old": {StartURL: "https://corp.awsapps.com/start", Region: "eu-west-1", AccountID: "111111111111", RoleName: "Admin"},
	}
	names := []string{"dev", "old", "prod", "alias"}
	for range 2 {
		c, outcomes, err := Adopt(mustParse(t, config, ""), names, request, command)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			if o.Err != nil || o.SignIn != want[o.Name] {
				t.Errorf("%+v", o)
			}
		}
		config, want = string(c.Bytes()), nil // the second time, nothing moves
	}
}

// A change that gives a profile another account, permission set or sign-in is one of its credentials.
func TestAnotherPermissionSetIsAnotherChain(t *testing.T) {
	chain := func(config string) profiles.Chain {
		c, err := mustParse(t, config, "").Chain(profiles.Request{Target: "dev"})
		if err != nil {
			t.Fatal(err)
		}
		return *c
	}
	dev := corp + "[profile dev]\n" + admin
	if !sameChain(chain(dev), chain("# moved\n\n"+dev)) {
		t.Error("the same at another line is another chain")
	}
	for _, change := range [][2]string{{"Admin", "Reader"}, {"111111111111", "222222222222"}, {"corp.aws", "crop.aws"}, {"eu-west-1", "eu-west-2"}, {"session corp", "session x"}} {
		other := strings.ReplaceAll(strings.ReplaceAll(dev, change[0], change[1]), "sso_session = corp", "sso_session = "+map[bool]string{true: "x", false: "corp"}[change[1] == "session x"])
		if sameChain(chain(dev), chain(other)) {
			t.Errorf("%s for %s is the same chain", change[1], change[0])
		}
	}
}

func TestAProfileOfABlockIsNotReleased(t *testing.T) {
	config := corp + beginMarker("corp") + "\n[profile p]\ncredential_process = hatstand credential-process p\n\n[hatstand p]\n" + admin + endMarker("corp", "0123456789abcdef") + "\n" +
		"[profile q]\ncredential_process = hatstand credential-process q\n[hatstand q]\n" + admin
	c, outcomes, err := Release(mustParse(t, config, ""), []string{"p", "q"}, request)
	if err != nil {
		t.Fatal(err)
	}
	const want = `profile "p": it is in the block of profiles sync corp, which is written as a whole (~/.aws/config:5)`
	if outcomes[0].Err == nil || outcomes[0].Err.Error() != want || outcomes[0].Changed || outcomes[1].Err != nil || !outcomes[1].Changed {
		t.Errorf("%+v", outcomes)
	}
	if got := string(c.Bytes()); got != strings.Replace(config, "[profile q]\ncredential_process = hatstand credential-process q\n[hatstand q]\n", "[profile q]\n", 1) {
		t.Errorf("got\n%s", got)
	}
}

func TestWhatAnotherProfileIncludesMayBeAdopted(t *testing.T) {
	const config = "[profile me]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n[profile child]\ninclude_profile = me\n"
	after := adopts(t, config, "", "me")
	chain, err := mustParse(t, after, "").Chain(profiles.Request{Target: "child", Self: self})
	if err != nil || chain.Base.Kind != profiles.Keyring || chain.Base.Profile != "child" {
		t.Errorf("%+v, %v", chain, err)
	}
}

func TestReleaseAfterEdits(t *testing.T) {
	const config = "[profile me]\n[profile prod]\n# adm\nrole_arn = arn:aws:iam::222222222222:role/Admin\nregion = x\nsource_profile = me\nexternal_id = abc\n"
	adopted := adopts(t, config, "", "prod")
	replace := func(old, new string) string {
		if !strings.Contains(adopted, old) {
			t.Fatalf("no %q in %s", old, adopted)
		}
		return strings.Replace(adopted, old, new, 1)
	}
	for _, row := range []struct{ name, edited, after string }{
		{"a changed value comes back", replace("role/Admin", "role/Other"), strings.Replace(config, "role/Admin", "role/Other", 1)},
		{"a setting that was taken out stays out", replace("external_id = abc\n", ""), strings.Replace(config, "external_id = abc\n", "", 1)},
		{"a setting in another order comes back to its place", replace("source_profile = me\nexternal_id = abc\n", "external_id = abc\nsource_profile = me\n"), config},
		{"a setting that was added stays where it is", replace("external_id = abc\n", "external_id = abc\npolicy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess\n"), config + "\n[hatstand prod]\npolicy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess\n"},
		{"a comment is not lost", replace("source_profile = me", "# her\nsource_profile = me"), config + "# her\n"},
		{"a command that was taken out", replace("credential_process = "+command("prod")+"\n", ""), config},
		{"all that is hatstand's was taken out", replace("[hatstand prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\nexternal_id = abc\n", ""), "[profile me]\n[profile prod]\n# adm\nregion = x\n\n"},
		{"written by hand", "[profile me]\n[profile prod]\nregion = x\ncredential_process = hatstand credential-process prod\noutput = json\n\n[hatstand prod]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\nmfa_process = x\n",
			"[profile me]\n[profile prod]\nregion = x\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\noutput = json\n\n[hatstand prod]\nmfa_process = x\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := releases(t, row.edited, "", "prod"); got != row.after {
				t.Errorf("got\n%s\nwant\n%s", got, row.after)
			}
		})
	}
	c, outcomes, err := Release(mustParse(t, replace("region = x", "region = x\nrole_arn = y"), ""), []string{"prod", "nobody"}, request)
	if err != nil || outcomes[0].Err == nil || outcomes[1].Err == nil || c.Diff() != "" {
		t.Errorf("%v, %v: %s", err, outcomes, c.Diff())
	}
}

func TestReleaseDoesNotPutASecondCommandBesideTheUsersOwn(t *testing.T) {
	adopted := adopts(t, "[profile me]\n[profile prod]\ncredential_process = vault\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n", "", "prod")
	edited := strings.Replace(adopted, addedMarker("prod")+"\n", "", 1)
	c, outcomes, err := Release(mustParse(t, edited, ""), []string{"prod", "me"}, request)
	const want = `~/.aws/config:4: credential_process of profile "prod" is also set in [hatstand prod], at line 7`
	if err != nil || outcomes[0].Err == nil || outcomes[0].Err.Error() != want || string(c.Bytes()) != edited {
		t.Errorf("%v, %+v\n%s", err, outcomes, c.Bytes())
	}
}

func TestAdoptingAgainCorrectsThePathOfAProgramThatMoved(t *testing.T) {
	const old = "[profile me]\n# added by hatstand adopt, undone by hatstand release me:\ncredential_process = /old/hatstand credential-process me\n"
	if got, want := adopts(t, old, "", "me"), strings.Replace(old, "/old/hatstand", self, 1); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := adopts(t, movedProgram, "", "a"); strings.Contains(got, "/old/hatstand") || !strings.Contains(got, "[hatstand a]\nrole_arn") {
		t.Errorf("beside settings that move, got\n%s", got)
	}
	for _, own := range []string{
		strings.Replace(old, "/old/hatstand", "hatstand", 1),
		strings.Replace(old, "/old/hatstand", "env HATSTAND_BACKEND=pass /old/hatstand", 1),
		strings.Replace(old, "# added by hatstand adopt, undone by hatstand release me:\n", "", 1),
	} {
		if got := adopts(t, own, "", "me"); got != own {
			t.Errorf("the user's own became\n%s", got)
		}
	}
}

func TestOneThatCannotBeUndoneDoesNotKeepTheOthersFromBeingAdopted(t *testing.T) {
	const edited = "[profile me]\n[profile bad]\n# moved to [hatstand bad]: credential_process, role_arn\ncredential_process = vault\n# moved to [hatstand bad]: source_profile\n\n" +
		"[hatstand bad]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n\n[profile good]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n"
	c, outcomes, err := Adopt(mustParse(t, edited, ""), []string{"bad", "good"}, request, command)
	if err != nil {
		t.Fatal(err)
	}
	const want = "~/.aws/config: adopting bad could not be undone: it was adopted before, and edited since"
	if outcomes[0].Err == nil || outcomes[0].Err.Error() != want || outcomes[0].Changed || outcomes[1].Err != nil || !outcomes[1].Changed {
		t.Fatalf("%+v", outcomes)
	}
	if got := adopts(t, edited, "", "good"); got != string(c.Bytes()) {
		t.Errorf("got\n%s", c.Bytes())
	}
	if got := adopts(t, releases(t, edited, "", "bad"), "", "bad", "good"); strings.Count(got, "# added by") != 2 {
		t.Errorf("released first:\n%s", got)
	}
}

// generated is a config file of profiles that can be adopted, in every form that people write, with what
// else stands in such files between them.
func generated(r *rand.Rand) (config string, names []string) {
	pick := func(choices ...string) string { return choices[r.IntN(len(choices))] }
	var b strings.Builder
	b.WriteString(pick("", "", "\xef\xbb\xbf", "# a file\n\n"))
	names = []string{"me"}
	b.WriteString(pick("[profile me]\n", "[ profile\tme ] # I\n", "[profile me]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n", "[profile me]\nregion = eu-west-1\n\n\n"))
	for i := range 1 + r.IntN(4) {
		name := fmt.Sprintf("p%d", i)
		if i == 2 {
			name = "default"
		}
		b.WriteString(pick("", "\n", "\n# about it\n", "[services s]\nsts =\n  endpoint_url = http://x\n", "[other kind]\nx = y\n", "[sso-session q]\nsso_region = x\n", "  \n"))
		own := r.IntN(4) == 0
		if own && r.IntN(2) == 0 {
			b.WriteString("[hatstand " + name + "]\nmfa_process = x\n# own\n")
			own = false
		}
		b.WriteString("[" + map[bool]string{true: pick("default", "profile default"), false: "profile " + name}[name == "default"] + "]" + pick("", " ", " # it") + "\n")
		settings := []string{"source_profile" + pick(" = ", "=", "\t=  ") + pick(names...) + pick("", " # from", " ; from"),
			pick("role_arn", "Role_ARN") + " = arn:aws:iam::222222222222:role/R" + name}
		switch signIn := []string{pick("sso_account_id", "SSO_Account_ID") + " = 111111111111 # ours", "sso_role_name=Admin"}; r.IntN(5) {
		case 0:
			settings = append(signIn, "sso_session\t= corp")
		case 1:
			settings = append(signIn, "sso_start_url = https://corp.awsapps.com/start", "sso_region = eu-west-1")
		case 2:
			settings = append(settings, append(signIn, "sso_session = corp")...)
		}
		for _, s := range []string{"external_id = abc", "role_session_name = al", "duration_seconds=3600", "mfa_serial = arn:aws:iam::111111111111:mfa/alice", "region = x", "output = json",
			"s3 =\n  max = 1\n\n  # c\n  min = 2", "session_tags = a=b\n  ,c=d", "unknown key = 1", "zzz = 1", "credential_process = hatstand credential-process " + name, "credential_process = other program"} {
			if r.IntN(3) == 0 && (!strings.HasPrefix(s, "credential_process") || !strings.Contains(strings.Join(settings, "\n"), "credential_process")) {
				settings = append(settings, s)
			}
		}
		r.Shuffle(len(settings), func(i, j int) { settings[i], settings[j] = settings[j], settings[i] })
		for _, s := range settings {
			b.WriteString(pick("", "", "", "# why\n", "\n", "  # in\n", ";\n") + s + pick("", "", " ", "\t") + "\n")
		}
		if own {
			b.WriteString("\n[hatstand " + name + "]\nmfa_process = x\n")
		}
		names = append(names, name)
	}
	b.WriteString(corp + pick("", "\n", "# end\n", "[profile last]\n"))
	text := b.String()
	switch r.IntN(4) {
	case 0:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			if r.IntN(3) == 0 {
				lines[i] = strings.Replace(lines[i], "\n", "\r\n", 1)
			}
		}
		text = strings.Join(lines, "")
	}
	if r.IntN(3) == 0 {
		text = strings.TrimSuffix(text, "\n")
	}
	return text, names
}

// Whatever is adopted, and released in whatever order, the file is what it was; and while it is adopted, every
// profile has the chain it had, and no SDK finds anything but hatstand.
func TestReleaseUndoesAdoptByteForByte(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	moved := 0
	for range 3000 {
		config, names := generated(r)
		want := config
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		if r.IntN(2) == 0 {
			config = adopts(t, config, "", names...)
		} else {
			for _, name := range names {
				config = adopts(t, config, "", name)
			}
		}
		for _, name := range names {
			s := mustParse(t, config, "")
			file := newAdoption(s, request).config
			for _, key := range rivals() {
				if _, ok := file.find(Profile(name), key); ok {
					t.Fatalf("%s of %s stands there still:\n%s", key, name, config)
				}
			}
			sp, _ := file.where(Profile(name), processKey)
			if words, err := cmdline.Split(sp.Value); err != nil || !cmdline.StartsHatstandFor(words, self, name) {
				t.Fatalf("%s does not start hatstand: %q %v\n%s", name, words, err, config)
			}
		}
		moved += strings.Count(config, "# moved to")
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		if r.IntN(2) == 0 {
			config = releases(t, config, "", names...)
		} else {
			for _, name := range names {
				config = releases(t, config, "", name)
			}
		}
		if config != want {
			t.Fatalf("%q was\n%q\nand came back as\n%q", names, want, config)
		}
	}
	if moved < 3000 {
		t.Errorf("the files hardly had anything to adopt: %d groups moved", moved)
	}
}

// The diff is one that patch takes, and gives the file that adopt writes.
func TestTheDiffIsAPatch(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatal("not installed, and HATSTAND_TEST_REQUIRE_ALL=1: apt-get install patch")
		}
		t.Skip("not installed: apt-get install patch")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		config, names := generated(r)
		c, _, err := Adopt(mustParse(t, config, ""), names, request, command)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, reverse := range []bool{false, true} {
			args := []string{"--binary", "--force", "--fuzz=0", "--no-backup-if-mismatch", path}
			want := c.Bytes()
			if reverse {
				args, want = append(args, "--reverse"), []byte(config)
			}
			cmd := exec.Command(patch, args...)
			cmd.Stdin = strings.NewReader(c.Diff())
			out, err := cmd.CombinedOutput()
			got, readErr := os.ReadFile(path)
			if err != nil || readErr != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v %v: %s\n%q\ngot  %q\nwant %q", err, readErr, out, c.Diff(), got, want)
			}
		}
	}
}

func TestTheDiffShowsNoSecret(t *testing.T) {
	const secret = "wJalrXUtnFEMI"
	config := "[profile x]\naws_access_key_id = AKIA\naws_secret_access_key = " + secret + "\n# AWS_SECRET_ACCESS_KEY=" + secret + "\n[profile p]\nregion = x\n[profile y]\naws_session_token=" + secret + "\r\n"
	c, _, err := Adopt(mustParse(t, config, ""), []string{"p"}, request, command)
	if err != nil {
		t.Fatal(err)
	}
	want := `--- ~/.aws/config
+++ ~/.aws/config
@@ -4,5 +4,7 @@
 # AWS_SECRET_ACCESS_KEY=(secret)
 [profile p]
 region = x
+# added by hatstand adopt, undone by hatstand release p:
+credential_process = /usr/local/bin/hatstand credential-process p
 [profile y]
 aws_session_token=(secret)
`
	if got := c.Diff(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const (
	movedProgram = "[profile me]\n[profile a]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n" +
		"# added by hatstand adopt, undone by hatstand release a:\ncredential_process = /old/hatstand credential-process a\n"
	nestedMarkers = "[profile me]\n[profile a]\n# moved to [hatstand a]: role_arn, source_profile\ncredential_process = hatstand credential-process a\n" +
		"[hatstand a]\nrole_arn = arn:aws:iam::222222222222:role/Admin\n# moved to [hatstand a]: region, external_id\nsource_profile = me\n" +
		"region = x\n# moved to [hatstand a]: output, mfa_serial\nexternal_id = abc\noutput = json\n# moved to [hatstand a]: cli_pager\n" +
		"mfa_serial = arn:aws:iam::222222222222:mfa/x\ncli_pager = 4\n"
)

func FuzzAdopt(f *testing.F) {
	for _, config := range []string{
		"", me + prod, "[default]\n[profile default]\nregion = x\n", "[profile a]\ns3 =\n x = y\n # c\n z = 1\n", "\xef\xbb\xbf[profile a]\r\nA = b # c\r\n  d\r\n",
		"[hatstand]\nprompt = x\n[hatstand a]\ninclude_profile = a\n", "[profile a]; x\nk=v;w\n= \n", "[profile a]\n [profile b]\n", "[services s]\nsts =\n  endpoint_url = http://x\n[profile a]\nservices = s\n",
		"[profile a]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\n", "[profile a]\nk = [\n ]\n", "[profile 'a b']\nsource_profile = me\n" + me,
	} {
		f.Add(config, "[me]\n"+keys)
	}
	f.Add(movedProgram, "")
	f.Add(nestedMarkers, "")
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		config, names := generated(r)
		f.Add(config, "")
		if s, err := profiles.Parse(profiles.File{Data: []byte(config)}, profiles.File{}); err == nil {
			if c, _, err := Adopt(s, names, request, command); err == nil {
				f.Add(string(c.Bytes()), "")
			}
		}
	}
	f.Fuzz(func(t *testing.T, config, credentials string) {
		files := func(config []byte) (*profiles.Set, error) {
			return profiles.Parse(profiles.File{Path: "config", Data: config}, profiles.File{Path: "credentials", Data: []byte(credentials)})
		}
		s, err := files([]byte(config))
		if err != nil {
			return
		}
		names := s.Names()
		check := func(c *Change, outcomes []Outcome, err error) *profiles.Set {
			if err != nil {
				message(t, err)
				return nil
			}
			for _, o := range outcomes {
				if o.Err != nil {
					message(t, o.Err)
				}
				if o.Err != nil && o.Changed {
					t.Fatalf("%+v", o)
				}
			}
			after, err := files(c.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if was, is := s.Names(), after.Names(); !slices.Equal(slices.Sorted(slices.Values(was)), slices.Sorted(slices.Values(is))) {
				t.Fatalf("profiles %q became %q", was, is)
			}
			return after
		}
		c, outcomes, err := Adopt(s, names, request, command)
		if adopted := check(c, outcomes, err); adopted != nil {
			if again, _, err := Adopt(adopted, names, request, command); err == nil && !bytes.Equal(again.Bytes(), c.Bytes()) {
				t.Fatalf("adopted again:\n%q\n%q", c.Bytes(), again.Bytes())
			}
		}
		// A comment between two settings comes back with them, and may have the form of adopt's own; what is left once
		// those are gone may have the form of what is written by hand. Both are released then. Each time a line
		// goes, until there is nothing more to release.
		for last := []byte(config); ; {
			c, outcomes, err = Release(s, names, request)
			if s = check(c, outcomes, err); s == nil || bytes.Equal(c.Bytes(), last) {
				return
			}
			if bytes.Count(c.Bytes(), []byte("\n")) >= bytes.Count(last, []byte("\n")) {
				t.Fatalf("released again, it is no shorter:\n%q\n%q", last, c.Bytes())
			}
			last = c.Bytes()
		}
	})
}

// TestTheCommandToReleaseMayBeCopied: the comment names it as a shell wants it. The first form, without quotes, is
// known too.
func TestTheCommandToReleaseMayBeCopied(t *testing.T) {
	for name, word := range map[string]string{
		"prod": "prod", "acme:Admin": "acme:Admin", "Büro": "Büro", "Acme Prod": "'Acme Prod'", "R&D": "'R&D'", "a$(b)": "'a$(b)'",
	} {
		before := "[profile me]\n\n[profile '" + name + "']\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = me\n"
		c, _, err := Adopt(mustParse(t, before, ""), []string{name}, request, func(string) string { return command("'" + name + "'") })
		if err != nil {
			t.Fatal(err)
		}
		adopted := string(c.Bytes())
		if want := "\n# added by hatstand adopt, undone by hatstand release " + word + ":\n"; !strings.Contains(adopted, want) {
			t.Errorf("%s:\n%s", name, adopted)
		}
		for _, form := range []string{adopted, strings.Replace(adopted, "release "+word+":", "release "+name+":", 1)} {
			if got := releases(t, form, "", name); got != before {
				t.Errorf("%s: release gives\n%s", name, got)
			}
		}
	}
}
