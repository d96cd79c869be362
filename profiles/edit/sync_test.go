package edit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/profiles"
)

const small = "/usr/local/bin/hatstand-credential-process "

func smallCommand(name string) string { return small + name }

func admin1(name string) Managed {
	return PermissionSet(name, "eu-west-1", "corp", "111111111111", "Admin")
}

func reader(name string) Managed { return PermissionSet(name, "", "corp", "222222222222", "ReadOnly") }

// outcome is what Sync made of a config file, and its report in one line.
func syncs(config, credentials string, entries []Managed, o SyncOptions) (after, report string, err error) {
	c, r, err := Sync(profiles.File{Path: "~/.aws/config", Data: []byte(config)}, profiles.File{Path: "~/.aws/credentials", Data: []byte(credentials)}, "corp", entries, o)
	if err != nil {
		return "", "", err
	}
	for _, part := range []struct {
		word  string
		names []string
	}{{"added", r.Added}, {"changed", r.Changed}, {"removed", r.Removed}, {"kept", r.Kept}, {"lost", r.Lost}, {"unlisted", r.Unlisted}} {
		if len(part.names) > 0 {
			report += part.word + " " + strings.Join(part.names, ",") + "; "
		}
	}
	for _, s := range r.Skipped {
		report += "skipped " + s.Name + " " + s.Location.String() + "; "
	}
	return string(c.Bytes()), strings.TrimSuffix(report, "; "), nil
}

const (
	beginCorp = "# hatstand profiles sync corp: begin. Written by hatstand; do not edit between these lines.\n"
	devAdmin  = "[profile dev-Admin]\nregion = eu-west-1\ncredential_process = " + small + "dev-Admin\n\n[hatstand dev-Admin]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"
	prodRead  = "[profile prod-ReadOnly]\ncredential_process = " + small + "prod-ReadOnly\n\n[hatstand prod-ReadOnly]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = ReadOnly\n"
)

// blockOf is a block with those lines.
func blockOf(between string) string {
	return beginCorp + between + "# hatstand profiles sync corp: end " + checksum([]byte(between)) + "\n"
}

func TestSync(t *testing.T) {
	both := []Managed{reader("prod-ReadOnly"), admin1("dev-Admin")}
	full := SyncOptions{Command: smallCommand}
	prune := SyncOptions{Command: smallCommand, Prune: true}
	const lost = "# no longer yours\n"
	for _, row := range []struct {
		claim, config, credentials string
		entries                    []Managed
		o                          SyncOptions
		after, report              string
	}{
		{"a new block stands at the end, sorted", corp, "", both, full, corp + "\n" + blockOf(devAdmin+"\n"+prodRead), "added dev-Admin,prod-ReadOnly"},
		{"in an empty file", "", "", both[1:], full, blockOf(devAdmin), "added dev-Admin"},
		{"behind an empty line", corp + "\n", "", both[1:], full, corp + "\n" + blockOf(devAdmin), "added dev-Admin"},
		{"behind a last line without an end", strings.TrimSuffix(corp, "\n"), "", both[1:], full, strings.TrimSuffix(corp+"\n"+blockOf(devAdmin), "\n"), "added dev-Admin"},
		{"with the file's line ends", "[profile x]\r\n", "", both[1:], full, "[profile x]\r\n\r\n" + strings.ReplaceAll(blockOf(devAdmin), "\n", "\r\n"), "added dev-Admin"},
		{"behind a byte order mark", "\xef\xbb\xbf", "", both[1:], full, "\xef\xbb\xbf" + blockOf(devAdmin), "added dev-Admin"},
		{"nothing to write makes no block", corp, "", nil, full, corp, ""},
		{"the same again changes nothing", corp + blockOf(devAdmin+"\n"+prodRead) + "\n[profile x]\n", "", both, full, corp + blockOf(devAdmin+"\n"+prodRead) + "\n[profile x]\n", ""},
		{"nor in a file whose line ends an editor changed", strings.ReplaceAll(corp+blockOf(devAdmin)+"\n[profile x]\n", "\n", "\r\n"), "", both[1:], full,
			strings.ReplaceAll(corp+blockOf(devAdmin)+"\n[profile x]\n", "\n", "\r\n"), ""},
		{"the block stays in its old place", blockOf(devAdmin) + corp, "", both, full, blockOf(devAdmin+"\n"+prodRead) + corp, "added prod-ReadOnly"},
		{"another source's block is another one", strings.ReplaceAll(blockOf(devAdmin), " corp:", " other:"), "", both[:1], full,
			strings.ReplaceAll(blockOf(devAdmin), " corp:", " other:") + "\n" + blockOf(prodRead), "added prod-ReadOnly"},
		{"a changed permission set", blockOf(devAdmin), "", []Managed{PermissionSet("dev-Admin", "eu-west-1", "corp", "333333333333", "Admin")}, full,
			blockOf(strings.ReplaceAll(devAdmin, "111111111111", "333333333333")), "changed dev-Admin"},
		{"a program that moved", blockOf(devAdmin), "", both[1:], SyncOptions{Command: func(name string) string { return "/opt/h " + name }},
			blockOf(strings.ReplaceAll(devAdmin, small, "/opt/h ")), "changed dev-Admin"},
		{"settings for the SDKs themselves", corp, "", both[1:], SyncOptions{},
			corp + "\n" + blockOf("[profile dev-Admin]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"), "added dev-Admin"},
		{"and back", blockOf("[profile dev-Admin]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n"), "", both[1:], full, blockOf(devAdmin), "changed dev-Admin"},

		{"a profile that is lost stays, with a mark", blockOf(devAdmin + "\n" + prodRead), "", both[:1], full, blockOf(lost + devAdmin + "\n" + prodRead), "kept dev-Admin; lost dev-Admin"},
		{"and is the same the next time", blockOf(lost + devAdmin + "\n" + prodRead), "", both[:1], full, blockOf(lost + devAdmin + "\n" + prodRead), "kept dev-Admin; lost dev-Admin"},
		{"one that comes back loses the mark", blockOf(lost + devAdmin + "\n" + prodRead), "", both, full, blockOf(devAdmin + "\n" + prodRead), "changed dev-Admin"},
		{"it goes where that is asked for", blockOf(devAdmin + "\n" + prodRead), "", both[:1], prune, blockOf(prodRead), "removed dev-Admin"},
		{"one with a mark goes too", blockOf(devAdmin + "\n" + lost + prodRead), "", both[1:], prune, blockOf(devAdmin), "removed prod-ReadOnly"},
		{"an empty listing takes nothing", blockOf(devAdmin), "", nil, prune, blockOf(devAdmin), "kept dev-Admin"},
		{"a listing of a part takes nothing, and marks nothing", blockOf(devAdmin), "", both[:1], SyncOptions{Command: smallCommand, Prune: true, Partial: true}, blockOf(devAdmin + "\n" + prodRead), "added prod-ReadOnly; kept dev-Admin"},
		{"one whose account AWS did not list stays as it is, whatever is asked for", blockOf(devAdmin + "\n" + lost + prodRead), "", []Managed{admin1("x")}, SyncOptions{Command: smallCommand, Prune: true, Unlisted: func(m Managed) bool { return m.Get("sso_role_name") == "ReadOnly" }},
			blockOf(lost + prodRead + "\n" + strings.ReplaceAll(devAdmin, "dev-Admin", "x")), "added x; removed dev-Admin; kept prod-ReadOnly; lost prod-ReadOnly; unlisted prod-ReadOnly"},
		{"and is not marked", blockOf(devAdmin + "\n" + prodRead), "", both[1:], SyncOptions{Command: smallCommand, Unlisted: func(m Managed) bool { return m.Get("sso_role_name") == "ReadOnly" }},
			blockOf(devAdmin + "\n" + prodRead), "kept prod-ReadOnly; unlisted prod-ReadOnly"},
		{"one that was not asked about has no mark", blockOf(devAdmin), "", both[:1], SyncOptions{Command: smallCommand, Listed: func(m Managed) bool { return m.Get("sso_account_id") != "111111111111" }},
			blockOf(devAdmin + "\n" + prodRead), "added prod-ReadOnly; kept dev-Admin"},
		{"nor does it lose it", blockOf(lost + devAdmin), "", both[:1], SyncOptions{Command: smallCommand, Listed: func(m Managed) bool { return m.Get("sso_account_id") != "111111111111" }},
			blockOf(lost + devAdmin + "\n" + prodRead), "added prod-ReadOnly; kept dev-Admin; lost dev-Admin"},
		{"one that has another name now has none either", blockOf(devAdmin), "", []Managed{admin1("dev-Admin-111111111111")}, full,
			blockOf(devAdmin + "\n" + strings.ReplaceAll(devAdmin, "dev-Admin", "dev-Admin-111111111111")), "added dev-Admin-111111111111; kept dev-Admin"},

		{"a name that stands outside is left out", "[profile dev-Admin]\nregion = x\n", "", both, full, "[profile dev-Admin]\nregion = x\n\n" + blockOf(prodRead), "added prod-ReadOnly; skipped dev-Admin ~/.aws/config:1"},
		{"in quotes", "[profile 'dev-Admin']\n", "", both[1:], full, "[profile 'dev-Admin']\n", "skipped dev-Admin ~/.aws/config:1"},
		{"in the credentials file", corp, "[x]\n[dev-Admin]\naws_access_key_id = x\n", both[1:], full, corp, "skipped dev-Admin ~/.aws/credentials:2"},
		{"behind the block", blockOf(devAdmin) + "[profile prod-ReadOnly]\n", "", both, full, blockOf(devAdmin) + "[profile prod-ReadOnly]\n", "skipped prod-ReadOnly ~/.aws/config:11"},
		{"one that somebody wrote since goes from the block", blockOf(devAdmin+"\n"+prodRead) + "[profile dev-Admin]\n", "", both, full, blockOf(prodRead) + "[profile dev-Admin]\n", "skipped dev-Admin ~/.aws/config:19"},
		{"in another source's block", strings.ReplaceAll(blockOf(devAdmin), " corp:", " other:"), "", both[1:], full, strings.ReplaceAll(blockOf(devAdmin), " corp:", " other:"), "skipped dev-Admin ~/.aws/config:2"},
		{"a profile in hatstand's own section alone", "[hatstand dev-Admin]\nrole_arn = x\n", "", both[1:], full, "[hatstand dev-Admin]\nrole_arn = x\n", "skipped dev-Admin ~/.aws/config:1"},
		{"own additions stay, and the AWS CLI reads the file", "[hatstand dev-Admin]\ncolor = red\n", "", both[1:], full,
			"[hatstand dev-Admin]\ncolor = red\n\n" + blockOf(strings.Replace(devAdmin, "[hatstand dev-Admin]", "[hatstand 'dev-Admin']", 1)), "added dev-Admin"},
		{"own additions in quotes", "[hatstand 'dev-Admin']\ncolor = red\n", "", both[1:], full, "[hatstand 'dev-Admin']\ncolor = red\n\n" + blockOf(devAdmin), "added dev-Admin"},
		{"own additions behind the block", blockOf(devAdmin) + "[hatstand dev-Admin]\ncolor = red\n", "", both[1:], full,
			blockOf(strings.Replace(devAdmin, "[hatstand dev-Admin]", "[hatstand 'dev-Admin']", 1)) + "[hatstand dev-Admin]\ncolor = red\n", ""},
		{"a name that wants quotes", corp, "", []Managed{PermissionSet("a=b", "", "corp", "222222222222", "ReadOnly")}, full,
			corp + "\n" + blockOf(strings.NewReplacer("[profile prod-ReadOnly]", "[profile 'a=b']", "[hatstand prod-ReadOnly]", "[hatstand 'a=b']", "prod-ReadOnly", "a=b").Replace(prodRead)), "added a=b"},
		{"a profile twice is one", corp, "", append(both[1:], both[1]), full, corp + "\n" + blockOf(devAdmin), "added dev-Admin"},
		{"a role of an account, for --organization", corp, "", []Managed{{Name: "dev", Settings: []KeyValue{{"role_arn", "arn:aws:iam::111111111111:role/A"}, {"source_profile", "me"}}}}, full,
			corp + "\n" + blockOf("[profile dev]\ncredential_process = "+small+"dev\n\n[hatstand dev]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = me\n"), "added dev"},
		{"an edited block is overwritten to show what would be", strings.Replace(blockOf(devAdmin), "Admin\n# hat", "Admin\nregion = x\n# hat", 1), "", both[1:],
			SyncOptions{Command: smallCommand, Overwrite: true}, blockOf(devAdmin), "changed dev-Admin"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			after, report, err := syncs(row.config, row.credentials, row.entries, row.o)
			if err != nil {
				t.Fatal(err)
			}
			if after != row.after || report != row.report {
				t.Errorf("report %q, want %q\n%s\nwant\n%s", report, row.report, after, row.after)
			}
			if again, report, err := syncs(after, row.credentials, row.entries, row.o); err != nil || again != after {
				t.Errorf("the second time: %v, %q\n%s", err, report, again)
			}
			if err := CheckBlocks(profiles.File{Data: []byte(after)}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatSyncRefuses(t *testing.T) {
	other := strings.ReplaceAll(blockOf(devAdmin), " corp:", " other:")
	end := "# hatstand profiles sync corp: end 0123456789abcdef\n"
	for _, row := range []struct {
		claim, config string
		entries       []Managed
		want          string
		kind          Kind
	}{
		{"no end", corp + beginCorp + devAdmin, nil, "~/.aws/config:4: the block of profiles sync corp begins here, but has no end", BrokenBlock},
		{"no beginning", corp + devAdmin + end, nil, "~/.aws/config:12: the block of profiles sync corp ends here, but has no beginning", BrokenBlock},
		{"an end of another one", beginCorp + strings.ReplaceAll(end, "corp", "x"), nil, "~/.aws/config:2: the block of profiles sync x ends here, but has no beginning", BrokenBlock},
		{"a checksum that was cut", strings.Replace(blockOf(devAdmin), ": end ", ": end x", 1), nil, "~/.aws/config:1: the block of profiles sync corp begins here, but has no end", BrokenBlock},
		{"twice", blockOf(devAdmin) + blockOf(prodRead), nil, "~/.aws/config:11: the block of profiles sync corp is there twice: it began at line 1 before", RepeatedBlock},
		{"nested", beginCorp + beginCorp + end + end, nil, "~/.aws/config:2: the block of profiles sync corp begins inside that of corp, which began at line 1", BrokenBlock},
		{"another source's inside", beginCorp + other + end, nil, "~/.aws/config:2: the block of profiles sync other begins inside that of corp, which began at line 1", BrokenBlock},
		{"another source's, broken", strings.ReplaceAll(beginCorp, "corp", "other"), nil, "~/.aws/config:1: the block of profiles sync other begins here, but has no end", BrokenBlock},
		{"a line that was added", strings.Replace(blockOf(devAdmin), "\n[hatstand", "# mine\n[hatstand", 1), nil, "~/.aws/config:5: the block of profiles sync corp was edited", EditedBlock},
		{"a setting that was added", strings.Replace(blockOf(devAdmin), "\n# hatstand profiles sync corp: end", "\nmfa_serial=x\n# hatstand profiles sync corp: end", 1), nil, "~/.aws/config:10: the block of profiles sync corp was edited", EditedBlock},
		{"a profile that was added", strings.Replace(blockOf(devAdmin), "# hatstand profiles sync corp: end", "[profile x]\n# hatstand profiles sync corp: end", 1), nil, "~/.aws/config:10: the block of profiles sync corp was edited", EditedBlock},
		{"a value that was changed", strings.Replace(blockOf(devAdmin), "111111111111", "222222222222", 1), nil, "~/.aws/config:1: the block of profiles sync corp was edited", EditedBlock},
		{"a space that was added", strings.Replace(blockOf(devAdmin), "= Admin", "=  Admin", 1), nil, "~/.aws/config:9: the block of profiles sync corp was edited", EditedBlock},
		{"another checksum", blockOf(devAdmin)[:len(blockOf(devAdmin))-2] + "g\n", nil, "~/.aws/config:1: the block of profiles sync corp begins here, but has no end", BrokenBlock},
		{"a setting behind it", blockOf(devAdmin) + "\n# why\nregion = x\n[profile x]\n", nil, "~/.aws/config:13: a setting after the block of profiles sync corp would belong to the last profile in it", AfterBlock},
		{"a continued line behind it", blockOf(devAdmin) + "  x\n", nil, "~/.aws/config:11: a setting after the block of profiles sync corp would belong to the last profile in it", AfterBlock},
		{"a name that no profile can have", corp, []Managed{admin1("a[b")}, `~/.aws/config: a section cannot be named "a[b"`, Unwritable},
		{"a name that is a flag", corp, []Managed{admin1("-x")}, `profile "-x": its name would look like a flag in credential_process`, NameIsFlag},
		{"a value of two lines that would be a section", corp, []Managed{PermissionSet("a", "", "corp", "1", "x\n[profile y]")}, "~/.aws/config: the value of sso_role_name would not be read back unchanged", Unwritable},
		{"two of one name", corp, []Managed{admin1("a"), reader("a")}, `~/.aws/config: two profiles cannot both be named "a"`, Unwritable},
		{"a file that cannot be read", "x = 1\n" + corp, []Managed{admin1("a")}, "~/.aws/config:1: a setting comes before the first section", Broken},
	} {
		t.Run(row.claim, func(t *testing.T) {
			entries := row.entries
			if entries == nil {
				entries = []Managed{admin1("dev-Admin")}
			}
			after, _, err := syncs(row.config, "", entries, SyncOptions{Command: smallCommand})
			e, ok := errors.AsType[*Error](err)
			if !ok || err.Error() != row.want || e.Kind != row.kind {
				t.Errorf("got  %v\nwant %s\n%s", err, row.want, after)
			}
			if row.entries == nil {
				if found := CheckBlocks(profiles.File{Path: "~/.aws/config", Data: []byte(row.config)}); found == nil || found.Error() != row.want {
					t.Errorf("CheckBlocks: %v", found)
				}
			}
		})
	}
	if _, _, err := Sync(profiles.File{}, profiles.File{}, "a: begin. b", nil, SyncOptions{}); err == nil {
		t.Error("a source that reads as another block's line was taken")
	}
}

// Each profile that is written has the account and the permission set that it is for, whatever else the files say.
func TestWhatSyncWritesReadsBack(t *testing.T) {
	config := corp + "[profile dev-Admin]\nsource_profile = me\n[profile me]\n[hatstand prod-ReadOnly]\nduration_seconds = 900\n"
	after, _, err := syncs(config, "", []Managed{admin1("dev-Admin"), reader("prod-ReadOnly"), admin1("x")}, SyncOptions{Command: smallCommand})
	if err != nil {
		t.Fatal(err)
	}
	set := mustParse(t, after, "")
	for name, want := range map[string]string{"dev-Admin": "keyring  ", "prod-ReadOnly": "sso 222222222222 ReadOnly", "x": "sso 111111111111 Admin"} {
		c, err := set.Chain(profiles.Request{Target: name, Self: self})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{c.Base.Kind.Word(), c.Base.SSO.AccountID, c.Base.SSO.RoleName}, " "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestASAMLSectionHasABlockOfItsOwn(t *testing.T) {
	const role, provider = "arn:aws:iam::111111111111:role/Dev", "arn:aws:iam::111111111111:saml-provider/corp"
	config := profiles.File{Path: "~/.aws/config", Data: []byte(corp + "[hatstand-saml corp]\nsaml_url = https://idp.example.com\n")}
	for source, m := range map[string]Managed{"corp": admin1("dev-Admin"), SAMLSource("corp"): SAMLRole("dev", "eu-west-1", "corp", role, provider)} {
		change, _, err := Sync(config, profiles.File{}, source, []Managed{m}, SyncOptions{Command: smallCommand})
		if err != nil {
			t.Fatal(err)
		}
		config.Data = change.Bytes()
	}
	set := mustParse(t, string(config.Data), "")
	c, err := set.Chain(profiles.Request{Target: "dev", Self: self})
	if err != nil || c.Base.SAML.Name != "corp" || c.Base.SAMLRole.ARN != role || c.Base.SAMLProvider != provider {
		t.Errorf("%+v, %v", c.Base, err)
	}
	if all := ManagedIn(config, SAMLSource("corp")); len(all) != 1 || all[0].Get("role_arn") != role {
		t.Errorf("%+v", all)
	}
	if all := ManagedIn(config, "corp"); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

func thousand(n int) []Managed {
	var all []Managed
	for i := range n {
		all = append(all, PermissionSet(fmt.Sprintf("acc%03d-Role%d", i/5, i%5), "eu-west-1", "corp", fmt.Sprintf("%012d", 100000000000+i/5), fmt.Sprintf("Role%d", i%5)))
	}
	return all
}

func TestAThousandRoles(t *testing.T) {
	entries := thousand(1000)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	o := SyncOptions{Command: smallCommand}
	first, report, err := syncs(corp, "", entries, o)
	if err != nil || strings.Count(report, ",") != 999 {
		t.Fatalf("%v %s", err, report)
	}
	second, report, err := syncs(first, "", thousand(1000), o)
	if err != nil || second != first || report != "" {
		t.Errorf("the second run: %v, %q, the same: %v", err, report, second == first)
	}
	// one that changes changes its own lines, and the checksum
	entries = thousand(1000)
	entries[500].Region = "us-east-1"
	c, _, err := Sync(profiles.File{Path: "c", Data: []byte(first)}, profiles.File{}, "corp", entries, o)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, line := range strings.Split(c.Diff(), "\n")[2:] {
		if line != "" && (line[0] == '-' || line[0] == '+') && !strings.Contains(line, "end ") {
			changed = append(changed, line)
		}
	}
	if got := strings.Join(changed, "|"); got != "-region = eu-west-1|+region = us-east-1" {
		t.Errorf("the diff is\n%s", c.Diff())
	}
}

// The AWS CLI's own reader finds the profiles, and takes the file with own additions beside the block.
func TestBotocoreReadsABlock(t *testing.T) {
	after, _, err := syncs(corp+"[hatstand dev-Admin]\ncolor = red\n", "", []Managed{admin1("dev-Admin"), reader("prod-ReadOnly"), PermissionSet("a=b c", "x", "corp", "1", "r")}, SyncOptions{Command: smallCommand})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
	const program = `
import sys
try:
    import botocore.session
except ImportError:
    sys.exit(3)
for name, settings in sorted(botocore.session.Session().full_config["profiles"].items()):
    print(name, settings["credential_process"], settings.get("sso_session"))
`
	cmd := exec.Command("python3", "-c", program)
	cmd.Env = slices.Concat(os.Environ(), []string{"AWS_CONFIG_FILE=" + path, "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_PROFILE="})
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() == 3) {
		if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
			t.Fatalf("botocore: %v: apt-get install python3-boto3", err)
		}
		t.Skip("not installed: apt-get install python3-boto3")
	}
	const want = "a=b c " + small + "a=b c None\ndev-Admin " + small + "dev-Admin None\nprod-ReadOnly " + small + "prod-ReadOnly None\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}

// Whatever the file: no byte outside the block changes, the second run changes nothing, what is refused is an *Error, and
// undoing the diff gives the file back.
func FuzzSync(f *testing.F) {
	f.Add(corp, "", "dev-Admin", "Admin", "eu-west-1", false, false)
	f.Add(corp+"\n"+blockOf(devAdmin+"\n"+prodRead)+"\n[profile x]\n", "[y]\n", "prod-ReadOnly", "Admin", "", true, false)
	f.Add(blockOf("# no longer yours\n"+devAdmin), "", "x", "r", "", false, true)
	f.Add(strings.ReplaceAll(corp+blockOf(devAdmin)+"[profile x]", "\n", "\r\n"), "", "dev-Admin", "A=b,c", "x", true, true)
	f.Add("\xef\xbb\xbf[hatstand x]\ncolor = red\n[hatstand 'x']\n[profile y", "[z]", "x", "r", "", false, false)
	f.Add(blockOf("")+"  ; c\n\n", "", "x", "r", "", false, false)
	f.Fuzz(func(t *testing.T, config, credentials, name, role, region string, prune, plain bool) {
		entries := []Managed{PermissionSet(name, region, "corp", "111111111111", role), admin1("dev-Admin"), reader(name + "x")}
		o := SyncOptions{Command: smallCommand, Prune: prune}
		if plain {
			o.Command = nil
		}
		file := profiles.File{Path: "config", Data: []byte(config)}
		keys := profiles.File{Path: "credentials", Data: []byte(credentials)}
		c, r, err := Sync(file, keys, "corp", entries, o)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind == Unsafe {
				t.Fatalf("%T %v\n%q", err, err, config)
			}
			message(t, err)
			return
		}
		after := string(c.Bytes())
		outside := func(text string) (before, behind string, has bool) {
			s, err := scan(profiles.File{Data: []byte(text)}, false)
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := s.blocks()
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range blocks {
				if b.source == "corp" {
					return text[:b.start], text[b.after:], true
				}
			}
			return text, "", false
		}
		before, behind, had := outside(config)
		nowBefore, nowBehind, has := outside(after)
		switch {
		case had && (before != nowBefore || behind != nowBehind):
			t.Fatalf("outside the block\n%q\nbecame\n%q", config, after)
		case !had && !has && after != config:
			t.Fatalf("%q became %q without a block", config, after)
		case !had && has && (!strings.HasPrefix(nowBefore, config) || strings.Trim(nowBefore[len(config):], "\r\n") != "" || nowBehind != ""):
			t.Fatalf("a new block changed\n%q\ninto\n%q", config, after)
		}
		again, _, err := Sync(profiles.File{Path: "config", Data: c.Bytes()}, keys, "corp", entries, o)
		if err != nil || string(again.Bytes()) != after {
			t.Fatalf("the second run, %v, of\n%q\nmade\n%q", err, after, again.Bytes())
		}
		set, err := profiles.Parse(profiles.File{Data: c.Bytes()}, keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range slices.Concat(r.Added, r.Changed) {
			p, ok := set.Profile(of)
			i := slices.IndexFunc(entries, func(m Managed) bool { return m.Name == of })
			if !ok || i < 0 || p.Get("sso_account_id").Value != entries[i].Get("sso_account_id") || p.Get("sso_role_name").Value != entries[i].Get("sso_role_name") {
				t.Fatalf("%q does not read back in\n%q", of, after)
			}
		}
	})
}
